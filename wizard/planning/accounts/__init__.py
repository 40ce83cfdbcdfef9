"""Read the users that exist, and state the users that are wanted."""
