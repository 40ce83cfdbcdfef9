"""Make any text of a host safe to show, on a terminal, in a table, in a log; and read the whole numbers in it.

Host text (a comment of a configuration, a client's name, a certificate's subject) may hold escape
sequences that clear a screen, write the clipboard or turn the reading direction. Everything that
leaves for a screen or for standard output goes through :func:`escape`.
"""

from enum import StrEnum
from functools import cache

LIMIT = 4096
"""Characters of one text that are kept; the rest is announced, not shown."""

_HIDDEN = (
    (0x00, 0x08),  # C0 without tab and newline, which have their own rule
    (0x0B, 0x1F),
    (0x7F, 0x9F),  # DEL and C1
    (0xAD, 0xAD),  # soft hyphen
    (0x61C, 0x61C),  # Arabic letter mark
    (0x180E, 0x180E),
    (0x200B, 0x200F),  # zero width, left-to-right and right-to-left marks
    (0x2028, 0x202E),  # line and paragraph separators, bidirectional embeddings and overrides
    (0x2060, 0x206F),  # word joiner, isolates, deprecated format characters
    (0xD800, 0xDFFF),  # lone surrogates: bytes of a file name that are no UTF-8
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE01EF),  # tags and more variation selectors
)

_SURROGATE_BYTES = range(0xDC80, 0xDD00)
"""Where Python keeps the bytes of a file name that are no UTF-8 (PEP 383)."""


def _visible(point: int) -> str:
    """Write a character's code so that it can be read."""
    if point in _SURROGATE_BYTES:
        return f"\\x{point - 0xDC00:02x}"
    return repr(chr(point))[1:-1] if not chr(point).isprintable() else f"\\u{point:04x}"


@cache
def _table(*, lines: bool) -> dict[int, str]:
    """Return what stands for each hidden character."""
    table = {point: _visible(point) for first, last in _HIDDEN for point in range(first, last + 1)}
    table |= {0x09: "    ", 0x0D: "\\x0d"}
    return table if lines else {**table, 0x0A: "\\n"}


@cache
def _json_table() -> dict[int, str]:
    """Return the JSON escape of each hidden character that JSON would let stand."""
    points = (point for first, last in _HIDDEN for point in range(first, last + 1) if point > 0x7E)  # noqa: PLR2004 - ASCII
    return {point: _json_escape(point) for point in points}


def _json_escape(point: int) -> str:
    codes = chr(point).encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{codes[at : at + 4]}" for at in range(0, len(codes), 4))


def clean_json(document: str) -> str:
    """Return a JSON document with everything that could steer a terminal as JSON's own escapes; it reads the same."""
    return document if document.isascii() and "\x7f" not in document else document.translate(_json_table())


def escape(text: str, *, lines: bool = False, limit: int = LIMIT) -> str:
    r"""Return `text` with everything that could steer a terminal written out, such as ``\x1b``.

    Replaces C0 and C1 controls, DEL, zero-width and bidirectional characters, lone surrogates and
    tag characters. A tab becomes four blanks. Printable text, of any script, stays as it is, so
    cleaning twice changes nothing.

    Args:
        text: Anything.
        lines: Keep line ends; without it they are written as ``\n``.
        limit: Longest result in characters; a longer text is cut and says so with ``…``.

    Source:
        ECMA-48 (control functions), UAX #9 (bidirectional), Trojan Source (CVE-2021-42574).
    """
    shown = text[: limit + 1]
    # The table costs 4 ms once. What is printable and below the variation selectors needs none of it.
    if not shown.isprintable() or max(shown, default="") >= "\ufe00":
        shown = shown.translate(_table(lines=lines))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 change``, ``2 changes``."""
    ending = "" if number == 1 else "s"
    return f"{number:,} {noun}{ending}"


_UNITS = (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


def format_amount(amount: int) -> str:
    """Write an amount of memory in bytes: ``19.0 GiB``, ``768 MiB``, ``1 byte``."""
    for unit, size in _UNITS:
        if abs(amount) >= size:
            return f"{amount / size:.{1 if size >= 1 << 30 else 0}f} {unit}"
    return counted(amount, "byte")


# --- whole numbers -------------------------------------------------------------------------------

_MOST_DIGITS = 20


def number(text: str | None) -> int | None:
    """Read digits as a number, ``None`` for anything else: other digits than ASCII, signs, endless rows."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        return None
    return int(text)


def number_or(text: str | None, default: int = 0) -> int:
    """Return `number`, or `default` for anything else."""
    found = number(text)
    return default if found is None else found


def at_least(text: str | None, least: int) -> bool:
    """Return whether a text is a number of at least this size."""
    found = number(text)
    return found is not None and found >= least


class Tone(StrEnum):
    """What a colour means, as an SGR sequence (ECMA-48, 8.3.117)."""

    BAD = "1;31"
    WARN = "33"
    GOOD = "32"
    STRONG = "1"


def painted(text: str, tone: Tone, *, color: bool) -> str:
    """Return a clean text in a colour; as it is without colours."""
    return f"\x1b[{tone.value}m{text}\x1b[0m" if color else text


def painted_diff(text: str, *, color: bool) -> str:
    """Return a clean unified diff: what is added and removed in its colour."""
    tones = {"+": Tone.GOOD, "-": Tone.BAD, "@": Tone.STRONG}
    lines = ((line, tones.get(line[:1])) for line in text.split("\n"))
    return "\n".join(painted(line, tone, color=color) if tone else line for line, tone in lines)
