"""The question before the wizard ends, also while something goes on without it."""

from enum import StrEnum

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from wizard.model.status import Operation


class LeaveMode(StrEnum):
    """How to leave."""

    SAVE = "save"
    LEAVE = "leave"


class Leave(Dialog[LeaveMode]):
    """Asks whether to leave, and how; without an answer it stays."""

    def __init__(self, *, losing: str = "") -> None:
        super().__init__()
        self._losing = losing

    def content(self) -> ComposeResult:
        """Ask, with what is lost."""
        yield Static(literal("Leave redis-wizard?", TextStyle.STRONG))
        if self._losing:
            yield Static(literal(self._losing, TextStyle.WARN))
        yield Static(literal("Answers that were not applied are lost unless you save them to a file."))
        yield buttons(("stay", "Stay"), ("save", "Save answers and leave"), ("leave", "Leave"))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(LeaveMode(message.button.id) if message.button.id in set(LeaveMode) else None)


class LeaveRunning(Dialog[bool]):
    """Asks whether to leave something that runs by itself."""

    def __init__(self, kind: Operation, *, without_passwords: bool = False) -> None:
        """Make the question.

        Args:
            kind: What goes on.
            without_passwords: New ones were not handed over; they can be read again.
        """
        super().__init__()
        self._kind = kind
        self._without_passwords = without_passwords

    def content(self) -> ComposeResult:
        """Say that it goes on, and how to come back."""
        yield Static(literal(f"The {self._kind} goes on without this window.", TextStyle.STRONG))
        if self._kind is Operation.APPLY:
            yield Static(literal("When it is done it waits for your word; no word means rollback."))
        yield Static(literal("Come back with redis-wizard or redis-wizard status, from any login."))
        if self._without_passwords:
            yield Static(literal("You do not have the new passwords yet; you can take them then.", TextStyle.WARN))
        yield buttons(("stay", "Stay"), ("leave", "Leave, it goes on"))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(message.button.id == "leave")
