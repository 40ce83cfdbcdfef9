"""Offer a private directory with a server of its own as a host."""
