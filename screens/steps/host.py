"""The host as it is: its worst risks, what changed since the last apply, and what can be done."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.session import Mode, Session
from screens.step import Step
from screens.text import facts
from screens.text.formatting import cut, lines, literal
from screens.theme import TextStyle
from wizard.model.value import replace

if TYPE_CHECKING:
    from screens.steps.host_details import HostDetails


class HostStep(Step):
    """Shows the host; one line alone until it was read, which is quick to paint."""

    step = "host"
    AUTO_FOCUS: ClassVar[str] = ""
    """The details place it: Textual would take the first widget, which is the list."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "login", show=False),
        Binding("d", "resume", show=False),
        Binding("n", "snapshots", show=False),
        Binding("v", "drift", show=False),
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

    class RollBack(BaseScreen.Request):
        """Roll back the last apply."""

        def __init__(self, snapshot: str) -> None:
            super().__init__()
            self.snapshot = snapshot

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
        above = [*_last_apply(session, self.body_width), self._words(session)]
        self._score.update(lines(*above))
        if session.facts is None:
            return
        if self._details is None:
            from screens.steps.host_details import HostDetails  # noqa: PLC0415 - not needed for the first paint

            self._details = HostDetails(self.color_scheme)
            self.query_one("#body").mount(self._details)
        self._details.show_session(session, above=len(above))

    def _words(self, session: Session) -> Content:
        if session.reading and session.report is None:
            return literal("Reading this host…", TextStyle.MUTED)
        if session.facts is not None and not session.ready and len(session.facts.instances) > 1:
            number = len(session.facts.instances)
            return literal(f"{number} servers are on this host. Choose one: arrows, Enter.", TextStyle.STRONG)
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
        instance, more = self.session.instance, "F9 all items  F5 read again  n snapshots"
        why = "The recommended plan is the strongest for this host. Nothing changes yet."
        if instance is not None and instance.asks_for_login:
            why = "The server asks for a login. Without one its users and clients are unknown."
        return ReasonBar(
            why=why, more=f"{more}  v all differences" if self.session.drift and self.session.drift.texts else more
        )

    def on_host_details_chosen(self, message: "HostDetails.Chosen") -> None:
        """Pass on what the operator chose."""
        for each in self._requests(message.what, message.name):
            self.post_message(each)

    def _requests(self, what: str, name: str) -> Iterator[BaseScreen.Request]:
        match what:
            case "server" | "other":
                yield self.Pick(name)
            case "quick":
                yield self.Quick()
            case "login":
                yield self.AskLogin()
            case "resume":
                yield self.Resume()
            case "snapshots":
                yield self.ShowSnapshots()
            case "rollback" if self.session.drift is not None:
                yield self.RollBack(self.session.drift.snapshot)
            case "dry":
                yield self.Edited(lambda session: replace(session, mode=Mode.DRY_RUN))
                yield self.Next()
            case _:
                yield self.Next()

    def action_drift(self) -> None:
        """Show everything that differs since the last apply."""
        drift = self.session.drift
        if drift is None or not drift.texts:
            self.app.bell()
            return
        from screens.dialogs.text import TextDialog  # noqa: PLC0415 - built when first asked for
        from screens.text import host  # noqa: PLC0415 - as above

        self.app.push_screen(TextDialog("Since the last apply", lines(host.last_apply(drift), "", *drift.texts)))

    def action_login(self) -> None:
        """Ask for a login."""
        self.post_message(self.AskLogin())

    def action_resume(self) -> None:
        """Take the answers of the draft."""
        self.post_message(self.Resume())

    def action_snapshots(self) -> None:
        """Show the snapshots."""
        self.post_message(self.ShowSnapshots())


def _last_apply(session: Session, width: int) -> list[Content]:
    if not session.last_apply:
        return []
    style = TextStyle.FAIL if session.last_apply.startswith("[FAIL]") else TextStyle.WARN
    return [literal(cut(session.last_apply, width - 4), style)]
