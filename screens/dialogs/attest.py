"""Give a dated word for an item that a host cannot prove."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from wizard.model.answers import Attestation
from wizard.model.finding import Finding


class Attest(Dialog[Attestation]):
    """Gives the attestation."""

    def __init__(self, finding: Finding, by: str, on_date: str) -> None:
        super().__init__()
        self._finding = finding
        self._by = Editor(by, longest=64)
        self._on = on_date
        self._note = Editor("", longest=256)
        self._error = Static()

    def content(self) -> ComposeResult:
        """Give the item, the name and the note."""
        yield Static(literal(f"{self._finding.id} {self._finding.title}", TextStyle.STRONG))
        yield Static(literal("Your word, with name and date. It lapses after 90 days and adds nothing to the score."))
        yield Static(literal("name"))
        yield self._by
        yield Static(literal("how it is done (optional)"))
        yield self._note
        yield self._error
        yield buttons(("cancel", "Cancel"), ("give", "It is so"))

    @on(Button.Pressed, "#give")
    def _give(self) -> None:
        by = self._by.value.strip()
        if not by:
            self._error.update(literal("[err] a name is wanted", TextStyle.FAIL))
            return
        note = self._note.value.strip()
        self.dismiss(Attestation(item=self._finding.number, by=by, on=self._on, note=note))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
