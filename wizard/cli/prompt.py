"""The question whether a change that is in force and verified is kept, asked without waiting for the answer.

The answer may come from another login, or never; so the keyboard is only looked at.
"""

import math
import os
import sys
import termios
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from wizard.cli import output

REMIND_AT = (60, 10)
"""Seconds before the deadline at which it is said once more."""


class Answer(StrEnum):
    """What can be typed."""

    CONFIRM = "confirm"
    ROLLBACK = "rollback"


_EARLIER = {"keep": Answer.CONFIRM, "undo": Answer.ROLLBACK}
"""What an earlier version asked for: fingers remember it."""


def seconds_left(deadline: float) -> float:
    """Return how long it is to a moment of CLOCK_BOOTTIME."""
    return max(0.0, deadline - time.clock_gettime(time.CLOCK_BOOTTIME))


class Prompt:
    """Asks on standard error and reads standard input; something must say when there is something to read."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._line = b""
        self._reminders = [seconds for seconds in REMIND_AT if seconds < seconds_left(deadline)]
        discard_typed_input()
        left = math.ceil(seconds_left(deadline))
        moment = datetime.now(UTC).astimezone() + timedelta(seconds=left)
        output.entry(
            "Every change is in force and verified. Try a new login and a client now. Type confirm or rollback. "
            f"Without a confirmation, everything is rolled back in {left} seconds, at {moment:%H:%M:%S}."
        )

    def extend(self, deadline: float) -> None:
        """Ask until a later moment."""
        self._deadline = deadline
        self._reminders = [seconds for seconds in REMIND_AT if seconds < seconds_left(deadline)]
        output.entry(self._hint())

    def fileno(self) -> int:
        """Of the keyboard."""
        return sys.stdin.fileno()

    def pause(self) -> float | None:
        """Seconds after which `remind` has something to say; ``None``: never."""
        return max(0.0, seconds_left(self._deadline) - self._reminders[0]) if self._reminders else None

    def remind(self) -> None:
        """Say how much time is left, when it is time to."""
        if self.pause() == 0:
            self._reminders.pop(0)
            output.entry(self._hint())

    def words(self) -> list[Answer]:
        """Read what was typed; anything but ``confirm`` or ``rollback`` is answered with the two.

        Raises:
            EOFError: nothing more can be typed.
        """
        data = os.read(self.fileno(), 4096)
        if not data:
            raise EOFError
        *lines, self._line = (self._line + data).split(b"\n")
        return [word for line in lines if (word := self._word(line)) is not None]

    def _word(self, line: bytes) -> Answer | None:
        typed = line.decode("ascii", "replace").strip().lower()
        try:
            return _EARLIER.get(typed) or Answer(typed)
        except ValueError:
            output.entry(self._hint())
            return None

    def _hint(self) -> str:
        return f"{math.ceil(seconds_left(self._deadline))} seconds left: type confirm or rollback."


def in_foreground() -> bool:
    """Return whether this process may read the keyboard: the shell stops a background job that does."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:  # no terminal, so there is no job control either
        return True


def discard_typed_input() -> None:
    """Discard what was typed before the question, or after the answer: it was no answer."""
    with suppress(termios.error):
        if in_foreground():
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
