"""Step 10: an apply or rollback while it runs, and how it ended.

What may not live here: what is done; this only follows.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens import progress
from screens.job import Follower
from screens.palette import Tone
from screens.session import Session
from screens.step import Framed, Strip
from screens.text import C, cut, lines, row
from wizard.model.event import Event, EventKind, Outcome
from wizard.model.plan import Plan

POLL_SECONDS = 0.2
EVENTS_SHOWN = 5
EVENTS_KEPT = 500


class ApplyScreen(Framed):
    """Follows a job; without one (dry run) it says what would be done."""

    help = "apply"
    keys: ClassVar[str] = "F1 Help                                       F8 Next when ended   F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+n,enter", "next", priority=True, show=False),
        Binding("x", "export", show=False),
    ]

    class Ended(Message):
        """The job has ended."""

    class Finished(Framed.Wish):
        """The operator has read how it ended."""

    class Export(Framed.Wish):
        """Write the plan to a file."""

    def __init__(self, session: Session, title: str, follower: Follower | None, plan: Plan | None) -> None:
        super().__init__(session)
        self._title = title
        self._follower = follower
        self._plan = plan
        self._events: list[Event] = []
        self._told = False
        self._phases = Static()
        self._result = Static(classes="gap")
        self._log = Static(classes="gap")

    def body(self) -> ComposeResult:
        """Give the title, the phases, the result and the newest events."""
        yield Static(C(self._title, Tone.STRONG))
        yield self._phases
        yield self._result
        yield self._log

    def on_mount(self) -> None:
        """Begin to follow. Textual calls the base's own after it."""
        if self._follower is not None:
            self.set_interval(POLL_SECONDS, self._poll)
        self._draw()

    def _poll(self) -> None:
        follower = self._follower
        if follower is None or self._told:
            return
        ended = not follower.running
        self._events += follower.take()
        del self._events[:-EVENTS_KEPT]
        if ended:
            self._told = True
            self.post_message(self.Ended())
        self._draw()
        self.draw_frame()

    def _draw(self) -> None:
        ended = self._told or self._follower is None
        expected = progress.ALWAYS if self._plan is not None else progress.BACK
        shown = progress.phases(self._events, ended=ended, expected=expected)
        self._phases.update(lines(*(_line(each) for each in shown)))
        self._result.update(self._verdict())
        good = self._told and self._follower is not None and self._follower.succeeded
        newest = [] if good else self._events[-EVENTS_SHOWN:]
        self._log.update(lines(*(C(cut(_event(event), 76), Tone.MUTED) for event in newest)))

    def _verdict(self) -> Content:
        if self._follower is None:
            count = len(self._plan.changes) if self._plan else 0
            return lines(
                C(f"DRY RUN: {count} changes would be made in these phases. Nothing was written.", Tone.ACCENT),
                C("x writes the plan to a file, for redis-wizard apply FILE. F8 goes on."),
            )
        if not self._told:
            return C("Keep this window open: it cannot be left before the end.", Tone.MUTED)
        outcome = self._follower.outcome
        if outcome is None:
            return _failed(self._follower.error, self._events)
        return _ended(outcome) if self._follower.succeeded else _failed(outcome.summary, self._events)

    def state(self) -> str:
        """Say what is going on."""
        if self._follower is None:
            return "DRY RUN"
        if not self._told:
            return "WORKING"
        return "DONE" if self._follower.succeeded else "NOT DONE"

    def strip(self) -> Strip:
        """Say that it undoes itself."""
        return Strip(
            why="If any phase fails, what was done is undone and the host is as it was before.",
            more="What can be put back: redis-wizard snapshots list",
        )

    def action_next(self) -> None:
        """Go on when it has ended."""
        if self._told or self._follower is None:
            self.post_message(self.Finished())
        else:
            self.app.bell()

    def action_back(self) -> None:
        """Go back once it has ended; before that the refusal says why."""
        if self._told or self._follower is None:
            self.post_message(self.Back())
        else:
            self.post_message(self.Leave())

    def action_export(self) -> None:
        """Write the plan."""
        if self._plan is not None:
            self.post_message(self.Export())


def _line(line: progress.PhaseLine) -> Content:
    seconds = "" if line.seconds is None else f"{line.seconds:6.1f} s"
    text = f"{progress.TITLES[line.phase]:<10} {cut(line.text, 48):<48}{seconds}"
    return row(C(f"{line.sign} ", line.tone), C(text))


def _event(event: Event) -> str:
    return f"{event.at[11:19]} {event.text or event.change}"


def _failed(error: str, events: list[Event]) -> Content:
    undone = [event.text for event in events if event.kind is EventKind.ROLLED_BACK and event.text]
    rows = [C(f"[FAIL] {error}", Tone.FAIL), *(C(text) for text in undone[-2:])]
    return lines(*rows, C("F7 goes back to the review; what can be put back: redis-wizard snapshots list", Tone.MUTED))


def _ended(outcome: Outcome) -> Content:
    rows = [C(f"[ ok ] {outcome.summary}", Tone.OK)]
    if outcome.keys_before is not None:
        rows.append(C(f"down {outcome.downtime_seconds:.1f} s, keys {outcome.keys_before} -> {outcome.keys_after}"))
    rows += [C(cut(f"[ ok ] {check}", 76), Tone.MUTED) for check in outcome.checks[:4]]
    if len(outcome.checks) > 4:  # noqa: PLR2004 - four are shown
        rows.append(C(f"       and {len(outcome.checks) - 4} more", Tone.MUTED))
    return lines(*rows, C("F8 goes on.", Tone.ACCENT))
