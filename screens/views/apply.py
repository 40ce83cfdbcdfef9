"""An apply or rollback while it runs, while it waits for a confirmation, and when it has finished."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.dialogs.text import TextDialog
from screens.follower import Follower
from screens.session import Session
from screens.text import confirmation, progress, results
from screens.text.confirmation import PasswordDelivery
from screens.text.formatting import cut, lines, literal, row
from screens.theme import TextStyle
from screens.widgets.countdown import Countdown
from wizard.model.event import ClientReturn, Event, EventKind
from wizard.model.plan import Plan
from wizard.model.status import Operation, Stage
from wizard.model.text import counted

POLL_SECONDS = 0.2
EVENTS_SHOWN = 10
EVENTS_OF_A_RESULT = 2
EVENTS_RETAINED = 500
KEYS_WORKING = "F1 Help  l log                                     F10 Leave (job continues)"
KEYS_WAITING = "F1 Help  l log  p passwords  F8 confirm  r roll back  + 5 min      F10 Leave"
KEYS_DRY_RUN = "F1 Help  a apply  x export  F7 Back                      F8 Next   F10 Quit"
KEYS_ENDED = "F1 Help  l log                                           F8 Next   F10 Quit"

AFTER_DRY_RUN = "a applies this plan now. x writes it to a file. F8 shows how clients connect."
AFTER_DRY_RUN_ALONE = "x writes the plan to a file, for redis-wizard apply FILE. F8 continues."


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyTarget:
    """What is followed."""

    title: str
    follower: Follower | None = None
    """``None`` in a dry run."""
    plan: Plan | None = None
    """The plan, where this run applies it."""
    may_apply: bool = False
    """A dry run can lead to the apply."""
    clock: Callable[[], float] = float
    """The clock of deadlines."""
    options: str = ""
    """Options by which a command means this host."""


class ApplyScreen(BaseScreen):
    """Follows a job and takes the decision of the operator."""

    help = "apply"
    keys: ClassVar[str] = KEYS_WORKING
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n", "next", priority=True, show=False),
        Binding("enter", "done", priority=True, show=False),
        Binding("c", "confirm", show=False),
        Binding("r", "roll_back", show=False),
        Binding("p", "passwords", show=False),
        Binding("x", "export", show=False),
        Binding("l", "log", show=False),
        Binding("a", "apply", show=False),
        Binding("plus,equals_sign", "extend", show=False),
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

    class Extend(BaseScreen.Request):
        """Wait longer for the confirmation."""

    class ApplyNow(BaseScreen.Request):
        """Apply the plan of a dry run."""

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
        self._told = ""
        """The remaining time in the first row."""
        self._other: Countdown | None = None
        """The countdown of another screen."""
        self._phases = Static(classes="timeline")
        self._countdown = Countdown(subject.clock)
        self._rest = Static()
        self._waiting = Vertical(
            Horizontal(
                Static(literal(confirmation.COUNTDOWN_LABEL, TextStyle.STRONG)),
                self._countdown,
                Static(literal(confirmation.SILENCE)),
                classes="left",
            ),
            self._rest,
            classes="waiting",
        )
        self._result = Static(classes="gap")
        self._log = Static(classes="gap")

    def body(self) -> ComposeResult:
        """Yield the title, the phases, the wait, the result and the newest events."""
        yield Static(literal(self._subject.title, TextStyle.STRONG))
        yield self._phases
        yield self._waiting
        yield self._result
        yield self._log

    def on_mount(self) -> None:
        """Start to follow. Textual calls the base's own after it."""
        if self._subject.follower is not None:
            self.set_interval(POLL_SECONDS, self._poll)
        self._draw()

    # --- following -----------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether the job has finished."""
        return self._stage is Stage.ENDED or self._subject.follower is None

    @property
    def waits(self) -> bool:
        """Whether the job waits for a confirmation."""
        return self._stage is Stage.WAITING

    def _poll(self) -> None:
        follower = self._subject.follower
        if follower is None or self.finished:
            return
        over = not follower.running
        new = follower.take()
        self._draw_time()
        late = self.waits and self._countdown.over
        if not new and not over and late is self._late:
            return
        self._late = late
        self._events = _without_old_notes([*self._events, *new])
        self._move_to(Stage.ENDED if over else self._by_events(follower))
        self._draw()
        self.draw_frame()

    def _draw_time(self) -> None:
        """Draw the remaining time in the first row, once a second."""
        told = self._countdown.remaining if self.waits else ""
        if told != self._told:
            self._told = told
            self.draw_frame()

    def _by_events(self, follower: Follower) -> Stage:
        stage = progress.stage(self._events, follower.kind)
        # The last event is here, its outcome is not yet.
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
        """Return a countdown for another screen; ``None`` while the job does not wait."""
        self._other = Countdown(self._subject.clock, progress.deadline(self._events)) if self.waits else None
        return self._other

    @property
    def clients(self) -> ClientReturn | None:
        """Which clients are connected again, by the newest look."""
        return progress.clients(self._events)

    def remark(self, text: str) -> None:
        """Show why a decision was not accepted."""
        self._remark = text
        self._draw()

    # --- drawing -------------------------------------------------------------------------------

    def _draw(self) -> None:
        until = progress.deadline(self._events) if self.waits else None
        self._countdown.until(until)
        if self._other is not None and self._other.is_mounted:
            self._other.until(until)
        self._told = self._countdown.remaining if self.waits else ""
        self._waiting.set_class(not self.waits, "gone")
        self._phases.update(self._all_phases())
        if self.waits:
            # Why a decision was not accepted needs their room.
            checks = () if self._remark else progress.verified(self._events)
            command = f"redis-wizard confirm {self._subject.options}".rstrip()
            text = confirmation.confirmation_text(
                checks, self._delivery, self.clients, command=command, over=self._late
            )
            self._rest.update(text)
        self._result.update(self._words())
        self._result.set_class(self.waits and not self._remark, "gone")
        follower = self._subject.follower
        quiet = self.waits or (follower is not None and self.finished and follower.succeeded)
        newest = [] if quiet else self._events[-(EVENTS_OF_A_RESULT if self.finished else EVENTS_SHOWN) :]
        self._log.set_class(not newest, "gone")
        self._log.update(lines(*(literal(cut(_event(event), 76), TextStyle.MUTED) for event in newest)))
        self.draw_keys()

    def key_texts(self) -> str:
        """Return the keys of the phase that it is in."""
        if self._subject.follower is None:
            return KEYS_DRY_RUN
        return KEYS_ENDED if self.finished else KEYS_WAITING if self.waits else KEYS_WORKING

    def _all_phases(self) -> Content:
        follower = self._subject.follower
        expected = (
            progress.ROLLBACK_PHASES
            if follower is not None and follower.kind is Operation.ROLLBACK
            else progress.APPLY_PHASES
        )
        shown = progress.phases(self._events, finished=self.finished, expected=expected)
        rows = progress.timeline(shown)
        if self.waits or self.finished:
            return lines(*rows)
        return lines(*rows, *(_line(each) for each in shown if each.text and each.sign != "[ ok ]"))

    def _words(self) -> Content:
        remark = [literal(self._remark, TextStyle.FAIL)] if self._remark else []
        return lines(*remark, *([] if self.waits else [self._verdict()]))

    def _verdict(self) -> Content:
        follower = self._subject.follower
        if follower is None:
            count = len(self._subject.plan.changes) if self._subject.plan else 0
            return lines(
                literal(
                    f"DRY RUN: these phases would make {counted(count, 'change')}. Nothing was written.",
                    TextStyle.ACCENT,
                ),
                literal(AFTER_DRY_RUN if self._subject.may_apply else AFTER_DRY_RUN_ALONE),
            )
        if not self.finished:
            return literal("You can close this window: the job continues without it.", TextStyle.MUTED)
        if follower.outcome is None:
            return results.unknown(follower.error, started=follower.started)
        if follower.succeeded:
            return results.success(follower.outcome)
        return results.failure(follower.outcome, progress.failed_phase(self._events))

    def state(self) -> str:
        """Return the state of the job."""
        follower = self._subject.follower
        if follower is None:
            return "DRY RUN"
        if not self.finished:
            return f"{_STATES[self._stage]} {self._told}".rstrip()
        if follower.outcome is None and follower.started:
            return "UNKNOWN"
        if not follower.succeeded:
            return "NOT DONE"
        return "ROLLED BACK" if follower.rolled_back or follower.kind is Operation.ROLLBACK else "DONE"

    def strip(self) -> ReasonBar:
        """Return when the change is rolled back, and how to return."""
        back = "Return from any login: redis-wizard, or redis-wizard status."
        if self.waits:
            return ReasonBar(why="Locked out? Do nothing: everything is rolled back when the time is up.", more=back)
        if self.finished and self._subject.follower is not None:
            return ReasonBar(why="Snapshots to roll back to: redis-wizard snapshots list.", more=back)
        return ReasonBar(why="If a phase fails, everything is rolled back.", more=back)

    # --- decision -----------------------------------------------------------------------------

    def action_next(self) -> None:
        """Confirm the change while it waits; close the result."""
        if self.waits:
            self.action_confirm()
        else:
            self.action_done()

    def action_done(self) -> None:
        """Close the result."""
        if self.finished:
            self.post_message(self.Close())
        else:
            self.app.bell()

    def action_confirm(self) -> None:
        """Ask to confirm the change."""
        self._wish(self.Confirm())

    def action_roll_back(self) -> None:
        """Ask to roll back the change."""
        self._wish(self.RollBack())

    def action_extend(self) -> None:
        """Wait longer for the confirmation."""
        self._wish(self.Extend())

    def action_passwords(self) -> None:
        """Show the new passwords."""
        if self.waits or self.finished:
            self.post_message(self.ShowPasswords())
        else:
            self.app.bell()

    def action_apply(self) -> None:
        """Apply the plan of a dry run."""
        if self._subject.may_apply:
            self.post_message(self.ApplyNow())
        else:
            self.app.bell()

    def action_log(self) -> None:
        """Show every client and every event that is held."""
        # A step that has begun is shown again when it is done.
        held = [each for each in self._events if each.kind is not EventKind.BEGIN or each is self._events[-1]]
        self.app.push_screen(TextDialog("Log", lines(*_clients(self.clients), *map(_event, held))))

    def _wish(self, wish: BaseScreen.Request) -> None:
        if self.waits:
            self.post_message(wish)
        else:
            self.app.bell()

    def action_back(self) -> None:
        """Close a dry run or a result; while the job runs ask to leave."""
        if self._subject.follower is None:
            self.post_message(self.Back())
        else:
            self.post_message(self.Close() if self.finished else self.Leave())

    def action_export(self) -> None:
        """Write the plan."""
        if self._subject.plan is not None:
            self.post_message(self.Export())


