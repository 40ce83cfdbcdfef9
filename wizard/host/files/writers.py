"""What another user than root (or we) could change: on the way to a directory, and below it.

Source:
    path_resolution(7): who can write a directory decides what its names are. acl(5), Correspondence between ACL
    entries and file permission bits: with a list the group's bits are its mask, so a list that lets another user
    write shows in the mode.
"""

import os
import stat
from collections.abc import Set as AbstractSet
from itertools import pairwise
from pathlib import PurePosixPath

from wizard.host.files.paths import entries_are_stable, only_trusted_can_write
from wizard.host.files.walk import Walker

Found = tuple[PurePosixPath, os.stat_result]
"""A path without links, and what it is."""
_LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def first_writable(walker: Walker, path: PurePosixPath, private: PurePosixPath) -> Found | None:
    """Return the outermost thing by which others could change what is in a directory.

    Args:
        walker: Finds the way.
        path: The directory; where it is absent, only the way to it counts.
        private: Above this directory a sticky one such as ``/tmp`` is fine, if the next one down is ours.

    Raises:
        OSError, UnsafePathError: see `Walker.way`.
    """
    with walker.way(path) as way:
        if (found := _first_on(way.steps, private)) or way.directory is None:
            return found
        descriptor = os.open(".", _LISTED, dir_fd=way.directory)
        try:
            return _first_below(descriptor, way.steps[-1][0], _trusted())
        finally:
            os.close(descriptor)


def first_on_the_way(walker: Walker, path: PurePosixPath) -> Found | None:
    """Return the outermost directory by which others could put another one in a directory's place; raises as above."""
    with walker.way(path.parent) as way, walker.open_existing(path, follow=False) as place:
        own = os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
        return _first_on((*way.steps, (path, own)), path)


def _first_on(steps: tuple[Found, ...], private: PurePosixPath) -> Found | None:
    for (path, found), (_, child) in pairwise((*steps, steps[-1])):
        if path in private.parents:
            safe = entries_are_stable(found.st_uid, found.st_mode, _trusted(), child_owner=child.st_uid)
        else:
            safe = only_trusted_can_write(found.st_uid, found.st_mode, _trusted())
        if not safe:
            return path, found
    return None


def _trusted() -> frozenset[int]:
    return frozenset({0, os.geteuid()})


def _first_below(directory: int, path: PurePosixPath, trusted: AbstractSet[int]) -> Found | None:
    """Return the first below an open directory that others can change; what vanishes in between is left out."""
    for name in sorted(os.listdir(directory)):
        try:
            found = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if _is_foreign(found, trusted):
                return path / name, found
            if not stat.S_ISDIR(found.st_mode):
                continue
            descriptor = os.open(name, _LISTED, dir_fd=directory)
        except FileNotFoundError:
            continue
        try:
            if inside := _first_below(descriptor, path / name, trusted):
                return inside
        finally:
            os.close(descriptor)
    return None


def _is_foreign(found: os.stat_result, trusted: AbstractSet[int]) -> bool:
    """Return whether others can change it; a link counts whatever user made it, and a socket is never read."""
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return stat.S_ISLNK(found.st_mode)
    return not only_trusted_can_write(found.st_uid, found.st_mode, trusted)
