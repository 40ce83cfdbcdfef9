"""The journal: what is about to be done, written down before it is done, and again after.

One JSON object a line in ``<state>/applies/<id>/journal.jsonl``, 0600. Intents, ends and decisions are
durable before the next act; progress is not waited for. It is the one truth about an apply: who
follows reads it, who confirms or revokes appends to it, and the first of these two words counts.

::

    no word yet ─┬─ CONFIRMED, while it waits for it ─► it stays, and is finished
                 └─ REVOKED, or silence              ─► it is rolled back

No record allows both: a word binds whoever comes after, and none is heard once its time has passed or a
rollback has begun. No line holds a secret.
"""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath

from wizard.errors import ApplyError, BusyError, HostError, InputError, NotFoundError, WizardError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import boot_clock, requests
from wizard.jobs.lock import wait_for_lock
from wizard.model.event import ClientReturn, Event, EventKind, Outcome, Phase
from wizard.model.exposure import Exposure
from wizard.model.value import from_json, replace, to_line

LONGEST_WAIT_SECONDS = 3600.0
"""An extended wait for a confirmation ends at most so long after the extension."""
DECISION_SECONDS = 10.0
"""How long the decision lock is waited for; it is held for one line."""
TICK_SECONDS = 20.0
"""Whoever is at an act is never silent for longer."""
LONGEST_SECONDS = 6 * 3600.0
"""An act that has not ended by then never will: everything that is waited for has a limit far below."""


class Record:
    """A journal as it reads now."""

    __slots__ = ("damage", "events")

    def __init__(self, events: tuple[Event, ...], damage: tuple[str, ...] = ()) -> None:
        self.events = events
        self.damage = damage
        """What could not be read, one sentence each."""

    @property
    def decision(self) -> Event | None:
        """The decision that counts: the first one. What is being rolled back already cannot be kept."""
        undoing = False
        for event in self.events:
            undoing = undoing or event.phase is Phase.ROLLBACK
            if event.decides and not (undoing and event.kind is EventKind.CONFIRMED):
                return event
        return None

    @property
    def outcome(self) -> Outcome | None:
        """What it came to, ``None`` while it is open."""
        return next((event.outcome for event in reversed(self.events) if event.outcome is not None), None)

    @property
    def exposure(self) -> Exposure | None:
        """What an unauthenticated client could reach when that was tried; ``None`` where it was not."""
        return next((event.exposure for event in reversed(self.events) if event.exposure is not None), None)

    def failure_after(self, after: int) -> str:
        """Say what kept a recovery from its end, in a line after the first ones; empty: nothing did."""
        failed = (event for event in self.events[after:] if event.kind is EventKind.FAILED and not event.change)
        return "".join(event.text for event in [*failed][-1:])

    @property
    def may_have_changed_host(self) -> bool:
        """The first change may have been made."""
        return any(event.phase in {Phase.COMMIT, Phase.ROLLBACK} for event in self.events)

    @property
    def deadline(self) -> float | None:
        """When silence rolls it back, in seconds of CLOCK_BOOTTIME; ``None`` when it does not wait."""
        return self._wait.deadline if self._wait else None

    @property
    def verified(self) -> bool:
        """It was verified, so it could wait for a confirmation."""
        return self._wait is not None

    @property
    def confirmable(self) -> bool:
        """It waits for a confirmation, and one would still be in time."""
        wait = self._wait
        if wait is None or wait.deadline is None or self.decision is not None or self.outcome is not None:
            return False
        undoing = any(event.phase is Phase.ROLLBACK for event in self.events)
        return not undoing and wait.boot in {"", boot_clock.boot_id()} and boot_clock.now() < wait.deadline

    @property
    def _wait(self) -> Event | None:
        return next((event for event in reversed(self.events) if event.deadline is not None), None)


def path_of(host: HostReader, identity: str) -> PurePosixPath:
    """Return where the journal of an apply lies."""
    return requests.directory_of(host, identity) / "journal.jsonl"


