"""Ask for a path to write something to."""

from collections.abc import Callable
from pathlib import PurePosixPath

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from wizard.errors import WizardError


class PathDialog(Dialog[PurePosixPath]):
    """Asks for a path and writes the file; returns its path."""

    def __init__(self, title: str, suggestion: PurePosixPath, write: Callable[[PurePosixPath], None]) -> None:
        super().__init__()
        self._title = title
        self._path = Editor(str(suggestion), longest=1024)
        self._error = Static()
        self._write = write

    def content(self) -> ComposeResult:
        """Yield title, path and buttons."""
        yield Static(literal(self._title, TextStyle.STRONG))
        yield Static(literal("A new file with mode 0600; an existing one is refused.", TextStyle.MUTED))
        yield self._path
        yield self._error
        yield buttons(("cancel", "Cancel"), ("write", "Write"))

    def on_mount(self) -> None:
        """Start in the path."""
        self._path.focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def _try(self) -> None:
        path = PurePosixPath(self._path.value)
        try:
            self._write(path)
        except WizardError as error:
            self._error.update(literal(f"[err] {error}", TextStyle.FAIL))
        else:
            self.dismiss(path)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
