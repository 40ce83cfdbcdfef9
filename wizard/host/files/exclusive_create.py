"""Files that the operator asked for: created new, with their final mode from the first byte.

They are the operator's, named by a path of this machine, so they do not go through the port.
"""

import os
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.errors import InvalidValueError, NotFoundError, NotPermittedError
from wizard.host.files.os_errors import refusal


class Created(NamedTuple):
    """A file that was created, as the kernel knows it."""

    path: PurePosixPath
    device: int
    inode: int


def create(path: PurePosixPath, data: str | bytes, *, mode: int) -> Created:
    """Create a file and write it durably, a text ended by a line end; whatever is there already is refused, a link too.

    Raises:
        InvalidValueError: the path is not absolute, or something is there.
        NotFoundError, NotPermittedError, NoSpaceError, HostError: it cannot be written, and nothing is left of it.
    """
    _demand_absolute(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise _taken(path) from None
    except FileNotFoundError:
        # A file system such as proc says so of a name that it does not take.
        there = os.path.isdir(path.parent)  # noqa: PTH112 - a pure path of the command line
        raise (NotPermittedError(path, "create") if there else NotFoundError(path.parent)) from None
    except OSError as error:
        raise refusal(error, path, "create") from None
    try:
        os.fchmod(descriptor, mode)
        _write_all(descriptor, data if isinstance(data, bytes) else (data.removesuffix("\n") + "\n").encode())
        os.fsync(descriptor)
        _settle(path.parent)
        status = os.fstat(descriptor)
    except OSError as error:
        os.unlink(path)  # noqa: PTH108 - a pure path; half a file would be taken for a whole one
        raise refusal(error, path, "write") from None
    finally:
        os.close(descriptor)
    return Created(path, status.st_dev, status.st_ino)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _settle(directory: PurePosixPath) -> None:
    """Make the new name durable too: after a power cut the file has to be found."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(created: Created) -> None:
    """Remove a file that was created, unless something else stands in its place now."""
    try:
        status = os.lstat(created.path)
        if (status.st_dev, status.st_ino) == (created.device, created.inode):
            os.unlink(created.path)  # noqa: PTH108 - a pure path
    except FileNotFoundError:
        return
    except OSError as error:
        raise refusal(error, created.path, "remove") from None


def check(path: PurePosixPath) -> None:
    """Refuse early what :func:`create` would refuse after the work is done.

    Raises:
        InvalidValueError, NotFoundError, NotPermittedError.
    """
    _demand_absolute(path)
    if os.path.lexists(path):
        raise _taken(path)
    if not os.path.isdir(path.parent):  # noqa: PTH112 - a pure path of the command line
        raise NotFoundError(path.parent)
    if not os.access(path.parent, os.W_OK):
        raise NotPermittedError(path, "create")


def _demand_absolute(path: PurePosixPath) -> None:
    if not path.is_absolute():
        raise InvalidValueError(f"{path} is not an absolute path; write it from / on")


def _taken(path: PurePosixPath) -> InvalidValueError:
    return InvalidValueError(f"{path} already exists; name a new file")
