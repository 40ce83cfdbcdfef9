"""One module per kind of change: make it, verify it, undo it."""
