"""The acting half of each kind of change, one module a kind; the pure half is in `wizard.planning.kinds`."""
