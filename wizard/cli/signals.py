"""Signals while a change is made: a lost terminal or a polite request to end must not cut it in two.

What may not live here: the interrupt of the keyboard, which is told about (`wizard.cli.apply.follow`).
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

HELD = (signal.SIGHUP, signal.SIGTERM)


@contextmanager
def held() -> Iterator[None]:
    """Let the change end, or undo itself; the program then ends by itself soon, its secrets handed over."""
    before = {number: signal.signal(number, _go_on) for number in HELD}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _go_on(_number: int, _frame: FrameType | None) -> None:
    # It may come in the middle of a write to the same stream, which must not be entered twice.
    with suppress(OSError):
        os.write(2, b"It is not stopped half-way: it goes on to its end, or undoes itself.\n")
