"""Attest an item that the host cannot prove."""

from datetime import date

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from screens.widgets.option_widgets import LABEL_WIDTH
from wizard.checklist import VALID_DAYS
from wizard.model.answers import Attestation
from wizard.model.finding import Finding


class Attest(Dialog[Attestation]):
    """Asks for an attestation."""

    def __init__(self, finding: Finding, by: str, today: date, *, stored: bool) -> None:
        """Create the question.

        Args:
            finding: The item.
            by: Who is asked.
            today: The day that is suggested.
            stored: The attestation is kept on the host; else it counts in this run alone.
        """
        super().__init__()
        self._finding = finding
        self._today = today
        self._stored = stored
        self._by = Editor(by, longest=64)
        self._on = Editor(today.isoformat(), longest=10)
        self._note = Editor("", longest=256)
        self._error = Static()

    def content(self) -> ComposeResult:
        """Yield the item, name, day and note."""
        yield Static(literal(f"{self._finding.id} {self._finding.title}", TextStyle.STRONG))
        where = "It is kept on this host" if self._stored else "It counts in this run alone (dry run)"
        yield Static(literal(f"You attest this item. {where}; it expires after {VALID_DAYS} days"))
        yield Static(literal("and does not change the score."))
        for label, editor in (("name", self._by), ("day it was checked", self._on)):
            yield Horizontal(Static(literal(label.ljust(LABEL_WIDTH)), classes="label"), editor, classes="fieldrow")
        yield Static(literal("what was checked, and how"))
        yield self._note
        yield self._error
        yield buttons(("cancel", "Cancel"), ("give", "Attest"))

    def on_mount(self) -> None:
        """Start in the note: name and day are suggested."""
        self._note.focus()

    @on(Input.Submitted)
    def _next_field(self, message: Input.Submitted) -> None:
        if message.input is self._note:
            self.action_accept()
        else:
            self.focus_next()

    @on(Button.Pressed, "#give")
    def action_accept(self) -> None:
        """Attest it, once all three are given."""
        by, note = self._by.value.strip(), self._note.value.strip()
        for problem, field in (
            ("" if by else "type a name", self._by),
            (self._wrong_day(), self._on),
            ("" if note else "type what was checked", self._note),
        ):
            if problem:
                self._error.update(literal(f"[err] {problem}", TextStyle.FAIL))
                field.focus()
                return
        self.dismiss(Attestation(item=self._finding.number, by=by, on=self._on.value.strip(), note=note))

    def _wrong_day(self) -> str:
        try:
            age = (self._today - date.fromisoformat(self._on.value.strip())).days
        except ValueError:
            return f"type a day such as {self._today.isoformat()}"
        return "" if 0 <= age <= VALID_DAYS else f"the day must be within the last {VALID_DAYS} days"

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
