"""In whose hands a file is: who could change or replace it, besides root.

A line of a configuration counts for as much as those who can write it: it names no file for root to read or
change that they could not change themselves.

Source:
    path_resolution(7): whoever may write a directory decides what its names are; inode(7) on the sticky bit.
"""

import stat
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.errors import HostError
from wizard.host.files.paths import followed
from wizard.model.facts import FileKind, FileStatus
from wizard.model.value import Value
from wizard.snapshots import posixacl

_ROOT = frozenset({"root", "0"})


class Writers(Value, frozen=True, kw_only=True):
    """Everybody but root who could change something."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    """Groups whose members could."""
    everybody: bool = False

    def __str__(self) -> str:
        """Name them."""
        groups = (f"group {each}" for each in sorted(self.groups))
        return " and ".join(sorted(self.users)) or " and ".join(groups) or ("everybody" if self.everybody else "root")

    def is_subset_of(self, others: "Writers") -> bool:
        """Return whether nobody is among these who is not among the others; a user speaks for its own group."""
        if others.everybody:
            return True
        if self.users:
            return self.users <= others.users
        return self.groups <= others.groups and not self.everybody


def writers_of(reader: Reader, path: PurePosixPath) -> Writers:
    """Tell in whose hands a path is; of one that is absent, who could make it."""
    found = [writers for _, writers in writers_by_place(reader, followed(path, reader.read_link_quietly))]
    return Writers(
        users=frozenset[str]().union(*(each.users for each in found)),
        groups=frozenset[str]().union(*(each.groups for each in found)),
        everybody=any(each.everybody for each in found),
    )


def writers_by_place(reader: Reader, path: PurePosixPath) -> Iterator[tuple[FileStatus, Writers]]:
    """Return each directory above a path without links, from the root, and last the path, with who can write it.

    What is absent or cannot be seen ends it.
    """
    reached = True
    for each in (*reversed(path.parents), path):
        status = _status(reader, each)
        if status is None:
            break
        users, groups, everybody = {status.owner} - _ROOT, set[str](), False
        # Nobody takes another's name out of a directory such as /tmp.
        if each == path or not status.mode & stat.S_ISVTX:
            groups |= {status.group} - _ROOT if status.mode & stat.S_IWGRP else set()
            everybody = reached and bool(status.mode & stat.S_IWOTH)
            for kind, name in _listed(reader, each, status):
                (users if kind == "user" else groups).add(name)
        reached &= bool(status.mode & stat.S_IXOTH)
        yield status, Writers(users=frozenset(users), groups=frozenset(groups), everybody=everybody)


def _listed(reader: Reader, path: PurePosixPath, status: FileStatus) -> Iterator[tuple[str, str]]:
    """Name those whom an access control list lets write; with one, the group's bits of the mode are its mask."""
    if not status.mode & stat.S_IWGRP:
        return
    try:
        data = reader.files.attributes(path).get(posixacl.ACCESS, b"")
    except HostError:
        return
    for kind, number in posixacl.writers(data):
        yield kind, _name(reader, "passwd" if kind == "user" else "group", number)


def _name(reader: Reader, database: str, number: int) -> str:
    """Return the name of an account or group; its number where the host's own files do not have it."""
    rows = (line.split(":") for line in reader.lines(PurePosixPath("/etc", database)))
    return next((row[0] for row in rows if row[2:3] == [str(number)]), str(number))


def _status(reader: Reader, path: PurePosixPath) -> FileStatus | None:
    try:
        status = reader.files.status(path)
    except HostError:
        return None
    return None if status.kind is FileKind.ABSENT else status
