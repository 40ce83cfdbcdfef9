"""Try whether a user may run a command. Nothing changes."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from wizard.errors import WizardError


class TryCommand(Dialog[None]):
    """Evaluates commands by the planned rules of one user."""

    def __init__(self, user: str, may: Callable[[Sequence[str]], str]) -> None:
        super().__init__()
        self._user = user
        self._may = may
        self._command = Editor("GET app:1", longest=512)
        self._answer = Static()

    def content(self) -> ComposeResult:
        """Yield the command and the answer."""
        yield Static(literal(f'Try a command as user "{self._user}"', TextStyle.STRONG))
        yield self._command
        yield self._answer
        yield buttons(("close", "Close"))

    def on_mount(self) -> None:
        """Start in the command."""
        self._command.focus()

    @on(Input.Submitted)
    def _ask(self) -> None:
        try:
            answer = self._may(self._command.value.split())
        except WizardError as error:
            answer = str(error)
        self._answer.update(literal(answer, TextStyle.OK if answer.startswith("yes") else TextStyle.WARN))

    @on(Button.Pressed)
    def _close(self) -> None:
        self.dismiss(None)
