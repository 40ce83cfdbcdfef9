"""An apply that a test leads by hand: no host, no worker, no journal."""

import time
from collections.abc import Iterator
from queue import SimpleQueue

from wizard.model.event import Event, EventKind, Outcome, Phase, Result

WINDOW = 3600.0
"""Seconds for a confirmation: no test lives so long."""


def event(kind: EventKind, text: str, *, phase: Phase = Phase.COMMIT, deadline: float | None = None) -> Event:
    """Make one event."""
    return Event(at="2026-01-01T00:00:00.000Z", kind=kind, phase=phase, text=text, deadline=deadline)


def outcome(ending: Result) -> Outcome:
    """Make an end."""
    return Outcome(result=ending, snapshot="20260101-000000", summary="This is how it was.", seconds=1.0)


class FakeApply:
    """Says what it is told to say, and ends when it is told to, or when somebody decides."""

    def __init__(self, *, window: float = WINDOW) -> None:
        self._events: SimpleQueue[Event | Exception | None] = SimpleQueue()
        self._window = window
        self._end = outcome(Result.APPLIED)
        self.undone = Result.ROLLED_BACK
        self.decided: EventKind | None = None
        self.identity = "20260504-101112"

    def does(self, *texts: str) -> "FakeApply":
        """Do some acts."""
        for text in texts:
            self._events.put(event(EventKind.DONE, text))
        return self

    def waits(self) -> "FakeApply":
        """Wait for a word."""
        deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + self._window
        self._events.put(event(EventKind.BEGIN, "waiting", phase=Phase.CONFIRM, deadline=deadline))
        return self

    def ends(self, ending: Result) -> "FakeApply":
        """End."""
        self._end = outcome(ending)
        self._events.put(None)
        return self

    def breaks(self, error: Exception) -> "FakeApply":
        """Fail in telling."""
        self._events.put(error)
        return self

    def decide(self, kind: EventKind) -> bool:
        """Take a decision, the first one only."""
        if self.decided is None:
            self.decided = kind
            self._events.put(event(kind, "decided", phase=Phase.CONFIRM))
            self.ends(Result.APPLIED if kind is EventKind.CONFIRMED else self.undone)
        return self.decided is kind

    # --- what front ends see -------------------------------------------------------------------

    def events(self) -> Iterator[Event]:
        """See `wizard.started_apply.Apply`."""
        while (news := self._events.get()) is not None:
            if isinstance(news, Exception):
                raise news
            yield news

    def outcome(self) -> Outcome:
        """See `wizard.started_apply.Apply`."""
        return self._end

    def confirm(self) -> bool:
        """See `wizard.started_apply.Apply`."""
        return self.decide(EventKind.CONFIRMED)

    def rollback(self) -> bool:
        """See `wizard.started_apply.Apply`."""
        return self.decide(EventKind.REVOKED)

    def extend(self, seconds: float) -> float:
        """See `wizard.started_apply.Apply`."""
        self._window += seconds
        deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + self._window
        self._events.put(event(EventKind.NOTE, "more time", phase=Phase.CONFIRM, deadline=deadline))
        return self._window
