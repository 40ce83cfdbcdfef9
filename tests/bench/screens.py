"""First paint of the wizard against an empty Textual application, in a real pseudo-terminal."""

import os
import pty
import select
import statistics
import sys
import termios
import time
from collections.abc import Iterator, Sequence

from tests.bench.measure import Row, milliseconds

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run(mouse=False)
"""
DEADLINE = 10.0


def rows() -> Iterator[Row]:
    """Measure the time until a word of the first screen has been written."""
    empty = _median([sys.executable, "-I", "-c", EMPTY_APP], b"ready")
    wizard = _median([sys.executable, "-I", "-m", "wizard", "--dry-run"], b"redis-wizard")
    yield Row("first paint", milliseconds(wizard), milliseconds(empty), wizard / empty, "ratio at most 1.5")


def _median(arguments: Sequence[str], word: bytes, *, times: int = 7) -> float:
    return statistics.median(_first_paint(arguments, word) for _ in range(times))


def _first_paint(arguments: Sequence[str], word: bytes) -> float:
    begin = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(arguments[0], list(arguments))
    termios.tcsetwinsize(terminal, (24, 80))
    try:
        return _until(terminal, word, begin)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def _until(terminal: int, word: bytes, begin: float) -> float:
    seen = b""
    while time.perf_counter() - begin < DEADLINE:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
            if word in seen:
                return time.perf_counter() - begin
    message = f"nothing of {word!r} within {DEADLINE} s"
    raise TimeoutError(message)
