"""An apply or rollback followed from a thread: events pile up, the screen takes them in batches.

It runs by itself: who follows it may go away and come back. What may not live here: widgets, and any
decision of ours about the job.
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
"""What an apply should end as."""
ROLLBACK_ENDS = frozenset({Result.ROLLED_BACK, Result.NOTHING})
"""What a rollback should end as, or an apply that the operator takes back."""


class Follower:
    """Starts a job or comes to one that runs, reads its events to the end, and keeps how it ended."""

    def __init__(
        self, start: Callable[[], Job], *, kind: Operation = Operation.APPLY, good: frozenset[Result] | None = None
    ) -> None:
        """Start to follow.

        Args:
            start: Starts the job, or finds it; called in the thread.
            kind: What was asked for.
            good: The endings that the operator wants, where they are not those of the kind.
        """
        self._start = start
        self.kind = kind
        self._good = good or (ROLLBACK_ENDS if kind is Operation.ROLLBACK else APPLY_ENDS)
        self._lock = Lock()
        self._events: list[Event] = []
        self._taken = 0
        self._job: Job | None = None
        self._started = Flag()
        self.rolled_back = False
        """The operator has asked here for it to be taken back."""
        self.outcome: Outcome | None = None
        self.error = ""
        """Why it is not known how it ended, one sentence; empty while it runs and when it is."""
        self._thread = Thread(target=self._follow, name="follow", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self._thread.is_alive()

    @property
    def starting(self) -> bool:
        """It does not run by itself yet: the end of this process would keep it from beginning."""
        return not self._started.is_set()

    @property
    def started(self) -> bool:
        """There is a job; without one nothing has been done."""
        return self._job is not None

    @property
    def succeeded(self) -> bool:
        """It ended as it was asked to."""
        # Taken back before the first change, it is refused.
        good = ROLLBACK_ENDS | {Result.REFUSED} if self.rolled_back else self._good
        return self.outcome is not None and self.outcome.result in good

    @property
    def applied(self) -> bool:
        """It was an apply, and what it changed stays."""
        return self.kind is Operation.APPLY and self.outcome is not None and self.outcome.result in APPLY_ENDS

    def take(self) -> tuple[Event, ...]:
        """Give the events that came since the last call."""
        with self._lock:
            new = tuple(self._events[self._taken :])
            self._taken = len(self._events)
            return new

    def decide(self, *, confirm: bool) -> bool:
        """Keep the change or have it taken back; false when it was decided otherwise before.

        Raises:
            WizardError: the word could not be written down.
        """
        if self._job is None:
            return False
        decided = self._job.confirm() if confirm else self._job.rollback()
        self.rolled_back = decided and not confirm
        return decided

    def wait_started(self) -> None:
        """Wait until it runs by itself."""
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
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not look like success
            self.error = f"a mistake of redis-wizard itself ({type(error).__name__}); see 'redis-wizard status'"
        finally:
            self._started.set()


class Recovery:
    """What was cut off, brought to its end and followed all the while."""

    def __init__(self, recover: Callable[[], object], job: Job) -> None:
        """Make it.

        Args:
            recover: Brings it to its end, and waits for that.
            job: What is brought to its end.
        """
        self._recover = recover
        self._job = job

    def events(self) -> Iterator[Event]:
        """Give all of it from the first event on."""
        # Its own failure is no end: the nets below try again, and the journal tells what keeps them from it.
        Thread(target=self._begin, name="recover", daemon=True).start()
        yield from self._job.events()

    def _begin(self) -> None:
        with suppress(WizardError):
            self._recover()

    def outcome(self) -> Outcome:
        """Give the end."""
        return self._job.outcome()

    def confirm(self) -> bool:
        """Keep the change, where nobody has decided yet."""
        return self._job.confirm()

    def rollback(self) -> bool:
        """Have it taken back, where nobody has decided yet."""
        return self._job.rollback()
