"""Persist the dataset of a server and protect it through restarts."""
