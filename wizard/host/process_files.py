"""The files of this machine as one process sees them: its root and its mounts, through ``/proc/PID/root``.

The walk goes from that root one name after the other and follows links itself, so a link in there leads to that
root again, never to ours (as ``RESOLVE_IN_ROOT`` of openat2(2)).

Source:
    proc(5), ``/proc/pid/root``; openat2(2).
"""

from pathlib import PurePosixPath

from wizard.host.accounts import LocalAccounts
from wizard.host.files.rooted_reader import TreeLook
from wizard.host.files.walk import Walker


def files_of(pid: int) -> TreeLook:
    """Return the files as a process sees them; owners are named as on this machine, whose kernel they share."""
    return TreeLook(Walker(PurePosixPath(f"/proc/{pid}/root")), LocalAccounts())


def sees_same(host: TreeLook, pid: int, path: PurePosixPath) -> bool | None:
    """Return whether a process has the same file by this name; see the port."""
    inside = files_of(pid)
    if inside.number(PurePosixPath("/")) is None:
        return None
    ours, its = host.number(path), inside.number(path)
    return None if ours is None and its is None else ours == its
