"""Facts, changes, progress and results as text: pure functions of values, no widget and no host."""
