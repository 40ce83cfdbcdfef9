"""What is known of a job that is followed: how far it is, and what it says, by its events."""

from collections.abc import Sequence

from screens.follower import Follower
from screens.text import progress
from wizard.model.event import ClientReturn, Event, EventKind, Phase
from wizard.model.status import Operation, Stage

_RETAINED = 500
_STATES = {
    Stage.WORKING: "WORKING",
    Stage.WAITING: "PENDING CONFIRM",
    Stage.UNDOING: "ROLLING BACK",
    Stage.INTERRUPTED: "INTERRUPTED",
    Stage.ENDED: "",
}


class JobView:
    """An apply, a rollback or a rehearsal.

    Args:
        follower: Reads its events; ``None`` in a dry run that rehearses nothing.
        may_apply: A dry run can lead to the apply.
    """

    def __init__(self, follower: Follower | None, *, may_apply: bool = False) -> None:
        self.follower = follower
        self.events: Sequence[Event] = ()
        self.stage = Stage.WORKING
        self._may_apply = may_apply

    @property
    def finished(self) -> bool:
        """Whether it has finished."""
        return self.stage is Stage.ENDED or self.follower is None

    @property
    def waits(self) -> bool:
        """Whether it waits for a confirmation."""
        return self.stage is Stage.WAITING

    @property
    def dry(self) -> bool:
        """Whether it changes nothing: a dry run, with its rehearsal or without."""
        return self.follower is None or self.follower.rehearses

    @property
    def may_apply(self) -> bool:
        """Whether the plan of a dry run can be applied now: its rehearsal passed."""
        return self._may_apply and self.finished and self.follower is not None and self.follower.succeeded

    @property
    def deadline(self) -> float | None:
        """The moment at which the change is rolled back; ``None`` while it does not wait."""
        return progress.deadline(self.events) if self.waits else None

    @property
    def clients(self) -> ClientReturn | None:
        """Which clients are connected again, by the newest look."""
        return progress.clients(self.events)

    @property
    def phases(self) -> tuple[progress.PhaseLine, ...]:
        """The line of every phase."""
        expected: tuple[Phase, ...]
        if self.dry:
            expected = progress.REHEARSAL_PHASES
        elif self.follower is not None and self.follower.kind is Operation.ROLLBACK:
            expected = progress.ROLLBACK_PHASES
        else:
            expected = progress.APPLY_PHASES
        return progress.phases(self.events, finished=self.finished, expected=expected)

    def state(self, remaining: str) -> str:
        """Return its state in capitals, with the time that remains to confirm it."""
        follower = self.follower
        if follower is None or self.dry:
            return "DRY RUN"
        if not self.finished:
            return f"{_STATES[self.stage]} {remaining}".rstrip()
        if follower.outcome is None and follower.started:
            return "UNKNOWN"
        if not follower.succeeded:
            return "NOT DONE"
        return "ROLLED BACK" if follower.rolled_back or follower.kind is Operation.ROLLBACK else "DONE"

    def poll(self) -> bool:
        """Take the events that came; return whether there is something new to show."""
        follower = self.follower
        if follower is None or self.finished:
            return False
        over = not follower.running
        new = follower.take()
        if not new and not over:
            return False
        self.events = _without_old_notes([*self.events, *new])
        stage = Stage.ENDED if over else progress.stage(self.events, follower.kind)
        # The last event may be here before the outcome is.
        if over or stage is not Stage.ENDED:
            self.stage = stage
        return True


def _without_old_notes(events: list[Event]) -> list[Event]:
    """Drop old progress; phases, decisions and results stay."""
    old, new = events[:-_RETAINED], events[-_RETAINED:]
    return [event for event in old if event.kind is not EventKind.NOTE] + new
