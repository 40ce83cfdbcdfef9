"""What a service account put under a name that a snapshot records, and how it is removed.

A link, pipe, socket or device of an account that is not root's is no edit of an administrator: it would prevent a
file from being restored, or lead a reader to a foreign file. Its name is unlinked, which touches no target.
A regular file is never judged here: a server writes its own configuration and users.

Source:
    unlink(2): the link goes, not what it leads to.
"""

from wizard.errors import ConcurrentChangeError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.snapshot import SavedPath
from wizard.snapshots.store import own_names

_PLANTED = frozenset({FileKind.LINK, FileKind.SOCKET, FileKind.OTHER})


def trusted(host: HostReader) -> frozenset[str]:
    """Return the users whose links and directories are an administrator's: root, and the owner of our own state."""
    return frozenset({"root", own_names(host)[0]})


def is_planted(host: HostReader, saved: SavedPath, now: FileStatus) -> bool:
    """Return whether a path holds something of a service account's that is neither a file nor as it was."""
    was = saved.status
    if now.owner in trusted(host) or (now.kind, now.target) == (was.kind, was.target):
        return False
    return now.kind in _PLANTED or (now.kind is FileKind.DIRECTORY and was.kind is not FileKind.DIRECTORY)


def clear_away(host: Host, now: FileStatus, identity: str) -> str:
    """Remove what is planted, or rename a directory that is not empty; return one sentence that says so.

    Raises:
        HostError: the machine refuses, or the account puts it there again at once.
    """
    path = now.path
    if now.kind is not FileKind.DIRECTORY:
        host.remove(path)
        led = f"a link of user {now.owner} to {now.target}" if now.target else f"a pipe or socket of user {now.owner}"
        return f"{path} was {led}; it was removed, and its target was not changed."
    try:
        host.remove(path)
    except ConcurrentChangeError:
        aside = path.with_name(f".{path.name}.planted-{identity}")
        host.rename(path, aside)
        return f"{path} was a directory of user {now.owner}; it is now {aside}. Check it, then remove it."
    return f"{path} was an empty directory of user {now.owner}; it was removed."
