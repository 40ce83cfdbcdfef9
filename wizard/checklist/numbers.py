"""Whole numbers in texts of a host."""

_LONGEST = 20


def number(text: str | None) -> int | None:
    """Read digits as a number, ``None`` for anything else: other digits than ASCII, signs, endless rows."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST):
        return None
    return int(text)


def at_least(text: str | None, least: int) -> bool:
    """Return whether a text is a number of at least this size."""
    found = number(text)
    return found is not None and found >= least
