"""The old file under a second name, from just before an apply replaces it until the apply has finished.

Restoring it is one rename: it needs no free block, and restores inode, times, links and attributes.
Its name follows from the file's own name and the apply's id alone, so a recovery after a crash finds it
without a record. It begins with a dot and never ends in ``.conf`` or as a unit does, so no
``include *.conf``, no sysctl.d and no unit directory loads it. The directory may belong to a service
account: what has the name is used only when it is the file that the snapshot saw.

Source:
    glob(7): a wildcard matches no leading dot. sysctl.d(5), systemd.unit(5): names end in ``.conf``, or
    in a type of unit.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.errors import HostError
from wizard.host.port import Host
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.snapshot import SavedPath, Snapshot
from wizard.model.value import replace

_SECOND = re.compile(r"\.(?P<file>.+)\.rw-(?P<mark>[0-9A-Za-z-]+)")
_HALF = re.compile(r"[0-9a-f]{12}")
"""Ends the name of a file that is still being written; see `wizard.host.files.replace`."""


def backup_name(path: PurePosixPath, identity: str) -> str:
    """Return the second name of a file during one apply."""
    return f".{path.name}.rw-{identity}"


def back_up(host: Host, snapshot: Snapshot, path: PurePosixPath) -> bool:
    """Keep a file that is about to be replaced; tell whether it is kept.

    It goes on without where that is not possible (no hard links, the name is taken): the snapshot has
    the bytes.
    """
    saved = _saved(snapshot, path)
    if saved is None or saved.kind is not FileKind.FILE:
        return False
    try:
        host.hard_link_backup(saved.path, backup_name(saved.path, snapshot.id))
    except HostError:
        return False
    return True


def back_up_by_other_link(host: Host, saved: SavedPath, identity: str) -> None:
    """Find the old file by another name that it still has: restored from it, it has all its names again."""
    was = saved.status
    for name in saved.twins:
        twin = host.status(was.path.with_name(name), digest=True)
        if replace(twin, path=was.path, links=twin.links + 1) == was:
            with suppress(HostError):
                host.hard_link_backup(twin.path, backup_name(was.path, identity))
            return


def restore_backup(host: Host, was: FileStatus, now: FileStatus, identity: str) -> bool:
    """Restore the backup of a file; false where there is none, or it cannot be restored.

    Args:
        host: Where.
        was: The file as the snapshot saw it.
        now: What is there now: nothing, or a regular file with its digest.
        identity: Of the apply.
    """
    name = backup_name(was.path, identity)
    with suppress(HostError):
        if host.status(was.path.with_name(name)).kind is FileKind.FILE:
            host.restore_backup(was.path, name, expected=was.digest, owner=was.owner, replaces=now.digest)
            return True
    return False


def delete_backups(host: Host, *snapshots: Snapshot) -> tuple[str, ...]:
    """Remove what applies left beside their files, once they have ended, however they did.

    Returns:
        One sentence for each that could not be removed.
    """
    kinds = {FileKind.FILE, FileKind.ABSENT}
    found: defaultdict[PurePosixPath, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for snapshot in snapshots:
        for path in (saved.status.path for saved in snapshot.paths if saved.status.kind in kinds):
            found[path.parent][path.name].add(snapshot.id)
    return tuple(sentence for directory, files in found.items() for sentence in _clear(host, directory, files))


def delete_leftovers(host: Host, path: PurePosixPath, identity: str = "") -> tuple[str, ...]:
    """Remove what an apply left beside one file; without its id the new file of a killed write alone.

    That is the kept file, used or not, and the new file of a write that was killed before its rename,
    which may hold a key, and would keep a directory from being removed.

    Returns:
        One sentence for each that could not be removed.
    """
    return tuple(_clear(host, path.parent, {path.name: {identity}}))


def _clear(host: Host, directory: PurePosixPath, files: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Remove the second names of files in one directory, given by name with the applies that kept them."""
    try:
        for name in host.entries(directory):
            ours = _SECOND.fullmatch(name)
            if ours and (ours["mark"] in files.get(ours["file"], ()) or _unfinished(ours, files)):
                yield from _remove(host, directory / name)
    except HostError as error:
        yield f"{directory} could not be checked for leftovers: {error}"


def _unfinished(ours: re.Match[str], files: Collection[str]) -> bool:
    return ours["file"] in files and _HALF.fullmatch(ours["mark"]) is not None


def _remove(host: Host, path: PurePosixPath) -> Iterator[str]:
    """Remove what has such a name; a link or pipe there was planted, and a directory is not the product's."""
    try:
        if host.status(path).kind is not FileKind.DIRECTORY:
            host.remove(path)
    except HostError as error:
        yield f"{path} is a leftover and could not be removed: {error}"


def _saved(snapshot: Snapshot, path: PurePosixPath) -> FileStatus | None:
    """Return the file that a path led to when the snapshot was taken."""
    known = {saved.status.path: saved.status for saved in snapshot.paths}
    for _ in known:
        found = known.get(path)
        if found is None or found.kind is not FileKind.LINK:
            return found
        path = found.absolute_target
    return None
