"""The host, its worst risks, and three buttons."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.session import Session, sections_that_differ
from screens.step import BaseScreen, ReasonBar, Step
from screens.text import facts
from screens.text.formatting import cut, day, lines, literal
from screens.theme import TextStyle

if TYPE_CHECKING:
    from screens.steps.host_details import HostDetails


class HostStep(Step):
    """Shows the host; one line alone until it was read, which is quick to paint."""

    step = "host"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "login", show=False),
        Binding("d", "resume", show=False),
        Binding("n", "snapshots", show=False),
    ]

    class Pick(BaseScreen.Request):
        """Choose one of several instances."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Quick(BaseScreen.Request):
        """Ask the questions of the quick path, then review the plan."""

    class Resume(BaseScreen.Request):
        """Take the answers of the draft."""

    class AskLogin(BaseScreen.Request):
        """Ask for a login."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._score = Static()
        self._details: HostDetails | None = None

    def body(self) -> ComposeResult:
        """Yield the score; the rest follows when it is known."""
        yield self._score

    def show_session(self, session: Session) -> None:
        """Show what was detected."""
        super().show_session(session)
        self._score.update(lines(*_last_apply(session), *_draft(session), self._words(session)))
        if session.facts is None:
            return
        if self._details is None:
            from screens.steps.host_details import HostDetails  # noqa: PLC0415 - not needed for the first paint

            self._details = HostDetails(self.color_scheme, self.Pick, self.Quick)
            self.query_one("#body").mount(self._details)
        self._details.show_session(session)

    def _words(self, session: Session) -> Content:
        if session.reading and session.report is None:
            return literal("Reading this host…", TextStyle.MUTED)
        if session.failure:
            return literal(f"[FAIL] {session.failure}", TextStyle.FAIL)
        if session.ready and session.instance is None:
            return literal(
                "No Redis or Valkey was found (units, processes, files). The plan installs a package.", TextStyle.WARN
            )
        return literal(facts.score(session.report), TextStyle.STRONG)

    def strip(self) -> ReasonBar:
        """Return what the buttons do."""
        if self.session.last_apply:
            return ReasonBar(why=self.session.last_apply, more="Details: redis-wizard status. n lists the snapshots.")
        return ReasonBar(
            why="The recommended plan is the strongest for this host. Nothing changes yet.",
            more="F9 all items   F5 read again   l log in   n snapshots",
        )

    def action_login(self) -> None:
        """Ask for a login."""
        self.post_message(self.AskLogin())

    def action_resume(self) -> None:
        """Take the answers of the draft."""
        self.post_message(self.Resume())

    def action_snapshots(self) -> None:
        """Show the snapshots."""
        self.post_message(self.ShowSnapshots())


def _last_apply(session: Session) -> list[Content]:
    if not session.last_apply:
        return []
    return [
        literal(
            cut(session.last_apply, 76), TextStyle.FAIL if session.last_apply.startswith("[FAIL]") else TextStyle.WARN
        )
    ]


def _draft(session: Session) -> list[Content]:
    draft = session.offered_draft
    if draft is None or session.recommendation is None:
        return []
    answered = ", ".join(sections_that_differ(session, draft.answers, draft.recommended)) or "none"
    changed = ", ".join(sections_that_differ(session, draft.recommended, session.recommendation.answers))
    since = f"The host has changed since: {changed}." if changed else "The recommendation is the same as then."
    text = f"d resumes your answers of {day(draft.saved_at)} (own answers in: {answered})."
    return [literal(cut(text, 76), TextStyle.ACCENT), literal(cut(since, 76), TextStyle.MUTED)]
