"""A text to read: help, why, and other explanations."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.dialogs.dialog import Dialog
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.long_text import LongText


class TextDialog(Dialog[None]):
    """Shows a text; any of Enter, Escape and the function keys closes it."""

    quiet_seconds: ClassVar[float] = 0.0
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space,f1,f2,q", "cancel", priority=True, show=False)]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def content(self) -> ComposeResult:
        """Yield title, text and how to close."""
        yield Static(literal(self._title, TextStyle.STRONG))
        yield LongText(self._text, classes="text")
        yield Static(literal("/ find  Enter or Esc closes", TextStyle.MUTED), classes="gap keys")
