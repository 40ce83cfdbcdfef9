"""Recommend answers from the facts of a host."""
