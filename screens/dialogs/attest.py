"""Attest an item that the host cannot prove."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from wizard.model.answers import Attestation
from wizard.model.finding import Finding


class Attest(Dialog[Attestation]):
    """Asks for an attestation."""

    def __init__(self, finding: Finding, by: str, on_date: str) -> None:
        super().__init__()
        self._finding = finding
        self._by = Editor(by, longest=64)
        self._on = on_date
        self._note = Editor("", longest=256)
        self._error = Static()

    def content(self) -> ComposeResult:
        """Yield the item, the name and the note."""
        yield Static(literal(f"{self._finding.id} {self._finding.title}", TextStyle.STRONG))
        yield Static(literal("You attest this item. It expires after 90 days and does not change the score."))
        yield Static(literal("name"))
        yield self._by
        yield Static(literal("what was checked, and how"))
        yield self._note
        yield self._error
        yield buttons(("cancel", "Cancel"), ("give", "Attest"))

    @on(Input.Submitted)
    def _next_field(self, message: Input.Submitted) -> None:
        if message.input is self._note:
            self._give()
        else:
            self._note.focus()

    @on(Button.Pressed, "#give")
    def _give(self) -> None:
        by = self._by.value.strip()
        if not by:
            self._error.update(literal("[err] type a name", TextStyle.FAIL))
            return
        note = self._note.value.strip()
        if not note:
            self._error.update(literal("[err] type what was checked", TextStyle.FAIL))
            return
        self.dismiss(Attestation(item=self._finding.number, by=by, on=self._on, note=note))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
