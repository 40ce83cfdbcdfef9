"""A real pseudo-terminal of 80×24 with a program in it, read as a person would read its screen."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import pexpect
import pyte

ROWS, COLUMNS = 24, 80
DARK, LIGHT = "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b]11;rgb:ffff/ffff/dddd\x1b\\"
"""What a terminal replies when it is asked for its background."""
_HEADER_ROWS = 3


class Terminal:
    """A program in a terminal; every wait is for words on the screen, with a deadline."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: dict[str, str],
        term: str = "xterm-256color",
        background: str = DARK,
    ) -> None:
        self._replies = {b"\x1b]11;?\x1b\\": background, b"\x1b[c": "\x1b[?1;2c"}
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.received = b""
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            arguments[0],
            list(arguments[1:]),
            dimensions=(ROWS, COLUMNS),
            env={**environment, "TERM": term},
            timeout=5,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.child.close(force=True)
        except pexpect.ExceptionPexpect:
            # It was sent SIGKILL; a busy machine ends it later than pexpect waits for that.
            self.child.wait()

    def text(self) -> str:
        """What stands on the screen now."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def looks(self) -> list[tuple[object, ...]]:
        """Return colours and weight of each cell below the header, which has a clock."""
        rows = (self.screen.buffer[number] for number in range(_HEADER_ROWS, self.screen.lines))
        cells = (row[column] for row in rows for column in range(self.screen.columns))
        return [(each.fg, each.bg, each.bold, each.underscore, each.reverse) for each in cells]

    def wait_for(self, *words: str, seconds: float = 240) -> str:
        """Read until all words stand on the screen, and give the screen."""
        deadline = time.monotonic() + seconds
        while not all(word in self.text() for word in words):
            assert time.monotonic() < deadline, f"{words} did not appear within {seconds} s:\n{self.text()}"
            if not self._read(0.1):
                assert all(word in self.text() for word in words), f"ended without {words}:\n{self.text()}"
        return self.text()

    def settle(self, seconds: float = 0.3) -> str:
        """Read until nothing has come for this long, and give the screen."""
        quiet_since = time.monotonic()
        deadline = quiet_since + 20
        while time.monotonic() - quiet_since < seconds and time.monotonic() < deadline:
            before = len(self.received)
            if not self._read(0.05):
                break
            if len(self.received) != before:
                quiet_since = time.monotonic()
        return self.text()

    def press(self, keys: str) -> None:
        """Type characters or an escape sequence."""
        self.child.send(keys)

    def review(self) -> None:
        """Go from the start to the review by the quick path, with its answers as they are suggested."""
        self.press(KEYS["Enter"])
        self.wait_for("Three questions before the review")
        time.sleep(0.6)  # a dialog takes no keys before an operator can have read it
        self.press(KEYS["F8"])

    def status(self, seconds: float = 60) -> int:
        """Wait for the end of the program and give its exit status."""
        deadline = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < deadline, f"still running:\n{self.text()}"
        self.child.close()
        if self.child.exitstatus is not None:
            return self.child.exitstatus
        assert self.child.signalstatus is not None
        return 128 + self.child.signalstatus

    def _read(self, seconds: float) -> bool:
        """Take what has come; False when the program has closed its terminal."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        before = len(self.received)
        self.received += data
        self.stream.feed(data)
        for question, reply in self._replies.items():
            if self.received.find(question, max(0, before - len(question) + 1)) >= 0:
                self.child.send(reply)
        return True


KEYS = {
    "Enter": "\r",
    "Escape": "\x1b",
    "Tab": "\t",
    "Down": "\x1b[B",
    "Up": "\x1b[A",
    "F1": "\x1bOP",
    "F2": "\x1bOQ",
    "F3": "\x1bOR",
    "F4": "\x1bOS",
    "F5": "\x1b[15~",
    "F6": "\x1b[17~",
    "F7": "\x1b[18~",
    "F8": "\x1b[19~",
    "F9": "\x1b[20~",
    "F10": "\x1b[21~",
}
