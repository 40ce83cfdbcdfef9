"""Finish or roll back what an interruption left open."""
