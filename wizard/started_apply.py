"""An apply, rollback or rehearsal that was started: follow it, decide, and learn how it ended."""

import threading
import time
from collections.abc import Callable, Iterator

from wizard.errors import ApplyError
from wizard.host.port import Host
from wizard.jobs import journal, journal_writer, lock, requests, watchdog
from wizard.jobs import status as jobs_status
from wizard.model.event import Event, EventKind, Outcome
from wizard.model.status import ApplyStatus
from wizard.recovery import Following

POLL_SECONDS = 0.1
LEAVING_SECONDS = 10.0
"""An apply that has ended holds the lock for a moment more."""


class ThreadedWork:
    """The work in a thread of this process. Not a daemon: leaving must not stop it half-way."""

    def __init__(self, work: Callable[[], Outcome | None]) -> None:
        self._work = work
        self.result: Outcome | None = None
        """Its outcome, also when that could not be written."""
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="apply")
        self._thread.start()

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait for its end, and raise what it could not write into the journal."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001 - `outcome` raises it
            self._failure = error


class Apply:
    """An apply or rollback that was started, by this process or another one.

    Args:
        host: The machine.
        identity: Its id.
        thread: Where it runs in this process.
        ended: Its outcome, where it finished at once and left no trace.
        asked_after: Lines of the journal when its recovery was requested: a later failure is raised. A
            follower alone waits instead: it is tried again.
    """

    def __init__(
        self,
        host: Host,
        identity: str,
        *,
        thread: ThreadedWork | None = None,
        ended: Outcome | None = None,
        asked_after: int | None = None,
    ) -> None:
        self.identity = identity
        """Its id; that of an apply is also that of its snapshot."""
        self._host = host
        self._thread = thread
        self._ended = ended
        self._asked_after = asked_after

    def events(self) -> Iterator[Event]:
        """Return every event from the first one on, as they come, to the last.

        Raises:
            ApplyError: it makes no progress, and cannot be finished; the text says what to do.
        """
        seen, following = 0, Following(self._host, self.identity, asked=self._asked_after is not None)
        while self._ended is None:
            record = journal.read(self._host, self.identity)
            yield from record.events[seen:]
            seen = len(record.events)
            if record.outcome is not None:
                return
            if self._thread is not None and not self._thread.running:
                # Its last words may have come after our look.
                yield from journal.read(self._host, self.identity).events[seen:]
                return
            if self._asked_after is not None and not self._busy():
                self._demand_unstuck(self._asked_after)
            if self._thread is None:
                yield from following.step(record)
            time.sleep(POLL_SECONDS)

    def outcome(self) -> Outcome:
        """Wait for the end and tell how it was.

        Raises:
            ApplyError: it could not be finished; the text says what to do.
        """
        if self._ended is not None:
            return self._ended
        if self._thread is not None:
            self._thread.join()
        for _event in self.events():
            pass
        outcome = journal.read(self._host, self.identity).outcome
        if outcome is None and self._thread is not None:
            outcome = self._thread.result
        if outcome is None:
            raise ApplyError("the apply was interrupted; finish it with redis-wizard recover")
        self._wait_until_left()
        return outcome

    def confirm(self) -> bool:
        """Confirm the change; false when the opposite was decided before. True means that it is on the disk.

        Raises:
            ApplyError: it is not verified yet.
        """
        if self._ended_unasked():
            return False
        word = journal.confirm(self._host, self.identity, f"confirmed by {requests.requesting_user()}")
        return word.kind is EventKind.CONFIRMED

    def rollback(self) -> bool:
        """Have the change rolled back; false when it was decided otherwise before."""
        if self._ended_unasked():
            return False
        word = journal.decide(
            self._host, self.identity, EventKind.REVOKED, f"rollback requested by {requests.requesting_user()}"
        )
        return word.kind is EventKind.REVOKED

    def extend(self, seconds: float) -> float:
        """Let it wait longer for a confirmation; return the seconds that are left then.

        Raises:
            ApplyError: it does not wait, or would wait too long.
        """
        text = f"{seconds / 60:.0f} minutes more to confirm, by {requests.requesting_user()}"
        return journal_writer.Journal(self._host, self.identity).extend(seconds, text)

    def status(self) -> ApplyStatus:
        """Return its status."""
        return jobs_status.status_of(self._host, self.identity)

    def _ended_unasked(self) -> bool:
        record = journal.read(self._host, self.identity)
        return record.outcome is not None and record.decision is None

    def _demand_unstuck(self, after: int) -> None:
        # Read once more: the last words come before the lock is let go.
        record = journal.read(self._host, self.identity)
        if record.outcome is None and (why := record.failure_after(after)):
            raise ApplyError(why)

    def _busy(self) -> bool:
        return self._thread is not None or lock.is_held(self._host)

    def _wait_until_left(self) -> None:
        """Return when the next apply could begin: the last line is written before the watchdogs are disarmed."""
        deadline = time.monotonic() + LEAVING_SECONDS
        while self._thread is None and time.monotonic() < deadline:
            if not lock.is_held(self._host) and not watchdog.worker_is_stopping(self._host):
                return
            time.sleep(POLL_SECONDS / 2)


class Rehearsal:
    """The rehearsal of a dry run. No decision is asked for: nothing has changed."""

    def __init__(self, work: Callable[[Callable[[Event], None]], Outcome]) -> None:
        self._told: list[Event] = []
        self._thread = ThreadedWork(lambda: work(self._told.append))

    def events(self) -> Iterator[Event]:
        """Return every event from the first one on, as they come, to the last."""
        seen = 0
        while seen < len(self._told) or self._thread.running:
            new = self._told[seen:]
            yield from new
            seen += len(new)
            time.sleep(0 if new else POLL_SECONDS)

    def outcome(self) -> Outcome:
        """Wait for the end and tell how it was.

        Raises:
            ApplyError: it was interrupted.
        """
        self._thread.join()
        if self._thread.result is None:
            raise ApplyError("the rehearsal was interrupted; nothing was changed")
        return self._thread.result

    def confirm(self) -> bool:
        """Return false: nothing waits for it."""
        return False

    def rollback(self) -> bool:
        """Return false: there is nothing to roll back."""
        return False

    def extend(self, seconds: float) -> float:  # noqa: ARG002 - as the job of an apply
        """Return 0: there is no deadline."""
        return 0.0
