"""The colours follow the background of the terminal, and asking for it leaves nothing behind."""

import termios
import time
from collections import Counter

import pytest

from tests.pty.test_screens import start
from tests.support.terminal import DARK, KEYS, LIGHT, Terminal

pytestmark = pytest.mark.pty

SILENT = ""
ASKED = b"\x1b]11;?"


def background(terminal: Terminal) -> str:
    """The colour behind most cells."""
    buffer = terminal.screen.buffer
    return Counter(buffer[y][x].bg for y in range(24) for x in range(80)).most_common(1)[0][0]


@pytest.mark.parametrize(
    ("reply", "wanted"), [(LIGHT, "ffffff"), (DARK, "121212"), (SILENT, "121212"), ("\x1b]11;\x07", "121212")]
)
def test_the_colours_follow_the_ground(reply: str, wanted: str) -> None:
    with start(background=reply, COLORTERM="truecolor", COLORFGBG="0;15") as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET · 6 changes")
        terminal.settle()
        assert background(terminal) == wanted


@pytest.mark.parametrize("reply", [LIGHT, DARK], ids=["light", "dark"])
def test_no_cell_of_any_step_lacks_the_ground(reply: str) -> None:
    with start(background=reply, COLORTERM="truecolor") as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET · 6 changes")
        for key in "0123456789":
            terminal.press(KEYS["F6"])
            terminal.wait_for("Jump")
            time.sleep(0.6)  # a dialog takes no keys before an operator can have read it
            terminal.press(key)
            text = terminal.wait_for(f">{key} ")
            terminal.settle()
            buffer = terminal.screen.buffer
            bare = [(y, x) for y in range(24) for x in range(80) if buffer[y][x].bg == "default"]
            assert bare == [], text


@pytest.mark.parametrize(
    ("term", "environment"),
    [("linux", {"COLORTERM": "truecolor"}), ("screen", {}), ("vt100", {}), ("xterm-256color", {"NO_COLOR": "1"})],
)
def test_a_terminal_that_would_show_the_question_is_not_asked(term: str, environment: dict[str, str]) -> None:
    with start(term=term, **environment) as terminal:
        terminal.wait_for("Score 60/100")
        assert ASKED not in terminal.received


@pytest.mark.parametrize("parts", [(LIGHT,), (LIGHT[:9], LIGHT[9:])], ids=["whole", "split"])
def test_a_reply_that_comes_late_is_no_key(parts: tuple[str, ...]) -> None:
    with start(background=SILENT) as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET · 6 changes")
        before = terminal.settle()
        for part in parts:
            terminal.press(part)
            assert terminal.settle() == before


def test_the_terminal_is_as_before_at_the_end() -> None:
    with start(background=LIGHT) as terminal:
        before = termios.tcgetattr(terminal.child.fileno())
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET · 6 changes")
        assert termios.tcgetattr(terminal.child.fileno()) != before
        terminal.press(KEYS["F10"])
        terminal.wait_for("Leave redis-wizard?")
        time.sleep(0.6)  # as above
        terminal.press("\x1b[C\x1b[C" + KEYS["Enter"])
        terminal.wait_for("")
        deadline = time.monotonic() + 60
        while termios.tcgetattr(terminal.child.fileno()) != before and terminal.child.isalive():
            assert time.monotonic() < deadline
            terminal.settle(0.1)
        assert terminal.status() == 0
