"""Edits that somebody made since an apply, and that going back would overwrite.

A file that has neither the bytes of the snapshot nor those that an apply left was written by somebody
else. What may not live here: whether to go back all the same.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from wizard.errors import SnapshotError
from wizard.host.port import Host
from wizard.model.facts import FileKind, FileStatus
from wizard.model.snapshot import SavedPath, Snapshot
from wizard.model.text import clean
from wizard.model.value import Value
from wizard.snapshots.contents import compare_contents
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.history import History
from wizard.snapshots.store import BLOB_LIMIT, Store, link_target


class HandEdit(Value, frozen=True, kw_only=True):
    """One file that somebody changed."""

    path: PurePosixPath
    what: str
    """One sentence: what was done, and what becomes of it."""
    diff: str = ""
    """What is lost: from the text as it is now to the one that the apply left, or else to the one that
    comes back. Unified, secrets masked."""


def hand_edits(host: Host, store: Store, snapshot: Snapshot) -> tuple[HandEdit, ...]:
    """Find what going back to a snapshot would overwrite of others' work, in the order of its paths.

    Raises:
        HostError: a file cannot be read.
        SnapshotError: the snapshot is damaged.
    """
    left = _left_by_applies(store, snapshot)
    found = (_edit(host, store, saved, left.get(saved.status.path, ())) for saved in snapshot.paths)
    return tuple(each for each in found if each is not None)


def lines(edits: Iterable[HandEdit]) -> tuple[str, ...]:
    """Say them for people, each line safe to show."""
    rows = [row for edit in edits for row in (edit.what, *(f"    {line}" for line in edit.diff.splitlines()))]
    return tuple(clean(row) for row in rows)


def _edit(host: Host, store: Store, saved: SavedPath, left: tuple[str, ...]) -> HandEdit | None:
    was, now = saved.status, host.status(saved.status.path, digest=True)
    known = {was.digest, *left} if was.kind is FileKind.FILE else set(left)
    if was.kind not in {FileKind.FILE, FileKind.ABSENT} or not known or _digest(now) in known:
        return None
    if was.kind is FileKind.ABSENT:
        gone = now.kind is FileKind.ABSENT
        return None if gone else HandEdit(path=was.path, what=f"{was.path} was changed by hand since; it is kept.")
    if now.kind is FileKind.ABSENT:
        return HandEdit(path=was.path, what=f"{was.path} was removed by hand since; it comes back.")
    if now.kind is not FileKind.FILE:
        return HandEdit(path=was.path, what=f"{was.path} is now a {now.kind}; it is kept.")
    what = f"{was.path} was changed by hand since; that text is kept in the newer snapshot."
    base = _first_readable(store, (*left, was.digest))
    shown = compare_contents(was.path, host.read(was.path, limit=BLOB_LIMIT), base)
    return HandEdit(path=was.path, what=what, diff=shown.diff)


def _digest(status: FileStatus) -> str:
    """Give the digest of a file, nothing where there is none, and what no file has for anything else."""
    return status.digest if status.kind in {FileKind.FILE, FileKind.ABSENT} else status.kind


def _first_readable(store: Store, digests: Iterable[str]) -> bytes:
    """Give the text to compare with: what an apply wrote is kept unless it is a key, what was there always."""
    failure = SnapshotError("the store has no text to compare with")
    for digest in filter(None, digests):
        try:
            return store.blob(digest)
        except SnapshotError as error:
            failure = error
    raise failure


def _left_by_applies(store: Store, snapshot: Snapshot) -> dict[PurePosixPath, tuple[str, ...]]:
    """Give what this change and later ones left in each file, the newest first; of a link where it leads."""
    written_since = ((each.snapshot, each.footprint) for each in reversed(History(store).standing_after(snapshot)))
    found: dict[PurePosixPath, tuple[str, ...]] = {}
    for taken, footprint in (*written_since, (snapshot, store.footprint(snapshot.id))):
        for path, digest in written(taken, footprint).items():
            found[path] = (*found.get(path, ()), digest)
    return found


def written(snapshot: Snapshot, footprint: Footprint) -> Mapping[PurePosixPath, str]:
    """Give the digest of each file that an apply writes, by where its path leads to."""
    return _ends(snapshot, footprint.digests)


def rights_left(snapshot: Snapshot, footprint: Footprint) -> Mapping[PurePosixPath, str]:
    """Give owner and mode of each path where an apply sets them, by where it leads to."""
    return _ends(snapshot, footprint.rights)


def _ends(snapshot: Snapshot, found: Mapping[str, str]) -> Mapping[PurePosixPath, str]:
    links = {saved.status.path: saved.status for saved in snapshot.paths if saved.status.kind is FileKind.LINK}
    return {_end(PurePosixPath(path), links): each for path, each in found.items()}


def _end(path: PurePosixPath, links: Mapping[PurePosixPath, FileStatus]) -> PurePosixPath:
    for _ in links:
        if path in links:
            path = link_target(links[path])
    return path
