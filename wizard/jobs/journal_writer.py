"""Write the journal of one apply, for those who work on it."""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from wizard.errors import ApplyError, BusyError, HostError, WizardError
from wizard.host.port import Host
from wizard.jobs import boot_clock, journal
from wizard.model.event import ClientReturn, Event, EventKind, Outcome, Phase
from wizard.model.exposure import Exposure
from wizard.model.value import replace, to_line

LONGEST_WAIT_SECONDS = 3600.0
"""An extended wait for a confirmation ends at most so long after the extension."""
TICK_SECONDS = 20.0
"""During an act the worker writes a line at least this often."""
LONGEST_SECONDS = 6 * 3600.0
"""An act that has not ended by then never will: everything that is waited for has a limit far below."""


class Journal:
    """One apply's journal, for those who work on it."""

    def __init__(self, host: Host, identity: str) -> None:
        self._host = host
        self.identity = identity
        self._fresh = True
        self.best_effort = False
        """A line that cannot be written is no error: a rollback must go on when the disk is full."""
        self._held: list[Event] | None = None
        self._under_way: list[tuple[Phase, str, float]] = []
        """Acts that have begun, the outermost first, and when."""
        self._written = time.monotonic()
        """When the last line was, by the monotonic clock."""

    def buffer(self) -> None:
        """Keep lines back until the end: the same act is tried again and again, and its intent is written."""
        self._held = []

    def begin(
        self,
        phase: Phase,
        text: str = "",
        *,
        changes: Sequence[str] = ("",),
        deadline: float | None = None,
        boot: str = "",
    ) -> None:
        """Write an intent, durably."""
        self._write(EventKind.BEGIN, phase, text, changes, durable=True, deadline=deadline, boot=boot)

    def done(
        self, phase: Phase, text: str = "", *, changes: Sequence[str] = ("",), seconds: float | None = None
    ) -> None:
        """Write that it is done, durably."""
        self._write(EventKind.DONE, phase, text, changes, durable=True, seconds=seconds)

    def note(self, phase: Phase, text: str, *, change: str = "") -> None:
        """Tell the operator something."""
        self._write(EventKind.NOTE, phase, text, (change,), durable=False)

    def observed(self, exposure: Exposure) -> None:
        """Write what an unauthenticated client can still reach, durably: every outcome says it first."""
        event = replace(
            journal.event_now(EventKind.NOTE, Phase.VERIFY, " ".join(exposure.sentences())), exposure=exposure
        )
        journal.append(self._host, self.identity, [event], durable=True)

    def compared(self, clients: ClientReturn) -> None:
        """Tell which clients are connected again."""
        event = replace(journal.event_now(EventKind.NOTE, Phase.CONFIRM, clients.sentence()), clients=clients)
        with self._forgiven():
            journal.append(self._host, self.identity, [event], durable=False)

    def exposure(self) -> Exposure | None:
        """What an unauthenticated client could reach when that was tried; ``None`` where it was not."""
        return journal.read(self._host, self.identity).exposure

    def checkpoint(self, phase: Phase, text: str) -> None:
        """Write what a later attempt must know, durably, also while other lines are held back."""
        with self._forgiven():
            journal.append(self._host, self.identity, [journal.event_now(EventKind.NOTE, phase, text)], durable=True)

    def failed(self, phase: Phase, text: str, *, changes: Sequence[str] = ("",)) -> None:
        """Write that it could not be done, durably."""
        self._write(EventKind.FAILED, phase, text, changes, durable=True)

    def end(self, kind: EventKind, phase: Phase, outcome: Outcome, text: str = "") -> Outcome:
        """Write the last line: how it ended.

        Raises:
            HostError: it could not be written, so it has not ended.
        """
        event = replace(journal.event_now(kind, phase, text or outcome.summary), outcome=outcome)
        journal.append(self._host, self.identity, [*(self._held or ()), event], durable=True)
        return outcome

    def decide(self, kind: EventKind, text: str) -> Event:
        """Decide, or learn that it was decided before.

        Raises:
            HostError, BusyError: it could not be written.
        """
        return journal.decide(self._host, self.identity, kind, text)

    def revoke(self, text: str) -> Event:
        """Decide that it is rolled back, or learn that it was confirmed.

        Where that cannot be written it counts all the same once the deadline to confirm has passed.

        Raises:
            HostError: it could not be written, and may still be confirmed.
        """
        try:
            with suppress(BusyError):
                return journal.decide(self._host, self.identity, EventKind.REVOKED, text)
            # The process that has the lock is frozen. The first line counts, also without the lock.
            return journal.append_decision(self._host, self.identity, EventKind.REVOKED, text)
        except HostError:
            record = journal.read(self._host, self.identity)
            if record.confirmable:
                raise
            return record.decision or journal.event_now(EventKind.REVOKED, Phase.CONFIRM, text)

    def expire(self, text: str) -> Event | None:
        """Revoke what was not confirmed in time; ``None`` when the wait was extended in between.

        Raises:
            HostError, BusyError: as `decide`.
        """
        with journal.deciding(self._host, self.identity):
            record = journal.read(self._host, self.identity)
            if record.confirmable:
                return None
            return record.decision or journal.append_decision(self._host, self.identity, EventKind.REVOKED, text)

    def extend(self, seconds: float, text: str) -> float:
        """Move the deadline of a wait for a confirmation; every watchdog reads it from here.

        Returns:
            Seconds until the new deadline.

        Raises:
            ApplyError: it does not wait, or would wait longer than `LONGEST_WAIT_SECONDS` from now.
            HostError, BusyError: as `decide`; the deadline stays.
        """
        with journal.deciding(self._host, self.identity):
            record = journal.read(self._host, self.identity)
            if not record.confirmable or record.deadline is None:
                raise ApplyError(f"{self.identity} does not wait for a confirmation; redis-wizard status shows it")
            left = record.deadline + seconds - boot_clock.now()
            if left > LONGEST_WAIT_SECONDS:
                raise ApplyError(
                    f"an apply waits at most {LONGEST_WAIT_SECONDS / 60:.0f} minutes from now; "
                    f"{self.identity} already waits {math.ceil(left - seconds) / 60:.0f}"
                )
            event = replace(
                journal.event_now(EventKind.NOTE, Phase.CONFIRM, text),
                deadline=round(record.deadline + seconds, 3),
                boot=boot_clock.boot_id(),
            )
            journal.append(self._host, self.identity, [event], durable=True)
            return left

    def decision(self) -> Event | None:
        """The decision that counts, if there is one now."""
        return journal.read(self._host, self.identity).decision

    def outcome(self) -> Outcome | None:
        """How it ended, if it has now."""
        return journal.read(self._host, self.identity).outcome

    @contextmanager
    def step(self, phase: Phase, text: str = "", *, changes: Sequence[str] = ("",)) -> Iterator[None]:
        """Write the intent, let it be done, and write how it went.

        Args:
            phase: Of the apply or rollback.
            text: The step in the imperative; the journal begins it with a capital.
            changes: Ids of the changes that it makes.
        """
        text = text[:1].upper() + text[1:]
        self.begin(phase, text, changes=changes)
        started = time.monotonic()
        try:
            with self.heard(phase, text):
                yield
        except Exception as error:
            self.failed(phase, describe(error), changes=changes)
            raise
        self.done(phase, text, changes=changes, seconds=round(time.monotonic() - started, 3))

    @contextmanager
    def heard(self, phase: Phase, text: str) -> Iterator[None]:
        """Write a line now and then as long as an act lasts: who is silent for long counts as frozen."""
        outermost, ends = not self._under_way, threading.Event()
        self._under_way.append((phase, text, time.monotonic()))
        thread = threading.Thread(target=self._tick, args=(ends,), name="journal", daemon=True)
        try:
            if outermost:
                thread.start()
            yield
        finally:
            ends.set()
            if outermost:
                thread.join()
            self._under_way.pop()

    def _tick(self, ends: threading.Event) -> None:
        while not ends.wait(max(self._written + TICK_SECONDS - time.monotonic(), 0.0)):
            phase, text, begun = self._under_way[-1]
            now = time.monotonic()
            if now - begun > LONGEST_SECONDS:
                return
            if now - self._written >= TICK_SECONDS:
                # Also where other lines are held back: who is silent is ended.
                event = journal.event_now(EventKind.NOTE, phase, f"Still running after {now - begun:.0f} s: {text}")
                with suppress(HostError):
                    self.append([event], durable=False)
                self._written = now

    def _write(
        self,
        kind: EventKind,
        phase: Phase,
        text: str,
        changes: Sequence[str],
        *,
        durable: bool,
        seconds: float | None = None,
        deadline: float | None = None,
        boot: str = "",
    ) -> None:
        self._written = time.monotonic()
        event = replace(journal.event_now(kind, phase, text), seconds=seconds, deadline=deadline, boot=boot)
        events = [replace(event, change=change) for change in changes]
        if self._held is not None:
            self._held += events
            return
        with self._forgiven():
            self.append(events, durable=durable)

    def append(self, events: Sequence[Event], *, durable: bool) -> None:
        """Append lines as they are.

        Raises:
            HostError: they could not be written.
        """
        if self._fresh:
            journal.append(self._host, self.identity, events, durable=durable)
            self._fresh = False
        else:
            data = "".join(f"{to_line(event)}\n" for event in events).encode()
            self._host.append(journal.path_of(self._host, self.identity), data, durable=durable)

    @contextmanager
    def _forgiven(self) -> Iterator[None]:
        try:
            yield
        except HostError:
            if not self.best_effort:
                raise


def describe(error: BaseException) -> str:
    """Return an error as a sentence: the text of a `WizardError`; of any other, which may hold a secret, the class."""
    return str(error) if isinstance(error, WizardError) else f"an internal error ({type(error).__name__})"
