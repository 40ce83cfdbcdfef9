"""Jump to a step by its key."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Static

from screens.dialogs.dialog import Dialog
from screens.session import Session
from screens.text.formatting import lines, literal
from screens.theme import TextStyle


class StepDialog(Dialog[str]):
    """Returns the name of the chosen step."""

    quiet_seconds: ClassVar[float] = 0.0
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f6,ctrl+t", "cancel", priority=True, show=False)]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def content(self) -> ComposeResult:
        """List the steps with their keys and marks."""
        yield Static(literal("Jump to step: type its key", TextStyle.STRONG))
        session = self._session
        steps = session.steps
        rows = (f"{steps.key(row.name)}  {row.title:<28}{session.step_state(row.name)}" for row in steps.rows)
        yield Static(lines(*rows), classes="gap")
        yield Static(literal("Esc closes", TextStyle.MUTED), classes="gap")

    def on_key(self, event: Key) -> None:
        """Take the key of a step."""
        row = self._session.steps.by_key(event.character or "")
        if row is not None:
            event.stop()
            self.dismiss(row.name)