def read(host: HostReader, identity: str) -> Record:
    """Read a journal; an empty one when it was not begun. A line without its end is left for the next look."""
    try:
        data = host.read(path_of(host, identity))
    except NotFoundError:
        return Record(())
    events: list[Event] = []
    damage = []
    *whole, rest = data.split(b"\n")
    for number, line in enumerate(whole, 1):
        try:
            events.append(replace(from_json(Event, line), sequence=number))
        except InputError:
            damage.append(f"line {number} of the journal is damaged and skipped")
    if rest:
        damage.append(f"line {len(whole) + 1} of the journal is incomplete and skipped")
    return Record(tuple(events), tuple(damage))


def decide(host: Host, identity: str, kind: EventKind, text: str) -> Event:
    """Append a decision unless there is one, durably. For whoever works on it; others `confirm` or revoke.

    Args:
        host: The machine.
        identity: Of the apply.
        kind: CONFIRMED or REVOKED.
        text: Who decided and why, for people.

    Returns:
        The decision that counts: this one, or the one that was there before.

    Raises:
        BusyError: somebody holds the decision lock and does not let go.
        HostError: it could not be written; nothing was decided.
    """
    with _deciding(host, identity):
        return read(host, identity).decision or _say(host, identity, kind, text)


def confirm(host: Host, identity: str, text: str) -> Event:
    """Decide that it stays, durably; what comes too late decides that it is rolled back.

    Returns:
        The decision that counts.

    Raises:
        ApplyError: it is not verified yet, so nobody can keep it.
        BusyError, HostError: as `decide`.
    """
    with _deciding(host, identity):
        record = read(host, identity)
        if record.decision is not None:
            return record.decision
        if not record.verified:
            newest = f" ({record.events[-1].phase}: {record.events[-1].text})" if record.events else ""
            raise ApplyError(
                f"{identity} is not verified yet{newest}; redis-wizard status shows when you can confirm it"
            )
        if record.confirmable:
            return _say(host, identity, EventKind.CONFIRMED, text)
        return _say(host, identity, EventKind.REVOKED, "no confirmation came in time")


def _deciding(host: Host, identity: str) -> AbstractContextManager[None]:
    return wait_for_lock(host, requests.directory_of(host, identity) / "decision.lock", seconds=DECISION_SECONDS)


def _say(host: Host, identity: str, kind: EventKind, text: str) -> Event:
    event = _event(kind, Phase.CONFIRM, text)
    append(host, identity, [event], durable=True)
    # Where ours does not count, somebody who did not wait for the lock was first.
    return read(host, identity).decision or replace(event, kind=EventKind.REVOKED)


def append(host: Host, identity: str, events: Sequence[Event], *, durable: bool) -> None:
    """Append lines; one that was interrupted before is ended first.

    Raises:
        HostError: they could not be written.
    """
    data = "".join(f"{to_line(event)}\n" for event in events).encode()
    path = path_of(host, identity)
    try:
        before = host.read(path)
    except NotFoundError:
        before = b""
    torn = bool(before) and not before.endswith(b"\n")
    host.append(path, b"\n" + data if torn else data, durable=durable)


