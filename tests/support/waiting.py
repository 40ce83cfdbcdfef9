"""Waits of tests, each with an end that a busy machine does not reach."""

import time
from collections.abc import Callable


def poll(ready: Callable[[], object], what: str = "it never came true", *, seconds: float = 300) -> None:
    """Wait until something is so; `what` is the failure.

    A look that starts a program takes time from who is waited for, so the pauses are longer than the looks.
    """
    deadline = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        if ready():
            return
        now = time.monotonic()
        assert now < deadline, what
        time.sleep(max(0.1, min(1.0, 2 * (now - begun))))
