"""Jump to a step by its digit."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Static

from screens import steps
from screens.dialogs.dialog import Dialog
from screens.palette import TextStyle
from screens.session import Session
from screens.steps import StepName
from screens.text import lines, literal


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
        rows = (f"{i}  {steps.TITLES[step]:<28}{self._session.mark(step)}" for i, step in enumerate(steps.ORDER))
        yield Static(lines(*rows), classes="gap")
        yield Static(literal("Esc goes back", TextStyle.MUTED), classes="gap")

    def on_key(self, event: Key) -> None:
        """Take a digit."""
        if event.character and event.character.isascii() and event.character.isdecimal():
            event.stop()
            self.dismiss(steps.by_index(int(event.character)))
