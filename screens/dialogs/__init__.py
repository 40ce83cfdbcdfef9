"""Questions on top of a screen; each has in its type what it returns. The controllers act on the answers."""
