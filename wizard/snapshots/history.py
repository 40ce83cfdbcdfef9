"""What is in force on a host, and the order in which it was applied.

An apply gives its server a new state, and a rollback restores the one before what it rolls back; a
rollback of a rollback does the same. A state is the list of applies in force, so two equal lists are one
state, whatever led to it. Each record says in which state its server was, so old ones may be removed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wizard.errors import SnapshotError
from wizard.model.snapshot import Snapshot
from wizard.model.value import Value
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.reader import SnapshotReader

State = tuple[str, ...]
"""Ids of applies, the oldest first; the first state has none."""

_IN_FORCE = frozenset({"open", "applied"})
"""States of the snapshot of an apply that was not rolled back."""


class Entry(Value, frozen=True, kw_only=True):
    """One apply, or one rollback, with its snapshot."""

    snapshot: Snapshot
    footprint: ApplyRecord
    damage: str = ""
    """Why nothing is known of its footprint; what it touched still counts."""

    @property
    def id(self) -> str:
        """Of its snapshot."""
        return self.snapshot.id


class History:
    """All applies and rollbacks of a host, as its store has them now.

    Raises:
        NotPermittedError: this user may not look.
    """

    def __init__(self, store: SnapshotReader) -> None:
        self._store = store
        self.entries = _in_order([_entry(store, snapshot) for snapshot in store.listing()])
        """In the order in which they came, the oldest first."""
        self._by_id = {entry.id: entry for entry in self.entries}
        self._undone = {entry.footprint.reverts for entry in self.entries if not _repeats(entry)}
        self._lines: dict[str, _StateChain] = {}
        for entry in self.entries:
            line = self._lines.setdefault(entry.snapshot.instance, _StateChain())
            before = line.now if entry.footprint.on_state is None else entry.footprint.on_state
            line.append(entry, before, self._reached(entry, before, line))

    def in_force(self, instance: str) -> tuple[Entry, ...]:
        """Return what is in force on one server, the newest first; an apply that was made again counts as itself."""
        line = self._lines.get(instance)
        return tuple(line.steps_down()) if line else ()

    def active(self) -> tuple[Entry, ...]:
        """Return what is in force on all servers, the oldest first."""
        found = {entry.id for instance in self._lines for entry in self.in_force(instance)}
        return tuple(entry for entry in self.entries if entry.id in found)

    def active_after(self, snapshot: Snapshot) -> tuple[Entry, ...]:
        """Return what is in force on all servers and came after a snapshot, the oldest first."""
        place = [entry.id for entry in self.entries].index(snapshot.id)
        later = {entry.id for entry in self.entries[place + 1 :]}
        return tuple(entry for entry in self.active() if entry.id in later)

    def newest(self, instance: str = "") -> Entry | None:
        """Return what a rollback without a name rolls back; of any server when none is named."""
        found = [entry for entry in self.active() if instance in {"", entry.snapshot.instance}]
        return found[-1] if found else None

    def last_rollback(self, instance: str = "") -> Entry | None:
        """Return the newest rollback that can be rolled back now; of any server when none is named."""
        lines = {name: line for name, line in self._lines.items() if instance in {"", name}}
        for entry in reversed(self.entries):
            line = lines.get(entry.snapshot.instance)
            if line and entry.footprint.reverts and line.now == line.after[entry.id] and line.reverted(entry.id):
                return entry
        return None

    def is_redo(self, entry: Entry) -> bool:
        """Return whether putting its snapshot back makes an apply again: it was taken by a rollback."""
        steps = 0
        while entry.footprint.reverts and steps <= len(self._by_id):
            steps += 1
            if (undone := self._by_id.get(entry.footprint.reverts)) is None:
                break
            entry = undone
        return steps % 2 == 1

    def state(self, instance: str) -> State:
        """Return the state that a server is in."""
        line = self._lines.get(instance)
        return line.now if line else ()

    def before(self, snapshot: Snapshot) -> State:
        """Return the state that putting a snapshot back leads to."""
        return self._lines[snapshot.instance].before[snapshot.id]

    def newer_than(self, snapshot: Snapshot) -> tuple[Entry, ...]:
        """Return what is in force on top of the state that came of a snapshot, the newest first."""
        line = self._lines[snapshot.instance]
        return line.newer(line.after[snapshot.id]) or ()

    def ensure_topmost(self, snapshot: Snapshot) -> None:
        """See that a snapshot is restored over the state that came of it; over any other one it would be half of two.

        Over the state that it leads to it may be restored too: so a rollback is finished that left a part.

        Raises:
            SnapshotError: it is not its turn; the text names what is.
        """
        line = self._lines[snapshot.instance]
        if line.now in {line.before[snapshot.id], line.after[snapshot.id]}:
            return
        above = line.newer(line.after[snapshot.id])
        if above is None:
            raise SnapshotError(self._not_in_force(snapshot))
        # A damaged one blocks no rollback: without it this is the best that is left.
        usable = [entry.id for entry in above if not self._store.verify(entry.snapshot)]
        if usable:
            newer = f"{usable[0]} is" if len(usable) == 1 else f"{len(usable)} snapshots are"
            raise SnapshotError(
                f"{newer} newer and in force on {snapshot.instance}; "
                f"first roll back {usable[0]}: redis-wizard rollback {usable[0]}"
            )

    def next_sequence(self) -> int:
        """Return the next place in the order."""
        return max((entry.footprint.sequence for entry in self.entries), default=0) + 1

    # --- inside --------------------------------------------------------------------------------

    def _reached(self, entry: Entry, before: State, line: "_StateChain") -> State:
        """Return the state that its server was in after it."""
        marks, state = entry.footprint, entry.snapshot.state
        if not marks.reverts:
            # One that is neither rolled back nor in force rolled itself back, or has not started.
            begun = state != "open" or marks.sequence or entry.damage
            stood = (state in _IN_FORCE and begun) or entry.id in self._undone
            return (*before, entry.id) if stood else before
        undone = self._by_id.get(marks.reverts)
        if undone is None or undone.snapshot.state != "rolled-back":
            return before
        return line.before.get(marks.reverts, before) if marks.restores_state is None else marks.restores_state

    def _not_in_force(self, snapshot: Snapshot) -> str:
        newest = next(iter(self.in_force(snapshot.instance)), None)
        last = self.last_rollback(snapshot.instance)
        if newest is not None:
            remedy = f"{newest.id} is: redis-wizard rollback {newest.id} rolls it back"
        elif last is not None:
            remedy = f"nothing is; redis-wizard rollback {last.id} rolls back the last rollback"
        else:
            remedy = "and no other apply is"
        return f"{snapshot.id} is not in force on {snapshot.instance}, {remedy}"


@dataclass(slots=True)
class _StateChain:
    """The way of one server from state to state."""

    now: State = ()
    before: dict[str, State] = field(default_factory=dict)
    """By entry, the state before it."""
    after: dict[str, State] = field(default_factory=dict)
    _ways: dict[State, Entry] = field(default_factory=dict)
    """By state, what leads back from it: what led up to it last."""

    def append(self, entry: Entry, before: State, after: State) -> None:
        """Follow one entry."""
        self.before[entry.id], self.after[entry.id], self.now = before, after, after
        if len(after) > len(before):
            self._ways[after] = entry

    def steps(self) -> Iterator[tuple[State, Entry | None]]:
        """Return each state on the way from the present one to the first, with what leads back from it.

        Nothing does where that is lost.
        """
        state = self.now
        while state:
            entry = self._ways.get(state)
            yield state, entry
            state = self.before[entry.id] if entry else state[:-1]
        yield state, None

    def steps_down(self) -> Iterator[Entry]:
        """Return what leads back, the newest first."""
        return (entry for _state, entry in self.steps() if entry)

    def newer(self, wanted: State) -> tuple[Entry, ...] | None:
        """Return what leads back to a state, the newest first; ``None`` when it is not on the way."""
        found: list[Entry] = []
        for state, entry in self.steps():
            if state == wanted:
                return tuple(found)
            found += [entry] if entry else []
        return None

    def reverted(self, name: str) -> bool:
        """Return whether an entry took something back."""
        return len(self.after[name]) < len(self.before[name])


def _repeats(entry: Entry) -> bool:
    """Return whether a rollback found its server in the state that it leads to: one that left a part was finished."""
    return entry.footprint.on_state is not None and entry.footprint.on_state == entry.footprint.restores_state


def _entry(store: SnapshotReader, snapshot: Snapshot) -> Entry:
    try:
        return Entry(snapshot=snapshot, footprint=store.footprint(snapshot.id))
    except SnapshotError as error:
        return Entry(snapshot=snapshot, footprint=ApplyRecord(digests={}), damage=str(error))


def _in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The clock may have been set, so it decides only for those that have no place in the order."""
    by_time = sorted(entries, key=_time)
    ordered = sorted((each for each in by_time if each.footprint.sequence), key=lambda each: each.footprint.sequence)
    for each in (each for each in by_time if not each.footprint.sequence):
        later = (number for number, other in enumerate(ordered) if _time(other) > _time(each))
        ordered.insert(next(later, len(ordered)), each)
    return tuple(ordered)


def _time(entry: Entry) -> tuple[str, str]:
    return entry.snapshot.taken_at, entry.id
