"""A diff to scroll through, drawn line by line: five thousand lines cost no more than fifty."""

import re
from collections.abc import Iterator
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
        self._words = ""
        self._match = 0

    def show(self, diffs: tuple[FileDiff, ...]) -> None:
        """Show these diffs from the top."""
        # Only a line feed ends a line: any other sign that looks like one would let a comment pose as a change.
        texts = ((_heading(diff), *diff.text.removesuffix("\n").split("\n")) for diff in diffs)
        self._lines = tuple(escape(line) for lines in texts for line in lines)
        width = max((len(line) for line in self._lines), default=0)
        self.virtual_size = Size(width, len(self._lines))
        self.scroll_to(0, 0, animate=False)
        self.refresh()

    def go_to(self, file: str, words: str) -> None:
        """Scroll to the first changed line of a file that holds these words, else to the file's heading."""
        inside, heading = False, -1
        for place, line in enumerate(self._lines):
            if line.startswith("───"):
                inside = f"/{file} " in line
                heading = place if inside and heading < 0 else heading
            elif inside and words and line.startswith(("+", "-")) and words in line:
                self.scroll_to(0, max(0, place - 2), animate=False)
                return
        if heading >= 0:
            self.scroll_to(0, heading, animate=False)

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
        self.scroll_to(0, max(0, place - 2), animate=False)
        self.refresh()

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
        text = self._lines[place] if place < len(self._lines) else ""
        if text.startswith(_RULE):
            text = text.ljust(self.size.width, _RULE[0])
        style = self.rich_style + Style.parse(rich_style(self._color_scheme, _tone(text)) or "none")
        segments = [Segment(part, style + _MARKED if hit else style) for part, hit in _parts(text, self._words)]
        return Strip(segments).crop_extend(left, left + self.size.width, self.rich_style)

    def action_hunk(self, by: int) -> None:
        """Go to the next or previous hunk."""
        here = round(self.scroll_offset.y)
        hunks = [i for i, line in enumerate(self._lines) if line.startswith(("@@", _RULE))]
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
    return f"{_RULE} {diff.path}  +{diff.added} -{diff.removed} "


def _tone(line: str) -> TextStyle:
    if line.startswith(("+++", "---", "@@", _RULE)):
        return TextStyle.MUTED
    return {"+": TextStyle.OK, "-": TextStyle.REMOVED}.get(line[:1], TextStyle.TEXT)
