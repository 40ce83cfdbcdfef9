"""Put files back as a snapshot has them, and tell where a host differs from it."""

import base64
from collections.abc import Mapping
from pathlib import PurePosixPath

from wizard.errors import HostError, UnsupportedError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.snapshot import SavedPath
from wizard.snapshots.backups import back_up_by_other_link, delete_leftovers, restore_backup
from wizard.snapshots.ownership import rights_of
from wizard.snapshots.planted import clear_away, is_planted
from wizard.snapshots.reader import SnapshotReader

NOT_OURS = "was changed by another administrator since; it stays"


class RestoreResult:
    """What was done for one path."""

    __slots__ = ("done", "kept")

    def __init__(self, done: str = "", kept: str = "") -> None:
        self.done = done
        """What was done, in words; empty when nothing was needed."""
        self.kept = kept
        """Why it is not as it was; empty when it is."""


def restore_path(
    host: Host, store: SnapshotReader, saved: SavedPath, digests: Mapping[str, str], *, identity: str
) -> RestoreResult:
    """Make one path what it was: by the file that was kept, else from its bytes in the store.

    Args:
        host: Where.
        store: Where its bytes are.
        saved: What it was.
        digests: SHA-256 of the files that the apply wrote, by path: a file that was absent before is
            removed only when it still has these bytes.
        identity: Of the apply, by which kept files are named.

    Raises:
        HostError: the machine refuses.
        SnapshotError: its bytes are lost or damaged.
    """
    now = host.status(saved.status.path, digest=True)
    if is_planted(host, saved, now):
        clear_away(host, now, identity)
        now = host.status(saved.status.path, digest=True)
    match saved.status.kind:
        case FileKind.ABSENT:
            return _cleared(host, _remove(host, now, digests.get(str(now.path), "")), now.path, identity)
        case FileKind.FILE:
            return _cleared(host, _file(host, store, saved, now, identity), now.path, identity)
        case FileKind.DIRECTORY:
            return _directory(host, saved, now)
        case FileKind.LINK:
            return _link(host, saved.status, now)
        case FileKind.SOCKET | FileKind.OTHER:
            return RestoreResult()


def restore_metadata(host: Host, saved: SavedPath, now: FileStatus, *, done: str = "") -> str:
    """Put owner, mode and attributes of a path back where they differ; say what was done, with what was before."""
    was = saved.status
    if rights_of(now) != rights_of(was):
        host.set_mode(was.path, owner=was.owner, group=was.group, mode=was.mode)
        done = done or "rights"
    # Attributes come last: taking an ACL away leaves the mode, setting one sets the mode that it had.
    return _joined(done, _attributes(host, saved))


def difference(host: HostReader, saved: SavedPath) -> str:
    """Say how a path differs from what it was; empty when it is the same."""
    was, now = saved.status, host.status(saved.status.path, digest=True)
    if was.kind is not now.kind:
        return f"{was.path} is {_word(now.kind)}, was {_word(was.kind)}"
    if was.kind is FileKind.ABSENT:
        return ""
    if was.digest != now.digest:
        return f"{was.path} has other contents"
    return _other_difference(was, now) or (
        f"{was.path} has other extended attributes" if _attributes_differ(host, saved) else ""
    )


def _joined(one: str, other: str) -> str:
    return " and ".join(filter(None, (one, other)))


def _word(kind: FileKind) -> str:
    return "pipe or device" if kind is FileKind.OTHER else kind


def _other_difference(was: FileStatus, now: FileStatus) -> str:
    if rights_of(now) != rights_of(was):
        return f"{was.path} is {rights_of(now)}, was {rights_of(was)}"
    if was.target != now.target:
        return f"{was.path} points to {now.target}, was {was.target}"
    if was.kind is FileKind.FILE and was.links != now.links:
        return f"{was.path} has {now.links} names (hard links), had {was.links}"
    return ""


def _cleared(host: Host, put: RestoreResult, path: PurePosixPath, identity: str) -> RestoreResult:
    """Leave nothing of the apply beside a file; a directory that it made would not go otherwise."""
    left = delete_leftovers(host, path, identity)
    return RestoreResult(done=put.done, kept="; ".join((*filter(None, (put.kept,)), *left)))


def _remove(host: Host, now: FileStatus, ours: str) -> RestoreResult:
    match now.kind:
        case FileKind.ABSENT:
            return RestoreResult()
        case FileKind.FILE if now.digest == ours:
            host.remove(now.path, expected=ours)
            return RestoreResult(done="removed")
        case FileKind.DIRECTORY if not host.entries(now.path):
            host.remove(now.path)
            return RestoreResult(done="removed")
        case FileKind.DIRECTORY:
            return RestoreResult(kept=f"{now.path} contains files that were not there before; it stays")
        case _:
            return RestoreResult(kept=f"{now.path} {NOT_OURS}")


def _file(host: Host, store: SnapshotReader, saved: SavedPath, now: FileStatus, identity: str) -> RestoreResult:
    was = saved.status
    if now.kind not in {FileKind.FILE, FileKind.ABSENT}:
        return RestoreResult(kept=f"{was.path} is now a {_word(now.kind)}; it stays")
    done = "contents" if now.digest != was.digest or now.kind is FileKind.ABSENT else ""
    if done:
        back_up_by_other_link(host, saved, identity)
    if restore_backup(host, was, now, identity):
        now = host.status(was.path)
    elif done:
        data = store.blob(saved.blob)
        host.write(was.path, data, expected=now.digest, owner=was.owner, group=was.group, mode=was.mode)
        now = was
    return RestoreResult(done=restore_metadata(host, saved, now, done=done))


def _directory(host: Host, saved: SavedPath, now: FileStatus) -> RestoreResult:
    was, done = saved.status, ""
    if now.kind is FileKind.ABSENT:
        host.make_directory(was.path, owner=was.owner, group=was.group, mode=was.mode)
        done = "made"
    elif now.kind is not FileKind.DIRECTORY:
        return RestoreResult(kept=f"{was.path} is now a {_word(now.kind)}; it stays")
    else:
        return RestoreResult(done=restore_metadata(host, saved, now))
    return RestoreResult(done=_joined(done, _attributes(host, saved)))


def _link(host: Host, was: FileStatus, now: FileStatus) -> RestoreResult:
    if now.kind is FileKind.LINK and now.target == was.target:
        return RestoreResult()
    if now.kind is not FileKind.ABSENT:
        return RestoreResult(kept=f"{was.path} was a link to {was.target} and is now something else; it stays")
    host.link(was.path, target=was.target)
    return RestoreResult(done="made")


def _attributes(host: Host, saved: SavedPath) -> str:
    if not _attributes_differ(host, saved):
        return ""
    try:
        host.set_attributes(saved.status.path, _decoded(saved))
    except UnsupportedError as error:
        raise HostError(f"{saved.status.path} has lost extended attributes that cannot be restored: {error}") from None
    return "attributes"


def _attributes_differ(host: HostReader, saved: SavedPath) -> bool:
    return dict(host.attributes(saved.status.path)) != _decoded(saved)


def _decoded(saved: SavedPath) -> dict[str, bytes]:
    return {name: base64.b64decode(value) for name, value in saved.attributes.items()}
