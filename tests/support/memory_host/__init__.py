"""Offer a host in memory that a test can set, fail and stop."""
