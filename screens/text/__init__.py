"""Write facts, changes, progress and results for people."""
