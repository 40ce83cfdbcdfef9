"""Questions on top of a screen; each says in its type what it returns."""
