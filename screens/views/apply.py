"""An apply, rollback or rehearsal while it runs, while it waits for a confirmation, and when it has finished."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.dialogs.text import TextDialog
from screens.follower import Follower
from screens.job_view import JobView
from screens.session import Session
from screens.text import apply_rows, confirmation, progress
from screens.text.confirmation import PasswordDelivery
from screens.text.formatting import lines, literal
from screens.theme import TextStyle
from screens.widgets.countdown import Countdown
from screens.widgets.long_text import HangingText
from wizard.model.event import ClientReturn, EventKind
from wizard.model.plan import Plan

POLL_SECONDS = 0.2
EVENTS_SHOWN = 10
EVENTS_OF_A_RESULT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyTarget:
    """What is followed."""

    title: str
    follower: Follower | None = None
    """``None`` in a dry run that rehearses nothing."""
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
    keys: ClassVar[str] = apply_rows.KEYS_WORKING
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
        self._job = JobView(subject.follower, may_apply=subject.may_apply)
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
        self._result = HangingText(classes="gap")
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
        return self._job.finished

    @property
    def waits(self) -> bool:
        """Whether the job waits for a confirmation."""
        return self._job.waits

    def _poll(self) -> None:
        before = self._job.stage
        new = self._job.poll()
        self._draw_time()
        late = self.waits and self._countdown.over
        if not new and late is self._late:
            return
        self._late = late
        if self._job.stage is not before:
            self._tell()
        self._draw()
        self.draw_frame()

    def _draw_time(self) -> None:
        """Draw the remaining time in the first row, once a second."""
        told = self._countdown.remaining if self.waits else ""
        if told != self._told:
            self._told = told
            self.draw_frame()

    def _tell(self) -> None:
        """Tell the App that the job waits now, or has finished."""
        if self.waits:
            self.post_message(self.Waiting())
        elif self.finished:
            self.post_message(self.JobFinished())

    def show_delivery(self, delivery: PasswordDelivery) -> None:
        """Show whether the operator has the new passwords."""
        self._delivery = delivery
        if self.is_mounted:
            self._draw()

    def another_countdown(self) -> Countdown | None:
        """Return a countdown for another screen; ``None`` while the job does not wait."""
        self._other = Countdown(self._subject.clock, self._job.deadline) if self.waits else None
        return self._other

    @property
    def clients(self) -> ClientReturn | None:
        """Which clients are connected again, by the newest look."""
        return self._job.clients

    def remark(self, text: str) -> None:
        """Show why a decision was not accepted."""
        self._remark = text
        self._draw()

    # --- drawing -------------------------------------------------------------------------------

    def _draw(self) -> None:
        until = self._job.deadline
        self._countdown.until(until)
        if self._other is not None and self._other.is_mounted:
            self._other.until(until)
        self._told = self._countdown.remaining if self.waits else ""
        self._waiting.set_class(not self.waits, "gone")
        self._phases.update(self._all_phases())
        if self.waits:
            # Why a decision was not accepted needs their room.
            checks = () if self._remark else progress.verified(self._job.events)
            command = f"redis-wizard confirm {self._subject.options}".rstrip()
            text = confirmation.confirmation_text(
                checks, self._delivery, self.clients, command=command, over=self._late, width=self.text_width
            )
            self._rest.update(text)
        self._result.show(self._words())
        self._result.set_class(self.waits and not self._remark, "gone")
        follower = self._subject.follower
        quiet = self.waits or (follower is not None and self.finished and follower.succeeded)
        newest = [] if quiet else self._job.events[-(EVENTS_OF_A_RESULT if self.finished else EVENTS_SHOWN) :]
        self._log.set_class(not newest, "gone")
        self._log.update(lines(*(apply_rows.event(event, self.text_width) for event in newest)))
        self.draw_keys()

    def on_resize(self, event: Resize) -> None:  # noqa: ARG002 - the base takes it
        """Use the room that there is. Textual calls the base's own after it."""
        self.call_after_refresh(self._draw)

    def key_texts(self) -> str:
        """Return the keys of the phase that it is in."""
        if self._job.dry:
            return apply_rows.KEYS_REHEARSED if self._job.may_apply else apply_rows.KEYS_DRY_RUN
        if self.finished:
            return apply_rows.KEYS_ENDED
        return apply_rows.KEYS_WAITING if self.waits else apply_rows.KEYS_WORKING

    def _all_phases(self) -> Content:
        shown = self._job.phases
        rows = progress.timeline(shown)
        if self.waits or self.finished:
            return lines(*rows)
        current = (each for each in shown if each.text and each.sign != "[ ok ]")
        return lines(*rows, *(apply_rows.phase(each, self.text_width) for each in current))

    def _words(self) -> Content:
        remark = [literal(self._remark, TextStyle.FAIL)] if self._remark else []
        if self.waits:
            return lines(*remark)
        follower = self._subject.follower
        if self._job.dry:
            verdict = apply_rows.dry_run(follower, self._subject.plan, finished=self.finished)
        elif follower is None or not self.finished:
            verdict = literal(apply_rows.CONTINUES, TextStyle.MUTED)
        else:
            verdict = apply_rows.verdict(follower, self._job.events, self.session.instance, self.text_width)
        return lines(*remark, verdict)

    def state(self) -> str:
        """Return the state of the job."""
        return self._job.state(self._told)

    def strip(self) -> ReasonBar:
        """Return when the change is rolled back, and how to return."""
        back = "Return from any login: redis-wizard, or redis-wizard status."
        if self._job.dry:
            return ReasonBar(why="A dry run changes nothing on this host.", more="F7 returns to the review.")
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
        if (self.waits or self.finished) and not self._job.dry:
            self.post_message(self.ShowPasswords())
        else:
            self.app.bell()

    def action_apply(self) -> None:
        """Apply the plan of a dry run."""
        if self._job.may_apply:
            self.post_message(self.ApplyNow())
        else:
            self.app.bell()

    def action_log(self) -> None:
        """Show every client and every event that is held."""
        # A step that has begun is shown again when it is done.
        held = [each for each in self._job.events if each.kind is not EventKind.BEGIN or each is self._job.events[-1]]
        self.app.push_screen(TextDialog("Log", lines(*apply_rows.clients(self.clients), *map(apply_rows.event, held))))

    def _wish(self, wish: BaseScreen.Request) -> None:
        if self.waits:
            self.post_message(wish)
        else:
            self.app.bell()

    def action_back(self) -> None:
        """Close a dry run or a result; while the job runs ask to leave."""
        if self._job.dry:
            self.post_message(self.Back())
        else:
            self.post_message(self.Close() if self.finished else self.Leave())

    def action_export(self) -> None:
        """Write the plan."""
        if self._subject.plan is not None:
            self.post_message(self.Export())
