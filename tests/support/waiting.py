"""Waits of tests, each with an end that a busy machine does not reach."""

import time
from collections.abc import Callable


def poll(ready: Callable[[], object], what: str = "it never came true", *, seconds: float = 300) -> None:
    """Wait until something is so; `what` is the failure."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
