"""Resolve the value of each directive from the files of a configuration."""
