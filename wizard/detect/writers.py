"""The writers of a file: the users, other than root, that can change or replace it.

A line of a configuration has the rights of its writers: it names no file for root to read or change that
they could not change themselves.

Source:
    path_resolution(7): a user that may write a directory decides what its names are; inode(7) on the sticky bit.
"""

import stat
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.errors import HostError
from wizard.host.files.paths import followed
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.value import Value
from wizard.snapshots import posixacl

_ROOT = frozenset({"root", "0"})
_READ, _WRITE, _ENTER = 4, 2, 1
_READER_RIGHTS = {FileKind.FILE: _READ, FileKind.DIRECTORY: _ENTER}


class Writers(Value, frozen=True, kw_only=True):
    """Users and groups, other than root, that could change something."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    """Groups whose members could."""
    everybody: bool = False
    readers: frozenset[str] = frozenset()
    """Whom an access control list lets read a file or enter a directory, as ``user op`` or ``group dba``."""

    def __str__(self) -> str:
        """Name them."""
        groups = (f"group {each}" for each in sorted(self.groups))
        return " and ".join(sorted(self.users)) or " and ".join(groups) or ("everybody" if self.everybody else "root")

    def is_subset_of(self, others: "Writers") -> bool:
        """Return whether each of these writers is among the others; a user counts for its own group."""
        if others.everybody:
            return True
        if self.users:
            return self.users <= others.users
        return self.groups <= others.groups and not self.everybody


def writers_of(reader: Reader, path: PurePosixPath) -> Writers:
    """Return the writers of a path; of one that is absent, those that could make it."""
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
    reached, entering = True, None
    for each in (*reversed(path.parents), path):
        status = _status(reader, each)
        if status is None:
            break
        listed = tuple(_listed(reader, each, status))
        users, groups, everybody = {status.owner} - _ROOT, set[str](), False
        # In a directory such as /tmp only the owner of a name can remove it.
        if each == path or not status.mode & stat.S_ISVTX:
            groups |= {status.group} - _ROOT if status.mode & stat.S_IWGRP else set()
            everybody = reached and bool(status.mode & stat.S_IWOTH)
            users |= {name for kind, name, allowed in listed if kind == "user" and allowed & _WRITE}
            groups |= {name for kind, name, allowed in listed if kind == "group" and allowed & _WRITE}
        readers = _allowed(listed, _READER_RIGHTS.get(status.kind, 0), entering)
        reached &= bool(status.mode & stat.S_IXOTH)
        entering = entering if status.mode & stat.S_IXOTH else _allowed(listed, _ENTER, entering)
        yield (
            status,
            Writers(users=frozenset(users), groups=frozenset(groups), everybody=everybody, readers=readers),
        )


def _allowed(listed: Sequence[tuple[str, str, int]], right: int, above: frozenset[str] | None) -> frozenset[str]:
    """Name those whom a list gives a right, as far as the directories above let them in; ``None``: they let all in."""
    named = frozenset(f"{kind} {name}" for kind, name, allowed in listed if allowed & right)
    return named if above is None else named & above


def _listed(reader: Reader, path: PurePosixPath, status: FileStatus) -> Iterator[tuple[str, str, int]]:
    """Return what an access control list gives to whom; with one, the group's bits of the mode are its mask."""
    if not status.mode & stat.S_IRWXG:
        return
    try:
        data = reader.files.attributes(path).get(posixacl.ACCESS, b"")
    except HostError:
        return
    for kind, number, allowed in posixacl.named_entries(data):
        yield kind, _name(reader, "passwd" if kind == "user" else "group", number), allowed


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
