"""The journal: what is about to be done, written down before it is done, and again after.

One JSON object a line in ``<state>/applies/<id>/journal.jsonl``, 0600. Intents, ends and decisions are
durable before the next act; progress is not waited for. It is the one truth about an apply: a follower
reads it, a program that confirms or revokes appends to it, and the first of these two decisions counts.

::

    no decision ─┬─ CONFIRMED, while it waits for it ─► it stays, and is finished
                 └─ REVOKED, or none in time         ─► it is rolled back

No journal allows both: a decision binds every later program, and none is accepted after its deadline or
after a rollback has started. No line holds a secret.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import PurePosixPath

from wizard.errors import ApplyError, InputError, NotFoundError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import boot_clock, requests
from wizard.jobs.lock import wait_for_lock
from wizard.model.event import Event, EventKind, Outcome, Phase
from wizard.model.exposure import Exposure
from wizard.model.value import from_json, replace, to_line

DECISION_SECONDS = 10.0
"""How long the decision lock is waited for; it is held for one line."""


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
        """Its outcome, ``None`` while it is open."""
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
    """Return the path of the journal of an apply."""
    return requests.directory_of(host, identity) / "journal.jsonl"


def read(host: HostReader, identity: str) -> Record:
    """Read a journal; an empty one when it was not started. An incomplete last line is left for the next read."""
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
    """Append a decision unless there is one, durably. For the process that works on it; others `confirm` or revoke.

    Args:
        host: The machine.
        identity: Of the apply.
        kind: CONFIRMED or REVOKED.
        text: Who decided and why, for people.

    Returns:
        The decision that counts: this one, or the one that was there before.

    Raises:
        BusyError: another process holds the decision lock and does not release it.
        HostError: it could not be written; nothing was decided.
    """
    with deciding(host, identity):
        return read(host, identity).decision or append_decision(host, identity, kind, text)


def confirm(host: Host, identity: str, text: str) -> Event:
    """Decide that it stays, durably; after the deadline decide that it is rolled back.

    Returns:
        The decision that counts.

    Raises:
        ApplyError: it is not verified yet, so it cannot be confirmed.
        BusyError, HostError: as `decide`.
    """
    with deciding(host, identity):
        record = read(host, identity)
        if record.decision is not None:
            return record.decision
        if not record.verified:
            newest = f" ({record.events[-1].phase}: {record.events[-1].text})" if record.events else ""
            raise ApplyError(
                f"{identity} is not verified yet{newest}; redis-wizard status shows when you can confirm it"
            )
        if record.confirmable:
            return append_decision(host, identity, EventKind.CONFIRMED, text)
        return append_decision(host, identity, EventKind.REVOKED, "no confirmation came in time")


def deciding(host: Host, identity: str) -> AbstractContextManager[None]:
    """Hold the decision lock."""
    return wait_for_lock(host, requests.directory_of(host, identity) / "decision.lock", seconds=DECISION_SECONDS)


def append_decision(host: Host, identity: str, kind: EventKind, text: str) -> Event:
    """Append a decision, and return the one that counts; for those who hold the lock, or found it held for too long."""
    event = event_now(kind, Phase.CONFIRM, text)
    append(host, identity, [event], durable=True)
    # Where this decision does not count, a process that did not wait for the lock was first.
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


def event_now(kind: EventKind, phase: Phase, text: str) -> Event:
    """Return an event of this moment."""
    at = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
    return Event(at=at, kind=kind, phase=phase, text=text)
