"""Validate answers by themselves and for one host."""
