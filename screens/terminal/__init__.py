"""What the terminal can show, and its driver. No screen, and no import of textual outside the driver."""
