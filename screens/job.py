"""An apply or rollback followed from a thread: events pile up, the screen takes them in batches.

What may not live here: widgets, and any decision about the job.
"""

from collections.abc import Callable
from threading import Lock, Thread

from screens.engine import Job
from wizard.errors import WizardError
from wizard.model.event import Ending, Event, Outcome

APPLY_ENDS = frozenset({Ending.APPLIED, Ending.NOTHING})
"""What an apply should end as."""
ROLLBACK_ENDS = frozenset({Ending.ROLLED_BACK, Ending.NOTHING})
"""What a rollback should end as."""


class Follower:
    """Starts a job, reads its events to the end, and keeps how it ended."""

    def __init__(self, start: Callable[[], Job], *, good: frozenset[Ending] = APPLY_ENDS) -> None:
        """Start to follow.

        Args:
            start: Starts the job; called in the thread.
            good: The endings that the operator asked for.
        """
        self._start = start
        self._good = good
        self._lock = Lock()
        self._events: list[Event] = []
        self._taken = 0
        self.outcome: Outcome | None = None
        self.error = ""
        """Why it failed, one sentence; empty while it runs and when it did not."""
        self._thread = Thread(target=self._follow, name="follow", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self._thread.is_alive()

    @property
    def succeeded(self) -> bool:
        """It ended as it was asked to."""
        return self.outcome is not None and self.outcome.ending in self._good

    def take(self) -> tuple[Event, ...]:
        """Give the events that came since the last call."""
        with self._lock:
            new = tuple(self._events[self._taken :])
            self._taken = len(self._events)
            return new

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    def _follow(self) -> None:
        try:
            job = self._start()
            for event in job.events():
                with self._lock:
                    self._events.append(event)
            self.outcome = job.outcome()
        except WizardError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not look like success
            self.error = f"a mistake of redis-wizard itself ({type(error).__name__}); see 'redis-wizard snapshots list'"
