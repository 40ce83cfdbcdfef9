"""What an act would change, to read before the question whether to do it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.dialogs.dialog import Dialog
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.long_text import LongText


class PreviewDialog(Dialog[bool]):
    """Shows a preview; F8 goes on to the question, Escape closes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q", "cancel", priority=True, show=False)]

    def __init__(self, title: str, text: Content, act: str) -> None:
        """Create the preview.

        Args:
            title: What it is a preview of.
            text: What would change.
            act: What F8 goes on with; empty where this run may not do it.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._act = act

    def content(self) -> ComposeResult:
        """Yield title, text and keys."""
        yield Static(literal(self._title, TextStyle.STRONG))
        yield LongText(self._text, classes="text")
        act = f"F8 {self._act}…" if self._act else "dry run: nothing is changed"
        yield Static(literal(f"{act}   / find   Esc closes", TextStyle.MUTED), classes="gap keys")

    def action_accept(self) -> None:
        """Go on to the question."""
        if self._act:
            self.dismiss(True)  # noqa: FBT003 - Textual takes the result by position
        else:
            self.app.bell()
