"""The question before the wizard exits, also while a job continues without it."""

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

    def __init__(self, *, lost: str = "", draft: bool = False, settled: bool = False) -> None:
        """Create the question.

        Args:
            lost: What is lost for good, in a sentence.
            draft: Answers that were not applied are stored as a draft.
            settled: There are no such answers.
        """
        super().__init__()
        self._lost = lost
        self._draft = draft
        self._settled = settled

    def content(self) -> ComposeResult:
        """Yield the question, with what is lost."""
        yield Static(literal("Leave redis-wizard?", TextStyle.STRONG))
        if self._lost:
            yield Static(literal(self._lost, TextStyle.WARN))
        kept = "Answers that were not applied stay on this host as a draft. Save writes them to a file as well."
        lost = "Answers that were not applied are lost unless you save them to a file."
        settled = "No answer is lost: all of them are recommended or in place."
        yield Static(literal(settled if self._settled else kept if self._draft else lost))
        yield buttons(("stay", "Stay"), ("save", "Save and leave"), ("leave", "Leave"))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(LeaveMode(message.button.id) if message.button.id in set(LeaveMode) else None)


class LeaveRunning(Dialog[bool]):
    """Asks whether to leave a job that continues."""

    def __init__(self, kind: Operation, *, without_passwords: bool = False) -> None:
        """Create the question.

        Args:
            kind: What continues.
            without_passwords: The operator has not seen the new ones; they can be read again.
        """
        super().__init__()
        self._kind = kind
        self._without_passwords = without_passwords

    def content(self) -> ComposeResult:
        """Yield that the job continues, and how to return."""
        yield Static(literal(f"The {self._kind} continues without this window.", TextStyle.STRONG))
        if self._kind is Operation.APPLY:
            yield Static(literal("It then waits for your confirmation. Without one, everything is rolled back."))
        yield Static(literal("Return from any login: redis-wizard, or redis-wizard status."))
        if self._without_passwords:
            yield Static(literal("You do not have the new passwords yet. Read them when you return.", TextStyle.WARN))
        yield buttons(("stay", "Stay"), ("leave", "Leave"))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(message.button.id == "leave")
