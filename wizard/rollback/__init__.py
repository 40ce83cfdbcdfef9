"""Restore what a snapshot holds, and leave external changes in place."""
