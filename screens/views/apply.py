"""Step 10: an apply or rollback while it runs, while it waits for a word, and how it ended.

What may not live here: what is done; this only follows, and passes the operator's word on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens.follower import Follower
from screens.session import Session
from screens.step import BaseScreen, ReasonBar
from screens.text import confirmation, progress, results
from screens.text.confirmation import PasswordDelivery
from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle
from screens.widgets.countdown import Countdown
from wizard.model.event import Event, EventKind, Phase
from wizard.model.plan import Plan
from wizard.model.status import Operation, Stage

POLL_SECONDS = 0.2
EVENTS_SHOWN = 5
EVENTS_AT_THE_END = 2
EVENTS_KEPT = 500
KEYS_WORKING = "F1 Help                                                 F10 Leave, it goes on"
KEYS_WAITING = "F1 Help  p passwords  c or F8 keep it  r take it back   F10 Leave, it goes on"
KEYS_ENDED = "F1 Help                                                  F8 Next   F10 Quit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyTarget:
    """What is followed."""

    title: str
    follower: Follower | None = None
    """``None`` in a dry run: it is said what would be done."""
    plan: Plan | None = None
    """What is applied, when this run has made it."""
    clock: Callable[[], float] = float
    """The clock of deadlines."""


class ApplyScreen(BaseScreen):
    """Follows a job and takes the operator's word."""

    help = "apply"
    keys: ClassVar[str] = KEYS_WORKING
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "next", priority=True, show=False),
        Binding("enter", "done", priority=True, show=False),
        Binding("c", "confirm", show=False),
        Binding("r", "roll_back", show=False),
        Binding("p", "passwords", show=False),
        Binding("x", "export", show=False),
    ]

    class JobFinished(Message):
        """The job has finished, or can no longer be followed."""

    class Waiting(Message):
        """The job waits for a confirmation now."""

    class Close(BaseScreen.Request):
        """The operator has read the result."""

    class Confirm(BaseScreen.Request):
        """Confirm the change."""

    class RollBack(BaseScreen.Request):
        """Roll back the change."""

    class Export(BaseScreen.Request):
        """Write the plan to a file."""

    def __init__(self, session: Session, subject: ApplyTarget, delivery: PasswordDelivery) -> None:
        super().__init__(session)
        self._subject = subject
        self._events: list[Event] = []
        self._stage = Stage.WORKING
        self._delivery = delivery
        self._remark = ""
        self._late = False
        self._phases = Static()
        self._countdown = Countdown(subject.clock)
        self._rest = Static()
        self._waiting = Vertical(
            Horizontal(
                Static(literal(confirmation.BEFORE_THE_TIME, TextStyle.STRONG)), self._countdown, classes="left"
            ),
            self._rest,
            classes="waiting",
        )
        self._result = Static(classes="gap")
        self._log = Static(classes="gap")

    def body(self) -> ComposeResult:
        """Give the title, the phases, the wait, the result and the newest events."""
        yield Static(literal(self._subject.title, TextStyle.STRONG))
        yield self._phases
        yield self._waiting
        yield self._result
        yield self._log

    def on_mount(self) -> None:
        """Begin to follow. Textual calls the base's own after it."""
        if self._subject.follower is not None:
            self.set_interval(POLL_SECONDS, self._poll)
        self._draw()

    # --- following -----------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self._stage is Stage.ENDED or self._subject.follower is None

    @property
    def waits(self) -> bool:
        """The operator's word is asked for."""
        return self._stage is Stage.WAITING

    def _poll(self) -> None:
        follower = self._subject.follower
        if follower is None or self.ended:
            return
        over = not follower.running
        new = follower.take()
        late = self.waits and self._countdown.over
        if not new and not over and late is self._late:
            return
        self._late = late
        self._events = _kept([*self._events, *new])
        self._move_to(Stage.ENDED if over else self._by_events(follower))
        self._draw()
        self.draw_frame()

    def _by_events(self, follower: Follower) -> Stage:
        stage = progress.stage(self._events, follower.kind)
        # The last event has come, its outcome not yet.
        return self._stage if stage is Stage.ENDED else stage

    def _move_to(self, stage: Stage) -> None:
        if stage is self._stage:
            return
        self._stage = stage
        if stage is Stage.WAITING:
            self.post_message(self.Waiting())
        elif stage is Stage.ENDED:
            self.post_message(self.JobFinished())

    def show_delivery(self, delivery: PasswordDelivery) -> None:
        """Show whether the operator has the new passwords."""
        self._delivery = delivery
        if self.is_mounted:
            self._draw()

    def another_countdown(self) -> Countdown | None:
        """Give the time that is left to another screen; ``None`` while nobody waits."""
        return Countdown(self._subject.clock, progress.deadline(self._events)) if self.waits else None

    def remark(self, text: str) -> None:
        """Say what became of the operator's word."""
        self._remark = text
        self._draw()

    # --- drawing -------------------------------------------------------------------------------

    def _draw(self) -> None:
        self._countdown.until(progress.deadline(self._events) if self.waits else None)
        self._waiting.set_class(not self.waits, "gone")
        self._phases.update(self._all_phases())
        if self.waits:
            checks = progress.verified(self._events)
            self._rest.update(confirmation.rest(checks, self._delivery, over=self._late))
        self._result.update(self._words())
        self._result.set_class(self.waits and not self._remark, "gone")
        follower = self._subject.follower
        quiet = self.waits or (follower is not None and self.ended and follower.succeeded)
        newest = [] if quiet else self._events[-(EVENTS_AT_THE_END if self.ended else EVENTS_SHOWN) :]
        self._log.update(lines(*(literal(cut(_event(event), 76), TextStyle.MUTED) for event in newest)))
        self.query_one("#keys", Static).update(literal(f" {self._keys()}", TextStyle.MUTED))

    def _keys(self) -> str:
        return KEYS_ENDED if self.ended else KEYS_WAITING if self.waits else KEYS_WORKING

    def _all_phases(self) -> Content:
        follower = self._subject.follower
        expected = progress.BACK if follower is not None and follower.kind is Operation.ROLLBACK else progress.ALWAYS
        shown = progress.phases(self._events, ended=self.ended, expected=expected)
        if self.waits:
            return lines(*_in_short([each for each in shown if each.phase is not Phase.CONFIRM]))
        return lines(*(_in_short(shown) if self.ended and follower is not None else map(_line, shown)))

    def _words(self) -> Content:
        remark = [literal(self._remark, TextStyle.FAIL)] if self._remark else []
        return lines(*remark, *([] if self.waits else [self._verdict()]))

    def _verdict(self) -> Content:
        follower = self._subject.follower
        if follower is None:
            count = len(self._subject.plan.changes) if self._subject.plan else 0
            return lines(
                literal(
                    f"DRY RUN: {count} changes would be made in these phases. Nothing was written.", TextStyle.ACCENT
                ),
                literal("x writes the plan to a file, for redis-wizard apply FILE. F8 goes on."),
            )
        if not self.ended:
            return literal("This window may be closed: it goes on by itself to its end.", TextStyle.MUTED)
        if follower.outcome is None:
            return results.unknown(follower.error, started=follower.started)
        return results.good(follower.outcome) if follower.succeeded else results.bad(follower.outcome)

    def state(self) -> str:
        """Say what is going on."""
        follower = self._subject.follower
        if follower is None:
            return "DRY RUN"
        if not self.ended:
            return _STATES[self._stage]
        if follower.outcome is None and follower.started:
            return "NOT KNOWN"
        if not follower.succeeded:
            return "NOT DONE"
        return "ROLLED BACK" if follower.rolled_back or follower.kind is Operation.ROLLBACK else "DONE"

    def strip(self) -> ReasonBar:
        """Say that it undoes itself, and how to come back."""
        back = "Come back from any login: redis-wizard, or redis-wizard status."
        if self.waits:
            return ReasonBar(why="If it locks you out, say nothing: when the time is over it is undone.", more=back)
        if self.ended and self._subject.follower is not None:
            return ReasonBar(why="What can be put back: redis-wizard snapshots list.", more=back)
        return ReasonBar(why="If any phase fails, what was done is undone and the host is as it was before.", more=back)

    # --- the operator's word -------------------------------------------------------------------

    def action_next(self) -> None:
        """Keep the change while that is asked, and go on when it has ended."""
        if self.waits:
            self.action_confirm()
        else:
            self.action_done()

    def action_done(self) -> None:
        """Go on when it has ended."""
        if self.ended:
            self.post_message(self.Close())
        else:
            self.app.bell()

    def action_confirm(self) -> None:
        """Ask to confirm the change."""
        self._wish(self.Confirm())

    def action_roll_back(self) -> None:
        """Ask to roll back the change."""
        self._wish(self.RollBack())

    def action_passwords(self) -> None:
        """Hand the new passwords over."""
        if self.waits or self.ended:
            self.post_message(self.ShowPasswords())
        else:
            self.app.bell()

    def _wish(self, wish: BaseScreen.Request) -> None:
        if self.waits:
            self.post_message(wish)
        else:
            self.app.bell()

    def action_back(self) -> None:
        """Go back from a dry run, on from an end; while it runs ask to leave."""
        if self._subject.follower is None:
            self.post_message(self.Back())
        else:
            self.post_message(self.Close() if self.ended else self.Leave())

    def action_export(self) -> None:
        """Write the plan."""
        if self._subject.plan is not None:
            self.post_message(self.Export())


