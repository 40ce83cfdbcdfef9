"""Plan each section of the answers."""
