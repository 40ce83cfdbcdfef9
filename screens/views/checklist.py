"""The checklist (F9): every item with its state, its evidence, and the step that fixes it."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from screens.dialogs.text import TextDialog
from screens.session import Session
from screens.step import BaseScreen, ReasonBar
from screens.text import facts
from screens.text.formatting import cut, lines, literal, literal_cell
from screens.theme import TextStyle, rich_style
from screens.widgets.table import Rows
from wizard.checklist import page_of
from wizard.model.finding import Finding, State


class ChecklistScreen(BaseScreen):
    """Lists the findings; o shows all or only those that are not ok."""

    help = "checklist"
    keys: ClassVar[str] = "F1 Help  Enter evidence  g fix  m attest  o all/not ok      F7 Back  F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "fix", show=False),
        Binding("m", "attest", show=False),
        Binding("o", "only", show=False),
        Binding("f9", "back", priority=True, show=False),
    ]

    class Attest(BaseScreen.Request):
        """Attest an item."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._head = Static()
        self._list = Rows(("", "#", "item", ""), id="findings")
        self._all = False

    def body(self) -> ComposeResult:
        """Yield the score and the list."""
        yield self._head
        yield self._list

    def on_mount(self) -> None:
        """Start in the list. Textual calls the base's own after it."""
        self._list.focus()

    def show_session(self, session: Session) -> None:
        """Show the newest report."""
        super().show_session(session)
        which = "all" if self._all else "not ok"
        self._head.update(literal(f"{facts.score(session.report)}      shown: {which}", TextStyle.STRONG))
        self._list.fill([(finding.id, self._cells(finding)) for finding in self._shown()])

    def _shown(self) -> list[Finding]:
        report = self.session.report
        found = (*report.items, *report.extra) if report else ()
        well = {State.PASS, State.NOT_APPLICABLE}
        return [finding for finding in found if self._all or finding.state not in well]

    def _cells(self, finding: Finding) -> tuple[Text, ...]:
        sign, tone = facts.sign(finding)
        steps = self.session.steps
        step = steps.by_section(finding.step)
        where = f"step {steps.key(step.name)}" if step else ""
        return (
            literal_cell(sign, rich_style(self.color_scheme, tone)),
            literal_cell(finding.id.rjust(3)),
            literal_cell(cut(finding.title, 56)),
            literal_cell(where),
        )

    def _current(self) -> Finding | None:
        return next((finding for finding in self._shown() if finding.id == self._list.current), None)

    def strip(self) -> ReasonBar:
        """Return the finding under the cursor."""
        finding = self._current()
        if finding is None:
            return ReasonBar(why="Every item is ok." if self.session.report else "")
        return ReasonBar(why=finding.summary, source=finding.source, more=finding.fix)

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self.draw_frame()

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        finding = self._current()
        if finding is not None:
            said = lines(*facts.evidence(finding), "", page_of(finding.id))
            self.app.push_screen(TextDialog(f"{finding.id} {finding.title}", said))

    def action_fix(self) -> None:
        """Go to the step that fixes it."""
        finding = self._current()
        step = self.session.steps.by_section(finding.step) if finding else None
        if step is None:
            self.app.bell()
        else:
            self.post_message(self.Jump(step.name))

    def action_attest(self) -> None:
        """Attest an item that the host cannot prove."""
        finding = self._current()
        if finding is not None and finding.number and finding.state in {State.UNKNOWN, State.ATTESTED, State.FAIL}:
            self.post_message(self.Attest(finding))
        else:
            self.app.bell()

    def action_only(self) -> None:
        """Show all, or only what is not ok."""
        self._all = not self._all
        self.show_session(self.session)
