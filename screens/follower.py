"""An apply or rollback followed from a thread: events are queued, the screen takes them in batches.

The job runs on its own: a follower can stop and return.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event as Flag
from threading import Lock, Thread

from screens.engine import Job
from wizard.errors import WizardError
from wizard.model.event import Event, Outcome, Result
from wizard.model.status import Operation

APPLY_ENDS = frozenset({Result.APPLIED, Result.NOTHING})
"""The wanted results of an apply."""
ROLLBACK_ENDS = frozenset({Result.ROLLED_BACK, Result.NOTHING})
"""The wanted results of a rollback, or of an apply that the operator rolls back."""


class Follower:
    """Starts a job or attaches to one, reads its events to the last, and holds its outcome."""

    def __init__(
        self,
        start: Callable[[], Job],
        *,
        kind: Operation = Operation.APPLY,
        good: frozenset[Result] | None = None,
        rehearses: bool = False,
    ) -> None:
        """Start to follow.

        Args:
            start: Starts the job, or finds it; called in the thread.
            kind: What was asked for.
            good: The wanted results, where they are not those of the kind.
            rehearses: It is a dry run: nothing is changed.
        """
        self._start = start
        self.kind = kind
        self.rehearses = rehearses
        self._good = good or (ROLLBACK_ENDS if kind is Operation.ROLLBACK else APPLY_ENDS)
        self._lock = Lock()
        self._events: list[Event] = []
        self._taken = 0
        self._job: Job | None = None
        self._started = Flag()
        self.rolled_back = False
        """The operator has asked for a rollback in this run."""
        self.outcome: Outcome | None = None
        self.error = ""
        """Why the outcome is unknown, one sentence; empty while the job runs and when it is known."""
        self._thread = Thread(target=self._follow, name="follow", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the job has not finished."""
        return self._thread.is_alive()

    @property
    def starting(self) -> bool:
        """Whether the job still needs this process to start."""
        return not self._started.is_set()

    @property
    def started(self) -> bool:
        """Whether there is a job; without one nothing has changed."""
        return self._job is not None

    @property
    def succeeded(self) -> bool:
        """Whether the outcome is the wanted one."""
        # Rolled back before the first change, it is refused.
        good = ROLLBACK_ENDS | {Result.REFUSED} if self.rolled_back else self._good
        return self.outcome is not None and self.outcome.result in good

    @property
    def applied(self) -> bool:
        """Whether it was an apply, and its change stays."""
        return (
            not self.rehearses
            and self.kind is Operation.APPLY
            and self.outcome is not None
            and self.outcome.result in APPLY_ENDS
        )

    def take(self) -> tuple[Event, ...]:
        """Return the events that came since the last call."""
        with self._lock:
            new = tuple(self._events[self._taken :])
            self._taken = len(self._events)
            return new

    def decide(self, *, confirm: bool) -> bool:
        """Confirm the change or roll it back; false when it was decided differently before.

        Raises:
            WizardError: the decision could not be written.
        """
        if self._job is None:
            return False
        decided = self._job.confirm() if confirm else self._job.rollback()
        self.rolled_back = decided and not confirm
        return decided

    def extend(self, seconds: float) -> None:
        """Wait longer for the confirmation.

        Raises:
            WizardError: it does not wait, or waits for too long already.
        """
        if self._job is not None:
            self._job.extend(seconds)

    def wait_started(self) -> None:
        """Wait until the job runs on its own."""
        self._started.wait()

    def _follow(self) -> None:
        try:
            self._job = self._start()
            self._started.set()
            for event in self._job.events():
                with self._lock:
                    self._events.append(event)
            self.outcome = self._job.outcome()
        except WizardError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - a programming mistake must not look like success
            self.error = f"internal error ({type(error).__name__}): see redis-wizard status"
        finally:
            self._started.set()


class Recovery:
    """The recovery of an interrupted job, followed from its first event."""

    def __init__(self, recover: Callable[[], object], job: Job) -> None:
        """Create it.

        Args:
            recover: Recovers the job, and waits until it has finished.
            job: The interrupted job.
        """
        self._recover = recover
        self._job = job

    def events(self) -> Iterator[Event]:
        """Yield every event from the first on."""
        # A failed try is no outcome: the watchdogs try again, and the journal has the reason.
        Thread(target=self._begin, name="recover", daemon=True).start()
        yield from self._job.events()

    def _begin(self) -> None:
        with suppress(WizardError):
            self._recover()

    def outcome(self) -> Outcome:
        """Return the outcome."""
        return self._job.outcome()

    def confirm(self) -> bool:
        """Confirm the change, unless it was decided before."""
        return self._job.confirm()

    def rollback(self) -> bool:
        """Roll back the change, unless it was decided before."""
        return self._job.rollback()

    def extend(self, seconds: float) -> float:
        """Wait longer for the confirmation."""
        return self._job.extend(seconds)