class Journal:
    """One apply's journal, for those who work on it."""

    def __init__(self, host: Host, identity: str) -> None:
        self._host = host
        self.identity = identity
        self._fresh = True
        self.best_effort = False
        """A line that cannot be written stops nothing: an undo must go on when the disk is full."""
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
        event = replace(_event(EventKind.NOTE, Phase.VERIFY, " ".join(exposure.sentences())), exposure=exposure)
        append(self._host, self.identity, [event], durable=True)

    def compared(self, clients: ClientReturn) -> None:
        """Tell which clients are connected again."""
        event = replace(_event(EventKind.NOTE, Phase.CONFIRM, clients.sentence()), clients=clients)
        with self._forgiven():
            append(self._host, self.identity, [event], durable=False)

    def exposure(self) -> Exposure | None:
        """What an unauthenticated client could reach when that was tried; ``None`` where it was not."""
        return read(self._host, self.identity).exposure

    def checkpoint(self, phase: Phase, text: str) -> None:
        """Write what a later attempt must know, durably, also while other lines are held back."""
        with self._forgiven():
            append(self._host, self.identity, [_event(EventKind.NOTE, phase, text)], durable=True)

    def failed(self, phase: Phase, text: str, *, changes: Sequence[str] = ("",)) -> None:
        """Write that it could not be done, durably."""
        self._write(EventKind.FAILED, phase, text, changes, durable=True)

    def end(self, kind: EventKind, phase: Phase, outcome: Outcome, text: str = "") -> Outcome:
        """Write the last line: how it ended.

        Raises:
            HostError: it could not be written, so it has not ended.
        """
        event = replace(_event(kind, phase, text or outcome.summary), outcome=outcome)
        append(self._host, self.identity, [*(self._held or ()), event], durable=True)
        return outcome

    def decide(self, kind: EventKind, text: str) -> Event:
        """Decide, or learn that it was decided before.

        Raises:
            HostError, BusyError: it could not be written.
        """
        return decide(self._host, self.identity, kind, text)

    def revoke(self, text: str) -> Event:
        """Decide that it is rolled back, or learn that it is to stay.

        Where that cannot be written it holds all the same once nobody can confirm it any more.

        Raises:
            HostError: it could not be written, and may still be confirmed.
        """
        try:
            with suppress(BusyError):
                return decide(self._host, self.identity, EventKind.REVOKED, text)
            # Whoever has the lock is frozen. The first line counts, also without it.
            return _say(self._host, self.identity, EventKind.REVOKED, text)
        except HostError:
            record = read(self._host, self.identity)
            if record.confirmable:
                raise
            return record.decision or _event(EventKind.REVOKED, Phase.CONFIRM, text)

    def expire(self, text: str) -> Event | None:
        """Revoke what nobody confirmed in time; ``None`` when the wait was extended in between.

        Raises:
            HostError, BusyError: as `decide`.
        """
        with _deciding(self._host, self.identity):
            record = read(self._host, self.identity)
            if record.confirmable:
                return None
            return record.decision or _say(self._host, self.identity, EventKind.REVOKED, text)

    def extend(self, seconds: float, text: str) -> float:
        """Move the deadline of a wait for a confirmation; every watchdog reads it from here.

        Returns:
            Seconds until the new deadline.

        Raises:
            ApplyError: it does not wait, or would wait longer than `LONGEST_WAIT_SECONDS` from now.
            HostError, BusyError: as `decide`; the deadline stays.
        """
        with _deciding(self._host, self.identity):
            record = read(self._host, self.identity)
            if not record.confirmable or record.deadline is None:
                raise ApplyError(f"{self.identity} does not wait for a confirmation; redis-wizard status shows it")
            left = record.deadline + seconds - boot_clock.now()
            if left > LONGEST_WAIT_SECONDS:
                raise ApplyError(
                    f"an apply waits at most {LONGEST_WAIT_SECONDS / 60:.0f} minutes from now; "
                    f"{self.identity} already waits {math.ceil(left - seconds) / 60:.0f}"
                )
            event = replace(
                _event(EventKind.NOTE, Phase.CONFIRM, text),
                deadline=round(record.deadline + seconds, 3),
                boot=boot_clock.boot_id(),
            )
            append(self._host, self.identity, [event], durable=True)
            return left

    def decision(self) -> Event | None:
        """The decision that counts, if there is one now."""
        return read(self._host, self.identity).decision

    def outcome(self) -> Outcome | None:
        """How it ended, if it has now."""
        return read(self._host, self.identity).outcome

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
                event = _event(EventKind.NOTE, phase, f"Still running after {now - begun:.0f} s: {text}")
                with suppress(HostError):
                    append(self._host, self.identity, [event], durable=False)
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
        event = replace(_event(kind, phase, text), seconds=seconds, deadline=deadline, boot=boot)
        events = [replace(event, change=change) for change in changes]
        if self._held is not None:
            self._held += events
            return
        with self._forgiven():
            if self._fresh:
                append(self._host, self.identity, events, durable=durable)
                self._fresh = False
            else:
                data = "".join(f"{to_line(event)}\n" for event in events).encode()
                self._host.append(path_of(self._host, self.identity), data, durable=durable)

    @contextmanager
    def _forgiven(self) -> Iterator[None]:
        try:
            yield
        except HostError:
            if not self.best_effort:
                raise


def _event(kind: EventKind, phase: Phase, text: str) -> Event:
    at = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
    return Event(at=at, kind=kind, phase=phase, text=text)


def describe(error: BaseException) -> str:
    """Return an error as a sentence: the text of one of ours, the kind alone of any other, which may hold anything."""
    return str(error) if isinstance(error, WizardError) else f"an internal error ({type(error).__name__})"
