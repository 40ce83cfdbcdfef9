"""The question before the wizard ends, and the refusal while something runs."""

from enum import StrEnum

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.palette import Tone
from screens.text import C


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


class StillRunning(Dialog[None]):
    """Says that it cannot be left now."""

    def content(self) -> ComposeResult:
        """Say why."""
        yield Static(C("An apply is running. Leaving now could stop it half-way, so it is refused;", Tone.WARN))
        yield Static(C("it ends by itself, and then you can leave. A lost connection does not stop it."))
        yield buttons(("stay", "Stay"))

    @on(Button.Pressed)
    def _pressed(self) -> None:
        self.dismiss(None)
