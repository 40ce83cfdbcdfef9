"""Parse, check, repair and write Redis configuration files."""
