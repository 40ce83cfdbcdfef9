"""A diff to scroll through, drawn line by line: five thousand lines cost no more than fifty."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.terminal.capabilities import ColorScheme
from screens.theme import TextStyle, rich_style
from wizard.model.plan import FileDiff
from wizard.model.text import escape

_RULE = "───"
"""How the heading of a file begins."""
_ABOVE = 3
"""Rows above the line that is gone to: the name of the file, and two of its context."""
_MARKED = Style(reverse=True)


class DiffView(ScrollView, can_focus=True):
    """Shows unified diffs below each other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_curly_bracket,n", "hunk(1)", show=False),
        Binding("left_curly_bracket,p", "hunk(-1)", show=False),
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self, color_scheme: ColorScheme) -> None:
        super().__init__()
        self._color_scheme = color_scheme
        self._lines: tuple[str, ...] = ()
        self._aside: tuple[str, ...] = ()
        """Shown instead of the diffs: a change that is in none of them."""
        self._files: list[int] = []
        """Where the heading of each file is."""
        self._words = ""
        self._match = 0

    def show(self, diffs: tuple[FileDiff, ...]) -> None:
        """Show these diffs from the top."""
        # Only a line feed ends a line: any other sign that looks like one would let a comment pose as a change.
        texts = ((_heading(diff), *_body(diff)) for diff in diffs)
        self._lines = tuple(escape(line) for lines in texts for line in lines)
        self._set_aside(())
        self.scroll_to(0, 0, animate=False)

    def go_to(self, file: str, words: str) -> bool:
        """Scroll to the first changed line of a file that holds these words, else to the file's heading.

        Returns:
            False where no diff is of this file; the view stays where it is.
        """
        inside, heading = False, -1
        for place, line in enumerate(self._lines):
            if line.startswith(_RULE):
                inside = f"/{file} " in line
                heading = place if inside and heading < 0 else heading
            elif inside and words and line.startswith(("+", "-")) and words in line:
                heading = max(0, place - _ABOVE)
                break
        if heading >= 0:
            self._set_aside(())
            self.scroll_to(0, heading, animate=False)
        return heading >= 0

    def show_aside(self, title: str, rows: Sequence[str]) -> None:
        """Show a change that is in no file in place of the diffs, until the next `show` or `go_to` of a file."""
        self._set_aside(tuple(escape(line) for line in (f"{_RULE} {title} ", *rows)))
        self.scroll_to(0, 0, animate=False)

    def _set_aside(self, rows: tuple[str, ...]) -> None:
        self._aside = rows
        self._files = [place for place, line in enumerate(self._shown) if line.startswith(_RULE)]
        self.virtual_size = Size(max(map(len, self._shown), default=0), len(self._shown))
        self.refresh()

    @property
    def _shown(self) -> tuple[str, ...]:
        return self._aside or self._lines

    @property
    def search_place(self) -> int:
        """The match that is shown, else the first line that is."""
        return self._match if self._words else round(self.scroll_offset.y)

    def search_texts(self) -> tuple[str, ...]:
        """Return every line."""
        return self._lines

    def show_match(self, place: int, words: str) -> None:
        """Mark the words, and scroll to a line."""
        self._match, self._words = place, words.strip()
        self._set_aside(())
        self.scroll_to(0, max(0, place - _ABOVE), animate=False)

    def forget_match(self) -> None:
        """Mark nothing."""
        self._words = ""
        self.refresh()

    @property
    def count(self) -> int:
        """Number of lines."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Draw one visible line."""
        left, top = self.scroll_offset
        place = top + y
        text = self._shown[place] if place < len(self._shown) else ""
        if not y and (file := bisect_right(self._files, top)):
            # Whatever the view is scrolled to, its first row names the file.
            text = self._shown[self._files[file - 1]]
        if text.startswith(_RULE):
            text = text.ljust(self.size.width, _RULE[0])
        style = self.rich_style + Style.parse(rich_style(self._color_scheme, _tone(text)) or "none")
        segments = [Segment(part, style + _MARKED if hit else style) for part, hit in _parts(text, self._words)]
        return Strip(segments).crop_extend(left, left + self.size.width, self.rich_style)

    def action_hunk(self, by: int) -> None:
        """Go to the next or previous hunk."""
        self._set_aside(())
        here = round(self.scroll_offset.y)
        # The row above a hunk is covered by the name of the file.
        hunks = [i - line.startswith("@@") for i, line in enumerate(self._shown) if line.startswith(("@@", _RULE))]
        beyond = [i for i in hunks if (i > here if by > 0 else i < here)]
        if beyond:
            self.scroll_to(0, beyond[0] if by > 0 else beyond[-1], animate=False)


def _parts(text: str, words: str) -> Iterator[tuple[str, bool]]:
    """Yield a line in parts: what is searched for, and the rest."""
    if not words:
        yield text, False
        return
    flags = re.NOFLAG if words != words.lower() else re.IGNORECASE
    for number, part in enumerate(re.split(f"({re.escape(words)})", text, flags=flags)):
        yield part, bool(number % 2)


def _heading(diff: FileDiff) -> str:
    new = "new file  " if diff.text.startswith("--- /dev/null\n") else ""
    return f"{_RULE} {diff.path}  {new}+{diff.added} -{diff.removed} "


def _body(diff: FileDiff) -> list[str]:
    """Return the lines of a diff without those that name the file: its heading does."""
    rows = diff.text.removesuffix("\n").split("\n")
    return rows[2:] if rows[0].startswith("--- ") else rows


def _tone(line: str) -> TextStyle:
    if line.startswith(("@@", _RULE)):
        return TextStyle.MUTED
    return {"+": TextStyle.OK, "-": TextStyle.REMOVED}.get(line[:1], TextStyle.TEXT)
