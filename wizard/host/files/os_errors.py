"""What the kernel's refusals mean for an operator: errno → one clear error."""

import errno
import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import PurePosixPath

from wizard.errors import (
    ConcurrentChangeError,
    HostError,
    NoSpaceError,
    NotFoundError,
    NotPermittedError,
    UnsafePathError,
)

_ABSENT = {errno.ENOENT, errno.ENOTDIR}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_PLAIN: tuple[tuple[AbstractSet[int], type[NotFoundError | NoSpaceError | ConcurrentChangeError]], ...] = (
    (_ABSENT, NotFoundError),
    (_FULL, NoSpaceError),
    ({errno.EEXIST}, ConcurrentChangeError),
)
_NO_FILE = {errno.EISDIR, errno.ENXIO}
"""Opening a directory, a socket or a pipe without a reader for writing."""
_FORBIDDEN = {errno.EACCES, errno.EPERM}


def is_absent(error: OSError) -> bool:
    """Return whether the error only says that nothing is there."""
    return error.errno in _ABSENT


def refusal(error: OSError, path: PurePosixPath, what: str) -> HostError:
    """Return the error that an operator should see.

    Args:
        error: What the kernel said.
        path: What it was about.
        what: A verb that fits "cannot … /path", for example ``write``.
    """
    number = error.errno or 0
    if known := next((made for numbers, made in _PLAIN if number in numbers), None):
        return known(path)
    if number == errno.ELOOP:
        return UnsafePathError(path, "another process is replacing it with links; find that process and stop it")
    if number in _NO_FILE:
        return UnsafePathError(path, "it is not a regular file")
    if number == errno.EROFS:
        return HostError(f"cannot {what} {path}: its file system is read-only; mount it writable first")
    if number in _FORBIDDEN:
        return _forbidden(path, what)
    return HostError(f"cannot {what} {path}: {os.strerror(number)}")


def _forbidden(path: PurePosixPath, what: str) -> NotPermittedError:
    if os.geteuid() != 0:
        return NotPermittedError(path, what)
    return NotPermittedError(path, what, "root is refused too: check its attributes (lsattr) and the security module")


@contextmanager
def translate(path: PurePosixPath, what: str) -> Iterator[None]:
    """Turn every OSError of the block into the error that an operator should see."""
    try:
        yield
    except OSError as error:
        raise refusal(error, path, what) from error
