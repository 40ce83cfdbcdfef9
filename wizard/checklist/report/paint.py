"""The colours of a report on a terminal that has them."""

from enum import StrEnum


class Tone(StrEnum):
    """What a colour means, as an SGR sequence (ECMA-48, 8.3.117)."""

    BAD = "1;31"
    WARN = "33"
    STRONG = "1"


def painted(text: str, tone: Tone, *, color: bool) -> str:
    """Return a clean text in a colour; as it is without colours."""
    return f"\x1b[{tone.value}m{text}\x1b[0m" if color else text
