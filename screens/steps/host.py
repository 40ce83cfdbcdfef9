"""Step 0: what this host is, its worst risks, and three ways on.

What may not live here: how the host is read or judged, and imports that the first paint could do without.
"""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.session import Session
from screens.step import BaseScreen, ReasonBar, Step
from screens.text import facts
from screens.text.formatting import cut, lines, literal
from screens.theme import TextStyle

if TYPE_CHECKING:
    from screens.steps.host_details import HostDetails


class HostStep(Step):
    """Shows the host; before it was looked at the screen holds one line, which is quick to paint."""

    step = "host"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "login", show=False),
        Binding("n", "snapshots", show=False),
    ]

    class Pick(BaseScreen.Request):
        """Look at one of several instances."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class AskLogin(BaseScreen.Request):
        """Look again with a user and password."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._score = Static()
        self._details: HostDetails | None = None

    def body(self) -> ComposeResult:
        """Give the score; the rest comes when it is known."""
        yield self._score

    def show_session(self, session: Session) -> None:
        """Show what was found."""
        super().show_session(session)
        self._score.update(lines(*_past(session), self._words(session)))
        if session.facts is None:
            return
        if self._details is None:
            from screens.steps.host_details import HostDetails  # noqa: PLC0415 - not needed for the first paint

            self._details = HostDetails(self.look, self.Pick)
            self.query_one("#body").mount(self._details)
        self._details.show_session(session)

    def _words(self, session: Session) -> Content:
        if session.looking and session.report is None:
            return literal("Looking at this host…", TextStyle.MUTED)
        if session.trouble:
            return literal(f"[FAIL] {session.trouble}", TextStyle.FAIL)
        if session.ready and session.instance is None:
            return literal(
                "No Redis or Valkey was found (units, processes, files); the plan installs a package.", TextStyle.WARN
            )
        return literal(facts.score(session.report), TextStyle.STRONG)

    def strip(self) -> ReasonBar:
        """Say what the buttons do."""
        if self.session.past:
            return ReasonBar(why=self.session.past, more="redis-wizard status tells all of it; n lists the snapshots")
        return ReasonBar(
            why="Recommended is the strongest plan that the facts allow. Nothing changes yet.",
            more="F9 all 25 items   F5 look again   l log in   n snapshots",
        )

    def action_login(self) -> None:
        """Ask for a login to look with."""
        self.post_message(self.AskLogin())

    def action_snapshots(self) -> None:
        """Show the snapshots."""
        self.post_message(self.ShowSnapshots())


def _past(session: Session) -> list[Content]:
    if not session.past:
        return []
    return [literal(cut(session.past, 76), TextStyle.FAIL if session.past.startswith("[FAIL]") else TextStyle.WARN)]
