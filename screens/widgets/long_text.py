"""A text that scrolls and can be searched."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.visual import Visual, visualize
from textual.widgets import Static

from screens.text.formatting import hanging, marked


class HangingText(Static):
    """A text whose long lines go on behind their sign or label."""

    def __init__(self, text: Content | None = None, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._text = Content("") if text is None else text

    def show(self, text: Content) -> None:
        """Show another text."""
        self._text = text
        self.refresh(layout=True)

    def rows(self, width: int) -> int:
        """Return the rows of the text at a width."""
        return hanging(self._text, width).plain.count("\n") + 1

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return the rows of the text."""
        return self.rows(width)

    def render(self) -> Visual:
        """Return the text as it fits."""
        return visualize(self, hanging(self._text, max(1, self.content_size.width)))


class LongText(VerticalScroll):
    """Shows a text; the lines with what was searched for are marked."""

    def __init__(self, text: Content, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._text = text
        self._shown = HangingText(text)
        self._match = 0

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield self._shown

    def show(self, text: Content) -> None:
        """Show another text from the top."""
        self._text, self._match = text, 0
        self._shown.show(text)
        self.scroll_home(animate=False)

    @property
    def search_place(self) -> int:
        """The line of the match that is shown."""
        return self._match

    def search_texts(self) -> Sequence[str]:
        """Return every line."""
        return self._text.plain.split("\n")

    def show_match(self, place: int, words: str) -> None:
        """Mark the words, and scroll to a line; long lines above it fill several rows."""
        self._match = place
        self._shown.show(marked(self._text, words.strip()))
        width = max(1, self._shown.size.width)
        above = sum(hanging(Content(text), width).plain.count("\n") + 1 for text in self.search_texts()[:place])
        self.scroll_to(y=max(0, above - 1), animate=False)

    def forget_match(self) -> None:
        """Draw the text as it was."""
        self._shown.show(self._text)
