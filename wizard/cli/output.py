"""Writing: results to standard output, talk to standard error, host text always cleaned."""

import os
import shutil
import sys
import textwrap
from enum import StrEnum
from typing import TextIO

from wizard.cli import streams
from wizard.model.text import Tone, escape, painted

WIDTH = 80
HEIGHT = 24
NARROWEST = 72


def result(text: str) -> None:
    """Write a part of the result, with one line end. The text is already escaped, or the product's own JSON.

    Raises:
        BrokenPipeError: no process reads it.
        HostError: it cannot be written.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        # Result and messages often go to one terminal or file: there they must be in the order of writing.
        sys.stdout.flush()
    except OSError as error:
        raise streams.translate_error(error) from None


def info(text: str, *, lines: bool = False) -> None:
    """Write a message to the operator that is no part of the result; a lost terminal is no error.

    Args:
        text: One sentence, of any characters.
        lines: The product wrote it, and it may have several lines.
    """
    _say(escape(text, lines=lines))


def _say(clean: str) -> None:
    try:
        sys.stderr.write(clean + "\n")
        sys.stderr.flush()
    except OSError:
        streams.discard(sys.stderr)


class Mark(StrEnum):
    """How far one step is."""

    DONE = "[ ok ]"
    FAILED = "[FAIL]"
    BEGUN = "[ .. ]"


_SYMBOLS = {Mark.DONE: ("✓", Tone.GOOD), Mark.FAILED: ("✗", Tone.BAD), Mark.BEGUN: ("·", Tone.STRONG)}


def entry(text: str, *, mark: Mark | None = None) -> None:
    """Say one of many things: broken at blanks behind its mark on a terminal, one line each anywhere else."""
    if not sys.stderr.isatty():
        info(f"{mark} {text}" if mark else text)
    elif mark and colored(sys.stderr):
        symbol, tone = _SYMBOLS[mark]
        _say(painted(symbol, tone, color=True) + wrapped(text, indent="  ")[1:])
    else:
        lead = f"{mark} " if mark else ""
        _say(wrapped(text, indent=lead, hanging=" " * len(lead)))


def end_line() -> None:
    """Begin a new line where a terminal has shown a key, such as ``^C``."""
    if sys.stderr.isatty():
        info("")


def wrapped(text: str, *, indent: str = "", hanging: str = "") -> str:
    """Break a cleaned sentence into lines of at most 80 columns, at blanks: paths and options stay whole."""
    return textwrap.fill(
        escape(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=hanging or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def size() -> tuple[int, int]:
    """Return columns and lines of the terminal that shows the result; 80 and 24 where none does."""
    if not sys.stdout.isatty():
        return WIDTH, HEIGHT
    columns, lines = shutil.get_terminal_size((WIDTH, HEIGHT))
    return max(columns, NARROWEST), max(lines, HEIGHT)


def colored(stream: TextIO | None = None) -> bool:
    """Return whether a stream, the result by default, may have colours, ✓ and ✗.

    It is a terminal that has them, and neither ``NO_COLOR`` nor ``--no-color`` is given.
    """
    shown = stream or sys.stdout
    if not shown.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        "✓✗".encode(shown.encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def interactive() -> bool:
    """Return whether the operator can be asked: standard input and standard error are terminals."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """Ask on standard error, so that standard output stays the result."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()
