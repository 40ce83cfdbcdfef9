"""Ask for a user and password of the server."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor, SecretEditor
from screens.widgets.option_widgets import LABEL_WIDTH
from wizard.model.login import Login
from wizard.model.value import Secret


class AskLogin(Dialog[Login]):
    """Asks for a login; it stays in memory while the wizard runs and nowhere else."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self._why = why
        self._user = Editor("default", longest=64)
        self._password = SecretEditor()
        self._error = Static()

    def content(self) -> ComposeResult:
        """Yield the two fields."""
        yield Static(literal("Log in to the server", TextStyle.STRONG))
        yield Static(literal(self._why, TextStyle.WARN))
        for label, editor in (("user", self._user), ("password (hidden)", self._password)):
            yield Horizontal(Static(literal(label.ljust(LABEL_WIDTH)), classes="label"), editor, classes="fieldrow")
        yield self._error
        yield buttons(("cancel", "Cancel"), ("log-in", "Log in"))

    def on_mount(self) -> None:
        """Start in the password: the user is there, and Shift+Tab leads to it."""
        self._password.focus()

    @on(Input.Submitted)
    def _next_field(self, message: Input.Submitted) -> None:
        if message.input is self._password:
            self._done()
        else:
            self._password.focus()

    @on(Button.Pressed, "#log-in")
    def _done(self) -> None:
        password = self._password.value
        if not password or not password.isprintable():
            why = "this password has control characters" if password else "type the password"
            self._error.update(literal(f"[err] {why}", TextStyle.FAIL))
            self._password.focus()
            return
        self._password.value = ""
        self.dismiss(Login(self._user.value.strip() or "default", Secret(password)))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