_STATES = {
    Stage.WORKING: "WORKING",
    Stage.WAITING: "PENDING CONFIRM",
    Stage.UNDOING: "TAKING IT BACK",
    Stage.INTERRUPTED: "CUT OFF",
    Stage.ENDED: "",
}


def _kept(events: list[Event]) -> list[Event]:
    """Drop old progress; what tells of phases, decisions and ends stays."""
    old, new = events[:-EVENTS_KEPT], events[-EVENTS_KEPT:]
    return [event for event in old if event.kind is not EventKind.NOTE] + new


def _in_short(shown: Sequence[progress.PhaseLine]) -> list[Content]:
    """Write the phases that went well in one line; what comes of them needs the room."""
    well = [line for line in shown if line.tone is TextStyle.OK and line.phase is not Phase.ROLLBACK]
    rest = [_line(line) for line in shown if line not in well]
    if not well:
        return rest
    names = " · ".join(progress.TITLES[line.phase] for line in well)
    seconds = sum(line.seconds or 0.0 for line in well)
    return [row(literal("[ ok ] ", TextStyle.OK), literal(f"{cut(names, 62):<62}{seconds:6.1f} s")), *rest]


def _line(line: progress.PhaseLine) -> Content:
    seconds = "" if line.seconds is None else f"{line.seconds:6.1f} s"
    text = f"{progress.TITLES[line.phase]:<10} {cut(line.text, 48):<48}{seconds}"
    return row(literal(f"{line.sign} ", line.tone), literal(text))


def _event(event: Event) -> str:
    return f"{event.at[11:19]} {event.text or event.change}"
