"""The one way to the machine: a port, and adapters that implement it."""
