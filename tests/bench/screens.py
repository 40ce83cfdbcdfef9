"""First paint of the wizard against an empty Textual application, and the bytes of a key, in a real terminal."""

import os
import pty
import select
import statistics
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence

from tests.bench.measure import Row, milliseconds
from tests.support.terminal import KEYS, Terminal

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run(mouse=False)
"""
DEADLINE = 10.0
IDLE_SECONDS = 5.0
REPLY = b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?1;2c"
"""Of a terminal that is asked for its background; what did not ask has ended its line by then."""
BUDGETS = {"an arrow": 1_500, "Tab": 4_000, "Next": 10_000}
"""Bytes at 80×24; the design's."""


def rows() -> Iterator[Row]:
    """Measure the time until the first screen is whole, and the bytes of keys in each step."""
    empty, wizard = _medians(
        ([sys.executable, "-I", "-c", EMPTY_APP], b"ready"),
        ([sys.executable, "-I", "-m", "wizard", "--dry-run"], b"F10 Quit"),
    )
    yield Row("first full frame", milliseconds(wizard), milliseconds(empty), wizard / empty, "ratio at most 1.3")
    for what, found in _bytes_of_keys().items():
        if what in BUDGETS:
            yield _bytes(f"bytes of {what} at 80×24, median", statistics.median(found), BUDGETS[what])
            yield _bytes(f"bytes of {what} at 80×24, most", max(found), BUDGETS[what])
        else:
            yield Row(f"bytes of {what}", f"{sum(found)} B", "0 B", float(sum(found)), "0")


def _bytes(what: str, measured: float, budget: int) -> Row:
    return Row(what, f"{measured:.0f} B", f"{budget} B", measured / budget, "ratio at most 1")


def _bytes_of_keys() -> dict[str, list[int]]:
    """Return what each key sends, by its name, over all steps of a sandbox."""
    command = [sys.executable, "-I", "-m", "wizard", "--sandbox", "--dry-run"]
    with Terminal(command, environment=dict(os.environ)) as terminal:
        terminal.wait_for("Score", "DRY RUN", "[ Dry run ]")
        terminal.settle()
        found: dict[str, list[int]] = {what: [] for what in (*BUDGETS, f"{IDLE_SECONDS:.0f} idle seconds")}
        for _ in range(9):
            found["an arrow"] += [_sent(terminal, lambda: terminal.press(KEYS["Down"])) for _ in range(3)]
            found["Tab"] += [_sent(terminal, lambda: terminal.press(KEYS["Tab"])) for _ in range(3)]
            found[f"{IDLE_SECONDS:.0f} idle seconds"].append(_sent(terminal, lambda: None, seconds=IDLE_SECONDS))
            found["Next"].append(_sent(terminal, lambda: terminal.press(KEYS["F8"])))
        return found


def _sent(terminal: Terminal, act: Callable[[], None], *, seconds: float = 0.5) -> int:
    before = len(terminal.received)
    act()
    terminal.settle(seconds)
    return len(terminal.received) - before


def _medians(*programs: tuple[Sequence[str], bytes], times: int = 9) -> tuple[float, ...]:
    """Return the median of each program, measured in turn: another load of the machine then meets all of them."""
    taken = [[_first_paint(arguments, word) for arguments, word in programs] for _ in range(times)]
    return tuple(statistics.median(each) for each in zip(*taken, strict=True))


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
            data = os.read(terminal, 65536)
            if b"\x1b[c" in data:
                os.write(terminal, REPLY)
            seen += data
            if word in seen:
                return time.perf_counter() - begin
    message = f"nothing of {word!r} within {DEADLINE} s"
    raise TimeoutError(message)
