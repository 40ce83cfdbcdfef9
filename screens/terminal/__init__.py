"""Know what the terminal can show, and drive it."""
