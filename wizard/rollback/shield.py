"""Keep a service account from renaming and linking in the directories in which a rollback restores files.

A directory that another user than root can write is tightened before the first write inside it, and loosened after
the last one. What it was is on the disk before, so that the next attempt loosens it too. Directories that the server
itself writes while it runs (data, log, socket, process id) stay as they are.
"""

import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.changes.account import group_of
from wizard.changes.rollback_context import RollbackContext
from wizard.config import configuration_of
from wizard.errors import HostError, InputError, SnapshotError
from wizard.jobs import requests
from wizard.model.event import Phase
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.snapshot import SavedPath
from wizard.model.value import Value, from_json, to_json
from wizard.snapshots.ownership import rights_of, with_rights
from wizard.snapshots.planted import clear_away, is_planted, trusted
from wizard.snapshots.store import own_names

_RECORD = "tightened.json"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_WRITTEN = ("dir", "logfile", "unixsocket", "pidfile")
"""Directives that name what the server makes while it runs."""


class Tightened(Value, frozen=True, kw_only=True):
    """Directories that are tightened now."""

    rights: dict[str, str]
    """Owner and mode as they were, by path, as ``2770 redis:redis``."""


def tighten(work: RollbackContext) -> None:
    """Tighten every directory on the way to a path of the snapshot, and clear away what was planted there.

    What the machine refuses is left: the write that needs it says why. It can be called again.
    """
    known = {status.path: _bare(status) for status in work.snapshot.ways}
    known |= {saved.status.path: saved for saved in work.snapshot.paths}
    written = frozenset(_written_by_the_server(work))
    ways = {each for saved in work.snapshot.paths for each in saved.status.path.parents}
    ways |= {path for path, saved in known.items() if saved.status.kind is FileKind.DIRECTORY}
    # A directory comes before its contents: afterwards no other user can rename there.
    for path in sorted({*ways, *known}):
        with suppress(HostError, SnapshotError):
            if path in known:
                _clear(work, known[path])
            if path in ways and path not in written:
                _tighten(work, path, known.get(path))


def loosen(work: RollbackContext) -> None:
    """Give the directories back what they had, the innermost first; call it after the last write."""
    found = _tightened(work).rights
    for path in sorted(map(PurePosixPath, found), reverse=True):
        with suppress(HostError):
            if work.host.status(path).kind is FileKind.DIRECTORY:
                _set(work, path, found[str(path)])
    if found:
        with suppress(HostError):
            work.host.remove(_place(work))


# --- what was planted ----------------------------------------------------------------------------


def _clear(work: RollbackContext, saved: SavedPath) -> None:
    now = work.host.status(saved.status.path)
    if not is_planted(work.host, saved, now):
        return
    said = clear_away(work.host, now, work.snapshot.id)
    work.journal.note(Phase.ROLLBACK, said)
    work.messages.append(said)
    if saved.status.kind is FileKind.FILE:
        _fill(work, saved)


def _fill(work: RollbackContext, saved: SavedPath) -> None:
    """Write what the apply left, or what was there first: the data of the server are judged by what its file says."""
    was, left = saved.status, work.footprint.digests.get(str(saved.status.path), "")
    blob = left if left and work.store.has(left) else saved.blob
    text = work.store.blob(blob)
    work.host.write(was.path, text, expected="", owner=was.owner, group=was.group, mode=was.mode)


def _bare(status: FileStatus) -> SavedPath:
    return SavedPath(status=status, blob="", attributes={})


# --- directories ---------------------------------------------------------------------------------


def _tighten(work: RollbackContext, path: PurePosixPath, saved: SavedPath | None) -> None:
    now = work.host.status(path)
    if now.kind is FileKind.ABSENT and saved is not None and saved.status.kind is FileKind.DIRECTORY:
        _make(work, saved.status)
    elif now.kind is FileKind.DIRECTORY and _is_loose(work, now):
        _remember(work, now)
        _set(work, path, _tight(work, now))


def _make(work: RollbackContext, was: FileStatus) -> None:
    """Make a missing directory with rights by which no other user can write."""
    wanted = was
    if _is_loose(work, was):
        _remember(work, was)
        wanted = with_rights(_bare(was), _tight(work, was)).status
    work.host.make_directory(was.path, owner=wanted.owner, group=wanted.group, mode=wanted.mode)


def _is_loose(work: RollbackContext, now: FileStatus) -> bool:
    """Return whether another user can rename its contents; in a sticky directory of root none can."""
    ours = now.owner in trusted(work.host)
    return not ours or bool(now.mode & _OTHERS_WRITE and not now.mode & stat.S_ISVTX)


def _tight(work: RollbackContext, now: FileStatus) -> str:
    """Return rights with which the server still reads: those of the apply, else its group reads as its owner did."""
    planned = work.footprint.rights.get(str(now.path), "")
    if planned and not _is_loose(work, with_rights(_bare(now), planned).status):
        return planned
    mode = now.mode & ~_OTHERS_WRITE
    owner, group = own_names(work.host)[0], now.group
    if now.owner not in trusted(work.host):
        group = group_of(work.host, work.instance) if work.instance else now.group
        mode |= (now.mode >> 3) & (stat.S_IRGRP | stat.S_IXGRP)
    return f"{mode:04o} {owner}:{group}"


def _set(work: RollbackContext, path: PurePosixPath, rights: str) -> None:
    mode, _, names = rights.partition(" ")
    owner, _, group = names.partition(":")
    if rights_of(work.host.status(path)) != rights:
        work.host.set_mode(path, owner=owner, group=group, mode=int(mode, 8))


def _written_by_the_server(work: RollbackContext) -> Iterator[PurePosixPath]:
    """Name the directories in which the server makes files while it runs."""
    instance = work.instance
    if instance is None:
        return
    yield from (each.path.parent for each in (instance.dump, instance.append_only) if each is not None)
    config = configuration_of(instance)
    for name in _WRITTEN:
        for text in (config.in_force(name) or "", config.after_start(name)):
            if text.startswith("/"):
                yield PurePosixPath(text) if name == "dir" else PurePosixPath(text).parent


# --- the record ----------------------------------------------------------------------------------


def _place(work: RollbackContext) -> PurePosixPath:
    return requests.directory_of(work.host, work.journal.identity) / _RECORD


def _tightened(work: RollbackContext) -> Tightened:
    try:
        return from_json(Tightened, work.host.read(_place(work)))
    except (HostError, InputError):
        return Tightened(rights={})


def _remember(work: RollbackContext, now: FileStatus) -> None:
    """Write down what a directory is, once; what an earlier attempt saw counts."""
    known = _tightened(work).rights
    if str(now.path) in known:
        return
    owner, group = own_names(work.host)
    text = to_json(Tightened(rights={**known, str(now.path): rights_of(now)}))
    work.host.write(_place(work), text.encode(), expected=None, owner=owner, group=group, mode=0o600)