_STATES = {
    Stage.WORKING: "WORKING",
    Stage.WAITING: "PENDING CONFIRM",
    Stage.UNDOING: "ROLLING BACK",
    Stage.INTERRUPTED: "INTERRUPTED",
    Stage.ENDED: "",
}


def _clients(seen: ClientReturn | None) -> list[str]:
    if seen is None:
        return []
    rows = (("not back", seen.missing), ("refused", seen.refused), ("back", seen.back), ("not known", (seen.unknown,)))
    return [*(f"{label:<10}{name}" for label, names in rows for name in names if name), ""]


def _without_old_notes(events: list[Event]) -> list[Event]:
    """Drop old progress; phases, decisions and results stay."""
    old, new = events[:-EVENTS_RETAINED], events[-EVENTS_RETAINED:]
    return [event for event in old if event.kind is not EventKind.NOTE] + new


def _line(line: progress.PhaseLine) -> Content:
    seconds = "" if line.seconds is None else f"{line.seconds:6.1f} s"
    text = f"{progress.TITLES[line.phase]:<10} {cut(line.text, 48):<48}{seconds}"
    return row(literal(f"{line.sign} ", line.tone), literal(text))


def _event(event: Event) -> str:
    return f"{event.at[11:19]} {event.text or event.change}"
