"""Lines to and from the operator: one at a time, in reading order, never overwritten."""

import sys
from collections.abc import Sequence
from getpass import getpass

from wizard.cli import output
from wizard.errors import OperatorInterruptedError
from wizard.model.text import escape
from wizard.model.value import Value

BACK, HELP, LEAVE = "<", "?", "q"
"""What can be typed at every question."""
_LONGEST = 4096
"""Characters of a line; a longer one was pasted by mistake."""
_UNCHANGED = "not applied; nothing changed"


class Back(Exception):  # noqa: N818 - a way out of a question, no error
    """The operator wants the question before this one."""


class Choice(Value, frozen=True):
    """One of several answers."""

    key: str
    label: str


def say(text: str = "") -> None:
    """Write a paragraph, broken at blanks; characters that a terminal would obey are escaped."""
    output.result(output.wrapped(text) if text else "")


def item(lead: str, text: str) -> None:
    """Write one entry of a list, its further lines indented behind its lead."""
    output.result(output.wrapped(text, indent=f"{lead} ", hanging=" " * (len(lead) + 1)))


def read(question: str) -> str:
    """Ask, and return the line that was typed, without the blanks around it.

    Raises:
        Back: it is ``<``.
        OperatorInterruptedError: it is ``q``, or the terminal is gone.
    """
    sys.stdout.write(f"{escape(question)} ")
    sys.stdout.flush()
    line = sys.stdin.readline(_LONGEST + 1)
    if not line:
        raise OperatorInterruptedError(_UNCHANGED)
    while not line.endswith("\n") and len(line) > _LONGEST:
        # The rest of a line that is too long is no answer to the next question.
        if (rest := sys.stdin.readline(_LONGEST)).endswith("\n") or not rest:
            say(f"A line has at most {_LONGEST} characters. Type it again.")
            return read(question)
    typed = line.strip()
    if typed == BACK:
        raise Back
    if typed == LEAVE:
        raise OperatorInterruptedError(_UNCHANGED)
    return typed


def read_password() -> str:
    """Ask for a password, which is not shown.

    Raises:
        OperatorInterruptedError: the terminal is gone.
    """
    try:
        return getpass("Password (it is not shown): ")
    except EOFError:
        raise OperatorInterruptedError(_UNCHANGED) from None


def choose(question: str, choices: Sequence[Choice], now: str, explain: str = "") -> str:
    """Ask for one of several answers by its number; Enter keeps the present one.

    Raises:
        Back, OperatorInterruptedError: as for `read`.
    """
    for number, each in enumerate(choices, 1):
        item(f"{number:>3}", each.label + (" (chosen)" if each.key == now else ""))
    while True:
        typed = read(f"{question} Number, or Enter for no change:".strip())
        if not typed:
            return now
        if typed == HELP:
            _explain(explain)
        elif (place := number_in(typed, len(choices))) is not None:
            return choices[place].key
        elif typed in {each.key for each in choices}:
            return typed
        else:
            say(f"Type a number from 1 to {len(choices)}.")


def edit(question: str, now: str, explain: str = "") -> str:
    """Ask for a text; Enter keeps the present one, ``-`` makes it empty.

    Raises:
        Back, OperatorInterruptedError: as for `read`.
    """
    while (
        typed := read(f"{question} Chosen: {shown(now)}. New value, Enter for no change, - for empty:".strip())
    ) == HELP:
        _explain(explain)
    return now if not typed else "" if typed == "-" else typed


def shown(value: str) -> str:
    """Return a value as it is read out."""
    return value or "empty"


def _explain(text: str) -> None:
    # A help text is broken for a screen; here it is broken again at the width of this terminal.
    say(" ".join(text.split()) or "There is no further help for this question.")


def number_in(typed: str, count: int) -> int | None:
    """Return the place that a number from 1 to `count` names, counted from 0; ``None`` for anything else."""
    digits = typed.isascii() and typed.isdecimal() and len(typed) <= len(str(count))
    return int(typed) - 1 if digits and 1 <= int(typed) <= count else None
