"""Read the facts of a host."""
