"""Forget old snapshots: which ones, and in an order that a power cut cannot turn into damage."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind
from wizard.model.snapshot import DamagedSnapshot, Snapshot
from wizard.model.value import Value, replace
from wizard.snapshots.history import History
from wizard.snapshots.integrity import orphaned_blobs
from wizard.snapshots.private_keys import UNDONE, held, is_key
from wizard.snapshots.reader import SnapshotReader, is_name
from wizard.snapshots.store import Store

_NOTHING: Mapping[str, str] = MappingProxyType({})


class PruneDecision(Value, frozen=True, kw_only=True):
    """A snapshot, and why it stays or goes."""

    id: str
    why: str


class Pruning(Value, frozen=True, kw_only=True):
    """What stays, and what goes or went."""

    schema: str = "redis-wizard/snapshots-prune"
    version: int = 1
    done: bool
    """False when it was only looked at."""
    kept: tuple[PruneDecision, ...]
    """The newest first."""
    removed: tuple[PruneDecision, ...]
    records: tuple[str, ...]
    """Applies and rollbacks whose journals go."""
    blobs: tuple[str, ...]
    """Stored bytes that no snapshot mentions afterwards, by digest."""
    private_keys: tuple[PurePosixPath, ...] = ()
    """Private keys whose bytes are among them: the paths that they had."""
    kept_keys: tuple[PurePosixPath, ...] = ()
    """Private keys whose bytes stay in a snapshot."""
    freed: int
    """Bytes of all these files."""

    @property
    def empty(self) -> bool:
        """There is nothing to remove."""
        return not (self.removed or self.records or self.blobs)


def plan_prune(
    host: HostReader, *, keep: int, needed: Mapping[str, str] = _NOTHING, private_keys: bool = False
) -> Pruning:
    """Say what `prune` would do.

    Args:
        host: Where.
        keep: How many of the newest stay in any case.
        needed: Snapshots, and applies with their journals, that must stay, with the reason.
        private_keys: Those of rollbacks, and of what was rolled back, go whatever `keep` says if they hold a private
            key. What is in force can be rolled back as before; such a rollback can no longer be rolled back itself.

    Raises:
        HostError: a snapshot that would stay cannot be read, so the bytes that it needs are not known.
    """
    store = SnapshotReader(host)
    history, damaged = History(store), store.survey()[1]
    sound = tuple(entry.snapshot for entry in reversed(history.entries))
    needed = {**{each.id: "the operator keeps it" for each in sound if each.kept}, **needed}
    keys = {each.id: held(store, each) for each in sound}
    unwanted = _with_keys(history, keys) if private_keys else frozenset[str]()
    ways, last = _ways(history), _last(history)
    kept = {**_kept(sound, keep, {**last, **ways, **needed})}
    reasons = _with(history, {name: why for name, why in kept.items() if name not in unwanted - {*ways, *needed}})
    reasons |= {each.id: each.why for each in damaged if _stays(store, each, sound, keep, needed)}
    names = [*(each.id for each in sound), *(each.id for each in damaged)]
    gone = {name: _why_gone(name, damaged, keep, unwanted) for name in names if name not in reasons}
    records = tuple(_records(host, {*reasons, *needed}, gone, keep))
    blobs = _unneeded(store, [each for each in sound if each.id not in gone], [n for n in names if n not in gone])
    return Pruning(
        done=False,
        kept=_reasoned(reasons),
        removed=_reasoned(gone),
        records=records,
        blobs=blobs,
        private_keys=_paths(keys, lambda digest: digest in blobs),
        kept_keys=_paths(keys, lambda digest: digest not in blobs),
        freed=sum(map(store.size, gone)) + sum(map(store.blob_size, blobs)) + _size(host, records),
    )


def prune(host: Host, wanted: Pruning) -> Pruning:
    """Remove what `plan_prune` named: snapshots first, then their journals, and last the bytes that none mentions.

    Interrupted at any moment it leaves only whole snapshots, and things that the next run removes.
    """
    store = Store(host)
    for each in reversed(wanted.removed):
        store.delete(each.id)
    for name in wanted.records:
        _remove(host, _record(host, name))
    for blob in wanted.blobs:
        store.delete_blobs(blob)
    return replace(wanted, done=True)


def _unneeded(store: SnapshotReader, sound: Sequence[Snapshot], names: Sequence[str]) -> tuple[str, ...]:
    """Name the stored bytes that no kept snapshot mentions, and the private keys that none of them restores.

    A footprint mentions what its apply wrote, keys too, of which it keeps no copy: one that a rollback kept goes
    with the rollback.
    """
    loose = set(orphaned_blobs(store, names))
    needed = {saved.blob for each in sound for saved in each.paths}
    damaged = set(names) - {each.id for each in sound}
    needed |= {digest for name in damaged if is_name(name) for digest in store.references(name)}
    keys = {blob for blob in store.blobs() if blob not in needed and is_key(store, blob)}
    return tuple(sorted(loose | keys))


def _with_keys(history: History, keys: Mapping[str, Mapping[PurePosixPath, str]]) -> frozenset[str]:
    """Name the snapshots of what was rolled back that hold a private key, and the rollbacks that depend on those."""
    undone = [entry for entry in history.entries if entry.snapshot.state in UNDONE]
    found = {entry.id for entry in undone if keys.get(entry.id)}
    for entry in undone:
        # In their order: what a rollback rolled back came before it.
        found |= {entry.id} if entry.footprint.reverts in found else set()
    return frozenset(found)


def _paths(keys: Mapping[str, Mapping[PurePosixPath, str]], wanted: Callable[[str], bool]) -> tuple[PurePosixPath, ...]:
    return tuple(sorted({path for held in keys.values() for path, digest in held.items() if wanted(digest)}))


def _ways(history: History) -> dict[str, str]:
    """Name the way back of each server."""
    newest = {name: history.newest(name) for name in _instances(history)}
    return {entry.id: f"the rollback of {name}" for name, entry in newest.items() if entry is not None}


def _last(history: History) -> dict[str, str]:
    """Name the way back from the last rollback of each server."""
    last = {name: history.last_rollback(name) for name in _instances(history)}
    return {
        e.id: f"the last rollback of {name} can be rolled back with it" for name, e in last.items() if e is not None
    }


def _instances(history: History) -> frozenset[str]:
    return frozenset(entry.snapshot.instance for entry in history.entries)


def _kept(sound: Iterable[Snapshot], keep: int, needed: Mapping[str, str]) -> dict[str, str]:
    reasons: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for position, each in enumerate(sound):
        newest = (each.state, each.instance) not in seen
        seen.add((each.state, each.instance))
        if each.id in needed:
            reasons[each.id] = needed[each.id]
        elif each.state == "open":
            reasons[each.id] = "its apply is still open"
        elif newest and each.state == "undo":
            reasons[each.id] = f"the newest one of a rollback of {each.instance} took"
        elif position < keep:
            reasons[each.id] = "one of the newest"
    return reasons


def _with(history: History, kept: Mapping[str, str]) -> dict[str, str]:
    """Keep with the kept ones what they rolled back, and what is in force after them.

    Without the first it would not be known whether a rollback made an apply again; without the second they
    would be restored over a state that does not follow from them.
    """
    entries = {entry.id: entry for entry in history.entries}
    found = dict(kept)
    while True:
        more = {entries[name].footprint.reverts: f"{name} depends on it" for name in found}
        for name in found:
            more |= {
                above.id: f"it is in force and newer than {name}"
                for above in history.newer_than(entries[name].snapshot)
            }
        more = {name: why for name, why in more.items() if name in entries and name not in found}
        if not more:
            return found
        found |= more


def _stays(
    store: SnapshotReader, damaged: DamagedSnapshot, sound: tuple[Snapshot, ...], keep: int, needed: Mapping[str, str]
) -> bool:
    """Keep a damaged one as long as a sound one of its age: an administrator may still copy bytes from it."""
    if damaged.id in needed or not is_name(damaged.id):
        return True
    older = len(sound) >= keep and (keep == 0 or damaged.id < sound[keep - 1].id)
    return not older and bool(store.references(damaged.id))


def _why_gone(name: str, damaged: Iterable[DamagedSnapshot], keep: int, unwanted: Collection[str]) -> str:
    if name in unwanted:
        return "it holds private keys of an apply that was rolled back, or depends on one that does"
    return next((each.why for each in damaged if each.id == name), f"older than the newest {keep}")


def _records(host: HostReader, kept: Collection[str], gone: Collection[str], keep: int) -> Iterator[str]:
    """Name the journals of removed snapshots, and all but the newest of those that never had one."""
    alone = 0
    for name in sorted(host.entries(host.state / "applies"), reverse=True):
        if name in kept:
            continue
        alone += name not in gone
        if name in gone or alone > keep:
            yield name


def _reasoned(reasons: Mapping[str, str]) -> tuple[PruneDecision, ...]:
    return tuple(PruneDecision(id=name, why=why) for name, why in sorted(reasons.items(), reverse=True))


def _record(host: HostReader, name: str) -> PurePosixPath:
    return host.state / "applies" / name


def _size(host: HostReader, records: Iterable[str]) -> int:
    found = (host.status(path) for name in records for path in _files(host, _record(host, name)))
    return sum(status.size for status in found if status.kind is not FileKind.DIRECTORY)


def _files(host: HostReader, path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Return what is below a directory, and the directory itself last."""
    if host.status(path).kind is FileKind.DIRECTORY:
        for name in host.entries(path):
            yield from _files(host, path / name)
    yield path


def _remove(host: Host, path: PurePosixPath) -> None:
    for each in _files(host, path):
        host.remove(each)
