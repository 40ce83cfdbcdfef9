"""Try whether a user may run a command: by the plan, and now. Nothing changes."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from wizard.errors import WizardError

Ask = Callable[[Sequence[str]], str]


class TryCommand(Dialog[None]):
    """Evaluates commands by the planned rules of one user, and asks the server.

    Args:
        user: Its name.
        planned: Answers by the planned rules; ``None`` where the plan does not name the user.
        now: Has the server asked, which takes a while: the answer comes by `show_now`. ``None`` where there is no
            such user now.
        command: What to begin with.
    """

    def __init__(
        self,
        user: str,
        planned: Ask | None,
        now: Callable[[Sequence[str], Callable[[str], None]], None] | None,
        command: str = "GET app:1",
    ) -> None:
        super().__init__()
        self._user = user
        self._planned = planned
        self._ask_now = now
        self._command = Editor(command, longest=512)
        self._planned_answer = Static()
        self._now_answer = Static()

    def content(self) -> ComposeResult:
        """Yield the command and the answers."""
        yield Static(literal(f'Try a command as user "{self._user}": Enter asks, nothing runs', TextStyle.STRONG))
        yield self._command
        yield self._now_answer
        yield self._planned_answer
        yield buttons(("close", "Close"))

    def on_mount(self) -> None:
        """Start in the command."""
        self._command.focus()

    @on(Input.Submitted)
    def _ask(self) -> None:
        words = self._command.value.split()
        if not words:
            _show(self._planned_answer, "", "type a command, for example GET app:1")
            return
        if self._planned is not None:
            _show(self._planned_answer, "after the apply", _answer(self._planned, words))
        if self._ask_now is not None:
            _show(self._now_answer, "now", "asking the server…")
            self._ask_now(words, self.show_now)
        else:
            self.show_now(f'the server has no user "{self._user}" yet')

    def show_now(self, answer: str) -> None:
        """Show what the server says."""
        _show(self._now_answer, "now", answer)

    @on(Button.Pressed)
    def _close(self) -> None:
        self.dismiss(None)


def _answer(ask: Ask, words: Sequence[str]) -> str:
    try:
        return ask(words)
    except WizardError as error:
        return str(error)


def _show(where: Static, when: str, answer: str) -> None:
    text = f"{when}: {answer}" if when else answer
    where.update(literal(text, TextStyle.OK if answer.startswith("yes") else TextStyle.WARN))
