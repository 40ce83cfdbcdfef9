"""What a path must be, and which users' links on the way are followed: rules that every adapter shares.

Source:
    The trust rule is the one of openat-style walkers: a user that may write a directory decides where every
    name in it leads, so a link counts only when no user but root (or this process's) could have placed it.
"""

import re
import stat
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from wizard.errors import InvalidValueError, UnsafePathError

_MOST_LINKS = 40
"""As many as the kernel follows (path_resolution(7))."""

MAX_LINKS = 40
"""Links followed on one way before it counts as a loop (the kernel's own limit, path_resolution(7))."""

_KERNEL_KEY = re.compile(r"[a-z0-9_]+(?:\.[A-Za-z0-9_-]+){1,8}", re.ASCII)
_HUGE_PAGES = PurePosixPath("/sys/kernel/mm/transparent_hugepage")
_HUGE_PAGE_KEYS = {"thp.enabled": _HUGE_PAGES / "enabled", "thp.defrag": _HUGE_PAGES / "defrag"}


def components(path: PurePosixPath) -> tuple[str, ...]:
    """Return the names that an absolute path consists of, ``..`` among them.

    Raises:
        UnsafePathError: it is relative or holds a NUL byte.
    """
    if not path.is_absolute():
        raise UnsafePathError(path, "it is not an absolute path")
    if "\0" in str(path):
        raise UnsafePathError(path, "it holds a NUL byte")
    return path.parts[1:]


def sibling(path: PurePosixPath, name: str) -> str:
    """Return the name of another file in a path's directory, once it is one.

    Raises:
        InvalidValueError: it is no single component, or the path's own name.
    """
    if not name or "/" in name or "\0" in name or name in {".", "..", path.name}:
        raise InvalidValueError(f"{name!r} is not a file name beside {path}")
    return name


def only_trusted_can_write(owner: int, mode: int, trusted: AbstractSet[int]) -> bool:
    """Return whether only trusted users can create, remove or rename names in a directory."""
    return owner in trusted and not mode & (stat.S_IWGRP | stat.S_IWOTH)


def entries_are_stable(owner: int, mode: int, trusted: AbstractSet[int], *, child_owner: int) -> bool:
    """Return whether only trusted users can put another directory in a child's place.

    That holds in an exclusive directory, and for a child of our own in a sticky one such as ``/tmp``.
    """
    sticky = owner in trusted and bool(mode & stat.S_ISVTX)
    return only_trusted_can_write(owner, mode, trusted) or (sticky and child_owner in trusted)


def kernel_path(key: str, value: str) -> PurePosixPath:
    """Return the file behind a kernel setting, once its name and value are safe to use.

    Args:
        key: ``vm.overcommit_memory``, ``thp.enabled`` or ``thp.defrag``.
        value: What will be written; one line.

    Raises:
        InvalidValueError: the key has another form, or the value is empty or more than one line.
    """
    if not value or not value.isprintable():
        raise InvalidValueError(f"the value {value!r} for the kernel setting {key!r} is not one printable line")
    if key in _HUGE_PAGE_KEYS:
        return _HUGE_PAGE_KEYS[key]
    if not _KERNEL_KEY.fullmatch(key):
        raise InvalidValueError(f"{key!r} is not the name of a kernel setting; write one such as vm.overcommit_memory")
    return PurePosixPath("/proc/sys", *key.split("."))


def followed(path: PurePosixPath, target: Callable[[PurePosixPath], str]) -> PurePosixPath:
    """Return a path without symbolic links in it, as far as they can be seen.

    Args:
        path: Absolute.
        target: Gives where the link at a path points, empty when it is none.
    """
    parts, here, links = list(reversed(path.parts[1:])), PurePosixPath("/"), 0
    while parts:
        part = parts.pop()
        if part == "..":
            here = here.parent
            continue
        to = target(here / part)
        if not to or links >= _MOST_LINKS:
            here /= part
            continue
        links += 1
        here = PurePosixPath("/") if to.startswith("/") else here
        parts += [each for each in reversed(PurePosixPath(to).parts) if each != "/"]
    return here
