"""Keep a copy of the program that finishes an interrupted apply."""
