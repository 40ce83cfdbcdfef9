"""Lines of a small text file, each with its own line end."""

import re

_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")


def split_lines(data: bytes) -> tuple[bytes, ...]:
    """Part bytes behind each line feed; joined together they are the same bytes."""
    return tuple(_LINE.findall(data))


def line_end(lines: tuple[bytes, ...]) -> bytes:
    """Return the line end that a new line of this file should have."""
    return b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"


def ended(lines: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return the last line a line end where it lacks one, so that a line can follow it."""
    if not lines or lines[-1].endswith(b"\n"):
        return lines
    return (*lines[:-1], lines[-1] + line_end(lines))


def text_of(data: bytes) -> str:
    """Turn bytes into text that :func:`bytes_of` turns into the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """Turn such text back."""
    return text.encode("utf-8", "surrogateescape")
