"""The lower part of the host step: risks (or instances to choose from), facts, and three buttons."""

from collections.abc import Callable
from dataclasses import replace

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, DataTable, Static

from screens.dialogs.dialog import buttons, name_button
from screens.session import Mode, Session
from screens.step import BaseScreen, Step
from screens.terminal.capabilities import ColorScheme
from screens.text import facts
from screens.text.formatting import cut, lines, literal, literal_cell
from screens.theme import rich_style
from screens.widgets.table import Rows
from wizard.model.finding import Finding

RISKS_SHOWN = 4
RECOMMENDED = "Review recommended plan"
_OWN = "Review my answers"

Row = tuple[str, tuple[Text, ...]]


class HostDetails(Vertical):
    """What was detected; Enter begins the quick path."""

    def __init__(self, color_scheme: ColorScheme, pick: Callable[[str], Message], quick: Callable[[], Message]) -> None:
        super().__init__()
        self._pick = pick
        self._quick = quick
        self._color_scheme = color_scheme
        self._session = Session()
        self._risks = Rows(("", ""), id="risks")
        self._about = Static()
        self._focused = False

    def compose(self) -> ComposeResult:
        """Stack risks, facts and buttons."""
        yield self._risks
        yield self._about
        yield buttons(("quick", RECOMMENDED), ("guided", "Step by step"), ("dry", "Dry run"))

    def on_mount(self) -> None:
        """Show what is known."""
        self._show()

    def show_session(self, session: Session) -> None:
        """Show what was detected, once the widgets are mounted."""
        self._session = session
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        session = self._session
        choices = _instances(session)
        rows = choices or [(finding.id, self._cells(finding)) for finding in facts.risks(session.report)[:RISKS_SHOWN]]
        self._risks.set_class(not rows, "gone")
        self._risks.fill(rows)
        self._about.update(_about(session))
        may = session.ready and session.mode is not Mode.VIEW
        for button in self.query(Button):
            button.disabled = not may
        name_button(self.query_one("#quick", Button), RECOMMENDED if session.as_recommended else _OWN)
        if not self._focused and (may or choices):
            # The focus goes to what is to be decided first.
            self._focused = not choices
            self.call_after_refresh((self._risks if choices else self.query_one("#quick")).focus)

    def _cells(self, finding: Finding) -> tuple[Text, ...]:
        sign, tone = facts.sign(finding)
        steps = self._session.steps
        step = steps.by_section(finding.step)
        where = f"  fixed in {steps.key(step.name)}" if step else ""
        return literal_cell(sign, rich_style(self._color_scheme, tone)), literal_cell(
            cut(finding.summary, 66 - len(where)) + where
        )

    @on(DataTable.RowSelected)
    def _open_row(self) -> None:
        if _instances(self._session):
            self.post_message(self._pick(self._risks.current))
            return
        finding = next((each for each in facts.risks(self._session.report) if each.id == self._risks.current), None)
        step = self._session.steps.by_section(finding.step) if finding else None
        if step:
            self.post_message(BaseScreen.Jump(step.name))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        if message.button.id == "quick":
            self.post_message(self._quick())
            return
        if message.button.id == "dry":
            self.post_message(BaseScreen.Edited(lambda session: replace(session, mode=Mode.DRY_RUN)))
        self.post_message(Step.Next())


def _instances(session: Session) -> list[Row]:
    """Return the instances to choose from, while that is not clear."""
    if session.facts is None or session.ready:
        return []
    return [
        (each.name, (literal_cell(each.name), literal_cell(cut(facts.server(each).removeprefix("Server "), 44))))
        for each in session.facts.instances
    ]


def _about(session: Session) -> Content:
    if session.facts is None:
        return literal("")
    rows = [facts.machine(session.facts), facts.network(session.facts)]
    if session.instance is not None:
        rows[1:1] = [facts.server(session.instance)]
        rows.append(facts.clients(session.instance))
    rows.extend(facts.unread(session.facts, session.instance))
    return lines("", *(cut(row, 78) for row in rows))
