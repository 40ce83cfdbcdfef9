"""What is sent to a terminal shows the same as all that Textual would have sent."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.terminal.frame import Frame

ROWS, COLUMNS = 6, 20
STYLES = st.sampled_from(["", "1", "38;5;251;48;5;233", "48;5;233", "38;2;1;2;3"])
LETTERS = st.text(st.sampled_from("ab ─·界é…"), min_size=1, max_size=6)


@st.composite
def frames(draw: st.DrawFn) -> str:
    """One frame as Textual writes it: spans at positions, each with its colours, and the cursor's place last."""
    out = []
    for row in draw(st.lists(st.integers(1, ROWS), unique=True, min_size=1)):
        out.append(f"\x1b[{row};{draw(st.integers(1, COLUMNS - 12))}H")
        text, style = draw(LETTERS), draw(STYLES)
        out.append(f"\x1b[{style}m{text}\x1b[0m" if style else text)
        if row < ROWS and draw(st.booleans()):
            out.append("\r\n")
    out.append(f"\x1b[{draw(st.integers(1, ROWS))};{draw(st.integers(1, COLUMNS))}H")
    return "".join(out)


class Shown:
    """A terminal that is drawn on."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")

    def cells(self) -> list[tuple[object, ...]]:
        rows = (self.screen.buffer[row] for row in range(ROWS))
        found = [row[column] for row in rows for column in range(COLUMNS)]
        return [(each.data, each.fg, each.bg, each.bold) for each in found]


def whole(row: int, text: str) -> str:
    return f"\x1b[{row};1H{text.ljust(COLUMNS)}"


@given(st.lists(st.one_of(frames(), st.just("redraw")), max_size=8))
def test_the_terminal_shows_the_same(drawn: list[str]) -> None:
    frame, told, sent = Frame(), Shown(), Shown()
    # A span of Textual never begins inside a wide character that it leaves there.
    clean = "".join(whole(row, "") for row in range(1, ROWS + 1))
    for data in drawn:
        if data == "redraw":
            frame.forget()
            continue
        for part in (clean, data):
            told.stream.feed(part)
            sent.stream.feed(frame.changes(part))
        different = [pair for pair in zip(sent.cells(), told.cells(), strict=True) if pair[0] != pair[1]]
        assert not different
        assert (sent.screen.cursor.x, sent.screen.cursor.y) == (told.screen.cursor.x, told.screen.cursor.y)


def test_what_is_there_is_not_sent_again() -> None:
    frame, line = Frame(), "\x1b[1;1H\x1b[1mScore 60/100\x1b[0m\x1b[1;1H"
    assert "Score 60/100" in frame.changes(line)
    assert frame.changes(line) == "\x1b[1;1H"
    assert frame.changes(line.replace("60", "61")) == "\x1b[1;8H\x1b[1m1\x1b[0m\x1b[1;1H"
    frame.forget()
    assert "Score 60/100" in frame.changes(line)


@pytest.mark.parametrize("data", ["\x1b[?25l", "\x1b[?2026h", "\x07", "\x1b]2;title\x07", "\x1b]52;c;eA==\x1b\\"])
def test_what_draws_nothing_is_passed_on(data: str) -> None:
    frame, line = Frame(), whole(1, "as before")
    frame.changes(line)
    assert frame.changes(data) == data
    assert "as before" not in frame.changes(line)


@pytest.mark.parametrize(
    "data", ["\x1b[2J", "\x1b[?1049h", "\x1bc", "\x1b]8;;file:///x\x07", "text without a place", "\x1b[3A", "\x9b2J"]
)
def test_after_anything_else_all_is_sent(data: str) -> None:
    frame, line = Frame(), whole(1, "as before")
    frame.changes(line)
    assert frame.changes(data) == data
    assert "as before" in frame.changes(line)
