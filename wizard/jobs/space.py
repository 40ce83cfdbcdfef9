"""A little space of the disk, set aside before the first change and freed as the first act of a rollback.

With it the journal, the snapshot's marks and what could not be kept (`wizard.snapshots.backups`) can be
written although the disk is full by then.
"""

from pathlib import PurePosixPath

from wizard.errors import ConcurrentChangeError, UnsupportedError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.snapshots.store import ensure_directory

SIZE = 1 << 20
"""Bytes: a journal of its longest and every file that a plan edits fit in many times."""


def reserve_space(host: Host, identity: str) -> None:
    """Reserve space for one apply, durably; one that has it already keeps it.

    A file system that cannot reserve space is no obstacle.

    Raises:
        NoSpaceError: the disk is full: no change is started that could not be rolled back.
        HostError: the state directory cannot be written.
    """
    path = _path(host, identity)
    ensure_directory(host, path.parent)
    try:
        host.reserve(path, SIZE)
    except (ConcurrentChangeError, UnsupportedError):
        return


def release_space(host: Host, identity: str) -> None:
    """Give the space back; there may be none.

    Raises:
        HostError: it cannot be removed.
    """
    host.remove(_path(host, identity))


def _path(host: HostReader, identity: str) -> PurePosixPath:
    return host.state / "applies" / identity / "reserve"
