"""Jump to a step by its digit."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Static

from screens import step_order
from screens.dialogs.dialog import Dialog
from screens.session import Session
from screens.step_order import StepName
from screens.text.formatting import lines, literal
from screens.theme import TextStyle


class StepDialog(Dialog[StepName]):
    """Gives the chosen step."""

    quiet_seconds: ClassVar[float] = 0.0
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f6,ctrl+t", "cancel", priority=True, show=False)]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def content(self) -> ComposeResult:
        """List the steps with their digits and marks."""
        yield Static(literal("Jump to step: type its digit", TextStyle.STRONG))
        rows = (
            f"{i}  {step_order.TITLES[step]:<28}{self._session.mark(step)}" for i, step in enumerate(step_order.ORDER)
        )
        yield Static(lines(*rows), classes="gap")
        yield Static(literal("Esc goes back", TextStyle.MUTED), classes="gap")

    def on_key(self, event: Key) -> None:
        """Take a digit."""
        if event.character and event.character.isascii() and event.character.isdecimal():
            event.stop()
            self.dismiss(step_order.by_index(int(event.character)))
