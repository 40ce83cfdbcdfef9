"""The checklist (F9): every item with its state, its evidence, and the step that fixes it."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.dialogs.text import TextDialog
from screens.session import Session
from screens.text import facts
from screens.text.checklist import Choice, Filter, evidence, heading, page, why_not_attestable
from screens.text.formatting import cut, literal, literal_cell
from screens.theme import TextStyle, rich_style
from screens.widgets.table import Rows
from wizard.model.finding import Finding
from wizard.model.value import replace

_TITLE_WIDTH = 45


class Evidence(VerticalScroll, can_focus=False):
    """The evidence of the finding under the cursor; a search of the list includes it."""

    def __init__(self) -> None:
        super().__init__()
        self._text = Static()

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield self._text

    def show(self, text: Content) -> None:
        """Show another text from the top."""
        self._text.update(text)
        self.scroll_home(animate=False)


class ChecklistScreen(BaseScreen):
    """Lists the findings, with the evidence of the one under the cursor."""

    help = "checklist"
    has_pane = False
    keys: ClassVar[str] = "F1 Help  Enter page  g fix  m attest  f filter  s section  / find  F7 Back"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "fix", show=False),
        Binding("m", "attest", show=False),
        Binding("f", "filter", show=False),
        Binding("o", "only", show=False),
        Binding("s", "section", show=False),
        Binding("shift+pagedown,right_square_bracket", "evidence(1)", show=False),
        Binding("shift+pageup,left_square_bracket", "evidence(-1)", show=False),
        Binding("f9", "back", priority=True, show=False),
    ]

    class Attest(BaseScreen.Request):
        """Attest an item."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.start_at = ""
        """The item to begin at."""
        self._head = Static()
        self._list = Rows(("", "#", "item", "step"), id="findings")
        self._evidence = Evidence()
        self._choice = Choice()
        self._of = ""
        """The item whose evidence is shown."""

    def body(self) -> ComposeResult:
        """Yield the score, the list and the evidence."""
        yield self._head
        yield Container(self._list, self._evidence, classes="beside")

    def on_mount(self) -> None:
        """Start in the list. Textual calls the base's own after it."""
        self._list.focus()
        self.call_after_refresh(self._list.go_to, self.start_at)

    def show_session(self, session: Session) -> None:
        """Show the newest report."""
        super().show_session(session)
        self._of = ""
        self._fill()

    def _fill(self) -> None:
        shown = self._shown()
        self._head.update(heading(self.session.report, self._choice, shown))
        also = [evidence(finding).plain for finding in shown]
        self._list.fill([(finding.id, self._cells(finding)) for finding in shown], also)
        self._show_evidence()

    def _shown(self) -> tuple[Finding, ...]:
        return self._choice.of(self.session.report, self.session.steps)

    def _cells(self, finding: Finding) -> tuple[Text, ...]:
        sign, tone = facts.sign(finding)
        steps = self.session.steps
        step = steps.by_section(finding.step)
        return (
            literal_cell(sign, rich_style(self.color_scheme, tone)),
            literal_cell(cut(finding.id, 10).rjust(3)),
            literal_cell(cut(finding.title, _TITLE_WIDTH)),
            literal_cell(steps.key(step.name) if step else ""),
        )

    def _current(self) -> Finding | None:
        return next((finding for finding in self._shown() if finding.id == self._list.current), None)

    def _show_evidence(self) -> None:
        finding = self._current()
        if finding is None:
            self._of = ""
            self._evidence.show(literal("Every item is ok." if self._choice == Choice() else "No item is listed."))
        elif finding.id != self._of:
            self._of = finding.id
            self._evidence.show(evidence(finding))

    def strip(self) -> ReasonBar:
        """Return how to fix the finding under the cursor."""
        finding = self._current()
        if finding is None:
            return ReasonBar(why="f and s list others." if self.session.report else "")
        fix = f"Fix: {finding.fix}" if finding.fix else finding.summary
        return ReasonBar(why=fix, source=finding.source, more="[ ] scroll the evidence, Enter shows all")

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self.draw_frame()
        self._show_evidence()

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        finding = self._current()
        if finding is not None:
            self.app.push_screen(TextDialog(f"{finding.id} {finding.title}", page(finding)))

    def action_evidence(self, by: int) -> None:
        """Scroll the evidence."""
        self._evidence.scroll_relative(y=by * max(1, self._evidence.size.height - 1), animate=False)

    def action_fix(self) -> None:
        """Go to the field that fixes it."""
        finding = self._current()
        step = self.session.steps.by_section(finding.step) if finding else None
        if step is not None:
            self.post_message(self.Jump(step.name, item=self._list.current))
        elif finding is not None:
            self._say(f"No step fixes item {finding.id}: {finding.fix or finding.summary}")
        else:
            self.app.bell()

    def action_attest(self) -> None:
        """Attest an item that the host cannot prove."""
        finding = self._current()
        if finding is None:
            self.app.bell()
        elif why := why_not_attestable(finding):
            self._say(why)
        else:
            self.post_message(self.Attest(finding))

    def _say(self, text: str) -> None:
        self.app.bell()
        self._head.update(literal(text, TextStyle.WARN))

    def action_filter(self) -> None:
        """List the next states."""
        self._choose(replace(self._choice, states=self._choice.states.next()))

    def action_only(self) -> None:
        """List all, or only what is not ok."""
        states = Filter.OPEN if self._choice.states is Filter.ALL else Filter.ALL
        self._choose(replace(self._choice, states=states))

    def action_section(self) -> None:
        """List the next section."""
        self._choose(self._choice.next_section(self.session.report, self.session.steps))

    def _choose(self, choice: Choice) -> None:
        self._choice = choice
        self._fill()
        self.draw_frame()
