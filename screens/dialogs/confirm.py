"""The question before the host changes. Enter alone never confirms it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from screens.widgets.long_text import HangingText, LongText

_OTHER_ROWS = 17
"""Rows of the longest question without its details, with the frame."""
_LEAST_ROWS = 3


class Detail(LongText, can_focus=False, inherit_bindings=False):
    """Details to read first; the focus stays on Cancel."""


class ConfirmDialog(Dialog[bool]):
    """Asks once, F8 answers yes; where data or access may be lost a phrase must be typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        facts: tuple[str, ...],
        act: str,
        *,
        phrase: str = "",
        warning: str = "",
        detail: Content | None = None,
    ) -> None:
        """Create the question.

        Args:
            title: The question, naming the object.
            facts: What happens, a line each.
            act: The label of the button that does it.
            phrase: What must be typed; empty where the button is enough.
            warning: Why it must be typed.
            detail: More to read before it is answered; it scrolls.
        """
        super().__init__()
        self._title = title
        self._facts = facts
        self._act = act
        self._phrase = phrase
        self._warning = warning
        self._detail = detail
        self._typed = Editor("", longest=256)
        self._error = Static()

    def content(self) -> ComposeResult:
        """Yield question, facts and buttons; Enter alone cancels, or lacks the phrase."""
        yield Static(literal(self._title, TextStyle.STRONG))
        for fact in self._facts:
            yield HangingText(literal(fact))
        if self._detail is not None:
            yield Detail(self._detail)
            yield Static(literal("PgUp PgDn scroll   / find", TextStyle.MUTED), classes="keys")
        if self._phrase:
            yield Static(literal(f"{self._warning} Type {self._phrase} to continue:", TextStyle.WARN), classes="gap")
            yield self._typed
        yield self._error
        yield buttons(("cancel", "Cancel"), ("act", self._act))

    def on_resize(self, event: Resize) -> None:
        """Give the details the rows that the rest leaves. In the style sheet, vh would make the box too tall."""
        for detail in self.query(Detail):
            detail.styles.max_height = max(_LEAST_ROWS, event.size.height - _OTHER_ROWS)

    def action_page(self, by: int) -> None:
        """Scroll what is to be read."""
        for detail in self.query(Detail):
            detail.scroll_relative(y=by * detail.size.height, animate=False)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(False)  # noqa: FBT003 - Textual takes the result by position

    @on(Input.Submitted)
    @on(Button.Pressed, "#act")
    def action_accept(self) -> None:
        """Close with yes, once the phrase is typed where one is asked for."""
        if self._phrase and self._typed.value.strip() != self._phrase:
            self._error.update(literal(f"[err] type exactly: {self._phrase}", TextStyle.FAIL))
            self._typed.focus()
        else:
            self.dismiss(True)  # noqa: FBT003 - Textual takes the result by position
