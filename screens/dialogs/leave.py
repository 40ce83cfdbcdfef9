"""The question before the wizard ends, also while something goes on without it."""

from enum import StrEnum

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.palette import Tone
from screens.text import C
from wizard.model.standing import Kind


class Way(StrEnum):
    """How to leave."""

    SAVE = "save"
    LEAVE = "leave"


class Leave(Dialog[Way]):
    """Asks whether to leave, and how; without an answer it stays."""

    def __init__(self, *, losing: str = "") -> None:
        super().__init__()
        self._losing = losing

    def content(self) -> ComposeResult:
        """Ask, with what is lost."""
        yield Static(C("Leave redis-wizard?", Tone.STRONG))
        if self._losing:
            yield Static(C(self._losing, Tone.WARN))
        yield Static(C("Answers that were not applied are lost unless you save them to a file."))
        yield buttons(("stay", "Stay"), ("save", "Save answers and leave"), ("leave", "Leave"))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(Way(message.button.id) if message.button.id in set(Way) else None)


class GoesOn(Dialog[bool]):
    """Asks whether to leave something that runs by itself."""

    def __init__(self, kind: Kind, *, without_passwords: bool = False) -> None:
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
        yield Static(C(f"The {self._kind} goes on without this window.", Tone.STRONG))
        if self._kind is Kind.APPLY:
            yield Static(C("When it is done it waits for your word; no word means rollback."))
        yield Static(C("Come back with redis-wizard or redis-wizard status, from any login."))
        if self._without_passwords:
            yield Static(C("You do not have the new passwords yet; you can take them then.", Tone.WARN))
        yield buttons(("stay", "Stay"), ("leave", "Leave, it goes on"))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(message.button.id == "leave")
