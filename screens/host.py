"""Step 0: what this host is, its worst risks, and three ways on.

What may not live here: how the host is read or judged.
"""

from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, DataTable, Static

from screens import describe, steps
from screens.dialogs.dialog import buttons
from screens.palette import Tone, rich_style
from screens.session import Mode, Session
from screens.step import Framed, Step, Strip
from screens.steps import StepName
from screens.text import C, R, cut, lines
from screens.widgets.rows import Rows
from wizard.model.facts import HostFacts, Instance
from wizard.model.finding import Finding

RISKS_SHOWN = 4


class HostStep(Step):
    """Shows the host; Enter takes all that is recommended to the review."""

    step = StepName.HOST
    help = "host"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "login", show=False),
        Binding("n", "snapshots", show=False),
    ]

    class Pick(Framed.Wish):
        """Look at one of several instances."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class AskLogin(Framed.Wish):
        """Look again with a user and password."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._score = Static()
        self._risks = Rows(("", ""), id="risks")
        self._about = Static()
        self._focused = False

    def body(self) -> ComposeResult:
        """Give score, risks, facts and buttons."""
        yield self._score
        yield self._risks
        yield self._about
        yield buttons(
            ("quick", "Accept recommended and review"), ("guided", "Step by step"), ("dry", "Only look (dry run)")
        )

    def take(self, session: Session) -> None:
        """Show what was found."""
        super().take(session)
        self._score.update(self._score_text(session))
        rows = self._instances(session) or self._worst(session)
        self._risks.display = bool(rows)
        self._risks.fill(rows)
        if self._instances(session) and self.focused is None:
            self._risks.focus()
        self._about.update(_about(session.facts, session.instance))
        for button in self.query(Button):
            button.disabled = not session.ready or session.mode is Mode.VIEW
        if session.ready and not self._focused and session.mode is not Mode.VIEW:
            self._focused = True
            self.call_after_refresh(self.query_one("#quick", Button).focus)

    def _score_text(self, session: Session) -> Content:
        if session.looking and session.report is None:
            return C("Looking at this host…", Tone.MUTED)
        if session.trouble:
            return C(f"[FAIL] {session.trouble}", Tone.FAIL)
        if session.ready and session.instance is None:
            return C("No Redis or Valkey was found (units, processes, files); the plan installs a package.", Tone.WARN)
        return C(describe.score(session.report), Tone.STRONG)

    def _worst(self, session: Session) -> list[tuple[str, tuple[Text, ...]]]:
        return [(finding.id, self._cells(finding)) for finding in describe.risks(session.report)[:RISKS_SHOWN]]

    def _instances(self, session: Session) -> list[tuple[str, tuple[Text, ...]]]:
        """Give the instances to choose from, while that is not clear."""
        if session.facts is None or session.ready:
            return []
        return [
            (each.name, (R(each.name), R(cut(describe.server(each).removeprefix("Server "), 44))))
            for each in session.facts.instances
        ]

    def _cells(self, finding: Finding) -> tuple[Text, ...]:
        sign, tone = describe.sign(finding)
        step = steps.by_word(finding.step)
        where = f"  fixed in {steps.ORDER.index(step)}" if step else ""
        return R(sign, rich_style(self.look, tone)), R(cut(finding.summary, 66 - len(where)) + where)

    def strip(self) -> Strip:
        """Say what the buttons do."""
        return Strip(
            why="Recommended is the strongest plan that the facts allow. Nothing changes yet.",
            more="F9 all 25 items   F5 look again   l log in   n snapshots",
        )

    @on(DataTable.RowSelected)
    def _open_risk(self) -> None:
        if self._instances(self.session):
            self.post_message(self.Pick(self._risks.current))
            return
        finding = next((f for f in describe.risks(self.session.report) if f.id == self._risks.current), None)
        step = steps.by_word(finding.step) if finding else None
        if step:
            self.post_message(self.Jump(step))

    def action_login(self) -> None:
        """Ask for a login to look with."""
        self.post_message(self.AskLogin())

    def action_snapshots(self) -> None:
        """Show the snapshots."""
        self.post_message(self.ShowSnapshots())

    @on(Button.Pressed, "#quick")
    def _quick(self) -> None:
        self.post_message(self.Recommended())

    @on(Button.Pressed, "#guided")
    def _guided(self) -> None:
        self.action_next()

    @on(Button.Pressed, "#dry")
    def _dry(self) -> None:
        self.post_message(self.Edited(lambda session: replace(session, mode=Mode.DRY_RUN)))
        self.action_next()


def _about(facts: HostFacts | None, instance: Instance | None) -> Content:
    if facts is None:
        return C("")
    rows = [describe.machine(facts), describe.network(facts)]
    if instance is not None:
        rows[1:1] = [describe.server(instance)]
        rows.append(describe.clients(instance))
    rows.extend(describe.unread(facts, instance))
    return lines("", *(cut(row, 78) for row in rows))


SCREEN = HostStep
