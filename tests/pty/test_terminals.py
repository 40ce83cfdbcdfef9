"""Every kind of terminal shows a text that can be read, and no junk; a window of any size, at any pace, is survived."""

import random
import time

import pytest

from tests.pty.test_screens import start
from tests.support.terminal import KEYS, Terminal

pytestmark = pytest.mark.pty

TERMS = (
    "xterm-256color",
    "xterm",
    "screen",
    "screen-256color",
    "tmux-256color",
    "putty",
    "putty-256color",
    "linux",
    "vt100",
    "vt220",
    "rxvt-unicode-256color",
)
ASCII = {"vt100", "vt220"}
LOOKS = [*((term, {}) for term in TERMS), ("xterm-256color", {"NO_COLOR": "1"}), ("linux", {"NO_COLOR": "1"})]
PASTES = {
    "letters": b"q\x03l\x1b[21~n and many other letters that are keys\r\r",
    "random": random.Random(12).randbytes(4096),  # noqa: S311 - noise
    "after a paste": b"\x1b[200~x\x1b[201~l\x1b[21~",
    "in a paste": b"\x1b[200~x\x1b[21~n l\x1b[201~",
    "lines": b"l\nsecret\nmore\n",
}


def resize(terminal: Terminal, columns: int, rows: int) -> None:
    terminal.child.setwinsize(rows, columns)
    terminal.screen.resize(rows, columns)


@pytest.mark.parametrize(
    ("term", "environment"), LOOKS, ids=lambda value: "-".join([value] if isinstance(value, str) else value)
)
def test_every_terminal_shows_a_text_to_read(term: str, environment: dict[str, str]) -> None:
    with start(term=term, **environment) as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET", "6 changes", "[ Review recommended plan ]", seconds=60)
        first = terminal.settle()
        assert first.splitlines()[0].startswith(" db1 "), "junk before the first word"
        assert first.isascii() is (term in ASCII)
        terminal.press(KEYS["F10"])
        text = terminal.wait_for("Leave redis-wizard?", "[ Stay ]", seconds=60)
        edge = "+------" if term in ASCII else "┌──────"
        assert edge in text
        assert terminal.settle().isascii() is (term in ASCII)


@pytest.mark.parametrize("term", ["linux", "vt100", "screen", "putty"])
def test_an_old_terminal_gets_no_question(term: str) -> None:
    with start(term=term) as terminal:
        terminal.wait_for("Score 60/100", seconds=60)
        assert b"$p" not in terminal.received
        assert b"\x1b]" not in terminal.received


@pytest.mark.parametrize(("locale", "ascii_alone"), [("de_DE.ISO-8859-1", True), ("C", False), ("en_US.UTF-8", False)])
def test_a_locale_that_is_not_utf8_gets_ascii(locale: str, *, ascii_alone: bool) -> None:
    with start(LANG=locale) as terminal:
        terminal.wait_for("Score 60/100", "F10 Quit", seconds=60)
        assert terminal.settle().isascii() is ascii_alone


def test_a_storm_of_sizes_ends_in_the_right_picture() -> None:
    dice = random.Random(50)  # noqa: S311 - sizes
    with start() as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET", "6 changes", seconds=60)
        terminal.press(KEYS["F8"])
        terminal.wait_for("Who can reach Redis", seconds=60)
        wanted = terminal.settle()
        for _ in range(50):
            resize(terminal, dice.randint(1, 220), dice.randint(1, 70))
            terminal.settle(0.02)
        resize(terminal, 40, 10)
        assert "60x16" in terminal.wait_for("window too small (40x10)", seconds=60)
        resize(terminal, 80, 24)
        terminal.wait_for("Who can reach Redis", "F10 Quit", seconds=60)
        assert terminal.settle() == wanted
        terminal.press(KEYS["F8"])
        terminal.wait_for(">2 Mem", seconds=60)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (109, 30), (110, 30), (200, 60)])
def test_every_size_shows_keys_and_way_out(size: tuple[int, int]) -> None:
    columns, rows = size
    with start() as terminal:
        resize(terminal, columns, rows)
        terminal.wait_for("[ Dry run ]", "NOTHING CHANGED YET", "6 changes", seconds=60)
        for key in "0123456789":
            terminal.press(KEYS["F6"])
            terminal.wait_for("Jump to step", seconds=60)
            time.sleep(0.6)  # a dialog takes no keys before an operator can have read it
            terminal.press(key)
            terminal.wait_for(f">{key} ", "F1 Help", "Why" if columns >= 110 and key != "9" else "", seconds=60)
            # The review has its diff there.
            assert ("│ Why" in terminal.settle()) is (columns >= 110 and key != "9")


@pytest.mark.parametrize("term", ["xterm-256color", "vt100"])
@pytest.mark.parametrize("pasted", PASTES.values(), ids=PASTES)
def test_what_is_pasted_opens_nothing(term: str, pasted: bytes) -> None:
    with start(term=term) as terminal:
        terminal.wait_for("Score 60/100", "NOTHING CHANGED YET", "6 changes", seconds=60)
        before = terminal.settle()
        terminal.child.send(pasted)
        assert terminal.settle(0.5) == before
        terminal.press(KEYS["F8"])
        terminal.wait_for("Who can reach Redis", seconds=60)
