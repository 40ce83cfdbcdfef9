"""The base of questions on top of a screen: a box, Escape cancels, keys typed ahead are dropped."""

import time
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button

from screens.search import SearchLine
from screens.text.formatting import literal

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A box in the middle. The first button in it cancels and has the focus."""

    quiet_seconds: ClassVar[float] = 0.5
    """Keys are dropped for this long: they were typed for the screen before."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f7,f10,ctrl+q,ctrl+c", "cancel", priority=True, show=False),
        Binding("f8,ctrl+n", "accept", priority=True, show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._opened = time.monotonic()

    def too_early(self) -> bool:
        """Return whether the operator cannot have read it yet; a key that is held down never gets through."""
        now = time.monotonic()
        early = now - self._opened < self.quiet_seconds
        if early:
            self._opened = now
        return early

    def compose(self) -> ComposeResult:
        """Put the content into the box."""
        with Vertical(id="box"):
            yield from self.content()
            yield SearchLine()

    def content(self) -> ComposeResult:
        """Yield the widgets in the box."""
        yield from ()

    def action_accept(self) -> None:
        """Do nothing; a dialog with one main act does it by F8."""
        self.app.bell()

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


def buttons(*pairs: tuple[str, str]) -> Horizontal:
    """Return a row of buttons from ids and labels; labels are fixed texts."""
    return Horizontal(*(_button(key, label) for key, label in pairs), classes="buttons")


def _button(key: str, label: str) -> Button:
    button = Button(id=key, compact=True)
    # Textual's own style pads each line by 1; its style sheets refuse a 0 here, and its width forgets ours.
    button.styles.line_pad = 0
    name_button(button, label)
    return button


def name_button(button: Button, label: str) -> None:
    """Give a button a label, a fixed text."""
    text = f"[ {label} ]"
    button.label = literal(text)
    button.styles.width = len(text)
