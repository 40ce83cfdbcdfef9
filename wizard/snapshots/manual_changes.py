"""Manual changes since an apply that a rollback would overwrite.

What is neither as in the snapshot nor as an apply left it is a manual change: bytes, rights and attributes of
paths, live values of the server, units that start at boot.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath

from wizard.errors import SnapshotError, UnsupportedError
from wizard.formats.redisconf.directives import canonical, equivalent
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.snapshot import SavedPath, Snapshot
from wizard.model.text import escape
from wizard.model.value import Value
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.contents import compare_contents
from wizard.snapshots.history import History
from wizard.snapshots.ownership import (
    ON,
    describe,
    external_attributes,
    is_external,
    read_metadata,
    rights_of,
    with_rights,
)
from wizard.snapshots.reader import BLOB_LIMIT, SnapshotReader


class ManualChange(Value, frozen=True, kw_only=True):
    """One manual change."""

    path: PurePosixPath | None = None
    """``None`` for a live value or a unit."""
    what: str
    """One sentence: what was done, and what becomes of it."""
    diff: str = ""
    """What is lost: from the text as it is now to the one that the apply left, or else to the one that
    comes back. Unified, secrets masked."""


class _Came(Value, frozen=True):
    """An apply or rollback that is in force."""

    found: Snapshot
    """What was there before."""
    marks: ApplyRecord
    led_to: Snapshot | None
    """What a rollback restored; ``None`` for an apply, and where that is lost."""

    @property
    def told(self) -> bool:
        """What it left beside bytes is known."""
        return not self.marks.reverts or self.led_to is not None

    def beside(self, saved: SavedPath) -> Iterator[SavedPath]:
        """Return the rights and attributes that it set on a path, without those that it only found there."""
        if self.led_to is not None:
            yield from (each for each in self.led_to.paths if each.status.path == saved.status.path)
            return
        met = next((each.status for each in self.found.paths if each.status.path == saved.status.path), saved.status)
        rights = permissions_written(self.found, self.marks).get(saved.status.path, "")
        if rights and rights != rights_of(met):
            yield with_rights(saved, rights)

    @property
    def live(self) -> dict[str, str]:
        """What it left in the running server."""
        return self.marks.live if self.led_to is None else self.led_to.directives

    @property
    def on(self) -> dict[str, bool]:
        """Which units it left starting at boot, and which not."""
        if self.led_to is None:
            return dict.fromkeys(self.marks.enables, True)
        return {unit.name: unit.enabled in ON for unit in self.led_to.units}


def manual_changes(
    host: HostReader, store: SnapshotReader, snapshot: Snapshot, live: Mapping[str, str]
) -> tuple[ManualChange, ...]:
    """Find the manual changes that a rollback would overwrite: paths in their order, live values, units.

    Args:
        host: Where.
        store: Its snapshots.
        snapshot: The one to roll back to.
        live: The directives in the running server now; empty where no login could ask.

    Raises:
        HostError: a file cannot be read.
        SnapshotError: the snapshot is damaged.
    """
    came = _came(store, snapshot)
    left = _left(came)
    found: list[ManualChange] = []
    told = all(each.told for each in came)
    for saved in snapshot.paths:
        edit = _edit(host, store, saved, left.get(saved.status.path, ()))
        found += [edit] if edit is not None else []
        found += _beside(host, saved, came) if told else ()
    return (*found, *_live(snapshot, live, came), *_units(host, snapshot, came)) if told else tuple(found)


def lines(edits: Iterable[ManualChange]) -> tuple[str, ...]:
    """Say them for people, each line safe to show."""
    rows = [row for edit in edits for row in (edit.what, *(f"    {line}" for line in edit.diff.splitlines()))]
    return tuple(escape(row) for row in rows)


def _edit(host: HostReader, store: SnapshotReader, saved: SavedPath, left: tuple[str, ...]) -> ManualChange | None:
    was, now = saved.status, host.status(saved.status.path, digest=True)
    known = {was.digest, *left} if was.kind is FileKind.FILE else set(left)
    if was.kind not in {FileKind.FILE, FileKind.ABSENT} or not known or _digest(now) in known:
        return None
    if was.kind is FileKind.ABSENT:
        gone = now.kind is FileKind.ABSENT
        return None if gone else ManualChange(path=was.path, what=f"{was.path} was changed manually since; it stays.")
    if now.kind is FileKind.ABSENT:
        return ManualChange(path=was.path, what=f"{was.path} was removed manually since; it is restored.")
    if now.kind is not FileKind.FILE:
        return ManualChange(path=was.path, what=f"{was.path} is now a {now.kind}; it stays.")
    what = f"{was.path} was changed manually since; the newer snapshot keeps that text."
    base = _first_readable(store, (*left, was.digest))
    shown = compare_contents(was.path, host.read(was.path, limit=BLOB_LIMIT), base)
    return ManualChange(path=was.path, what=what, diff=shown.diff)


def _digest(status: FileStatus) -> str:
    """Return the digest of a file, nothing where there is none, and what no file has for anything else."""
    return status.digest if status.kind in {FileKind.FILE, FileKind.ABSENT} else status.kind


def _first_readable(store: SnapshotReader, digests: Iterable[str]) -> bytes:
    """Return the text to compare with: what an apply wrote is kept unless it is a key, what was there always."""
    failure = SnapshotError("the store has no text for a comparison")
    for digest in filter(None, digests):
        try:
            return store.blob(digest)
        except SnapshotError as error:
            failure = error
    raise failure


def _beside(host: HostReader, saved: SavedPath, came: Sequence[_Came]) -> Iterator[ManualChange]:
    path, kind = saved.status.path, saved.status.kind
    if kind not in {FileKind.FILE, FileKind.DIRECTORY} or host.status(path).kind is not kind:
        return
    now = read_metadata(host, path)
    names = external_attributes(now, saved, *(each for one in came for each in one.beside(saved)))
    for clause in describe(now, names):
        yield ManualChange(path=path, what=f"{clause}, set manually since; the newer snapshot keeps it.")


def _live(snapshot: Snapshot, live: Mapping[str, str], came: Sequence[_Came]) -> Iterator[ManualChange]:
    own = [each for each in came if each.found.instance == snapshot.instance]
    left = [{canonical(name): value for name, value in each.live.items()} for each in own]
    # A restart loses what no file has; without a record of its values after the start that is not known.
    forgetful = [values for each, values in zip(own, left, strict=True) if each.marks.restarts]
    for name, old in snapshot.directives.items():
        known = canonical(name)
        if name not in live or known == "appendonly" or any(known not in values for values in forgetful):
            continue
        ours = (values[known] for values in left if known in values)
        if is_external(live[name], old, *ours, same=partial(equivalent, name)):
            yield ManualChange(
                what=f"{name} was set to {live[name]!r} in the running server manually since; it becomes {old!r} again."
            )


def _units(host: HostReader, snapshot: Snapshot, came: Sequence[_Came]) -> Iterator[ManualChange]:
    for saved in snapshot.units:
        try:
            now = host.services.show(saved.name).enabled in ON
        except UnsupportedError:
            return
        if is_external(now, saved.enabled in ON, *(each.on[saved.name] for each in came if saved.name in each.on)):
            done, again = ("enabled", "disabled") if now else ("disabled", "enabled")
            yield ManualChange(what=f"{saved.name} was {done} manually since; it is {again} again.")


def _came(store: SnapshotReader, snapshot: Snapshot) -> tuple[_Came, ...]:
    """Return this change and later ones that are in force, the newest first."""
    since = [(each.snapshot, each.footprint) for each in reversed(History(store).active_after(snapshot))]
    known = (*since, (snapshot, store.footprint(snapshot.id)))
    return tuple(_Came(found, marks, _led_to(store, marks)) for found, marks in known)


def _led_to(store: SnapshotReader, marks: ApplyRecord) -> Snapshot | None:
    try:
        return store.load(marks.reverts) if marks.reverts else None
    except SnapshotError:
        return None


def _left(came: Sequence[_Came]) -> dict[PurePosixPath, tuple[str, ...]]:
    """Return what they left in each file, the newest first; of a link where it leads."""
    found: dict[PurePosixPath, tuple[str, ...]] = {}
    for each in came:
        for path, digest in digests_written(each.found, each.marks).items():
            found[path] = (*found.get(path, ()), digest)
    return found


def digests_written(snapshot: Snapshot, footprint: ApplyRecord) -> Mapping[PurePosixPath, str]:
    """Return the digest of each file that an apply writes, by where its path leads to."""
    return _ends(snapshot, footprint.digests)


def permissions_written(snapshot: Snapshot, footprint: ApplyRecord) -> Mapping[PurePosixPath, str]:
    """Return owner and mode of each path where an apply sets them, by where it leads to."""
    return _ends(snapshot, footprint.rights)


def _ends(snapshot: Snapshot, found: Mapping[str, str]) -> Mapping[PurePosixPath, str]:
    links = {saved.status.path: saved.status for saved in snapshot.paths if saved.status.kind is FileKind.LINK}
    return {_end(PurePosixPath(path), links): each for path, each in found.items()}


def _end(path: PurePosixPath, links: Mapping[PurePosixPath, FileStatus]) -> PurePosixPath:
    for _ in links:
        if path in links:
            path = links[path].absolute_target
    return path
