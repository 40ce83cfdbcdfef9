"""Files of the operator, read from where they say."""

import errno
import os
import select
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.errors import HostError, InputError, UnsafePathError
from wizard.host.files.os_errors import refusal

PIPE_SECONDS = 10
"""How long a pipe may stay silent."""


def read_user_file(path: PurePosixPath, *, limit: int) -> str:
    """Read a text file that the operator names: a regular file, or a pipe such as ``<(…)`` of a shell.

    Args:
        path: Where.
        limit: Most bytes that such a file can sensibly have.

    Raises:
        NotFoundError, NotPermittedError, UnsafePathError, HostError: it cannot be read.
        InputError: it is longer, is no text, or is a pipe that no process writes to.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            return decoded(_bytes(descriptor, path, limit), str(path))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(error, path) from None


def decoded(data: bytes, source: str) -> str:
    """Return bytes as text, without the mark that some editors put in front.

    Raises:
        InputError: they are no UTF-8, or hold a NUL byte, which no text does.
    """
    if b"\0" in data:
        raise InputError(f"{source} is not a text file: it contains NUL bytes; name a text file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{source} line {line}: it contains bytes that are not UTF-8; save it as UTF-8") from None


def _bytes(descriptor: int, path: PurePosixPath, limit: int) -> bytes:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise UnsafePathError(path, "it is a directory; name a file")
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise UnsafePathError(path, "it is a device or a socket; name a file")
    data = bytearray()
    for chunk in _chunks(descriptor, path):
        data += chunk
        if len(data) > limit:
            raise InputError(f"{path} is longer than {limit} bytes; check that it is the right file")
    return bytes(data)


def _chunks(descriptor: int, path: PurePosixPath) -> Iterator[bytes]:
    while select.select([descriptor], [], [], PIPE_SECONDS)[0]:
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            return
        yield chunk
    raise InputError(f"{path} is a pipe that no process writes to; name a file")


def _unreadable(error: OSError, path: PurePosixPath) -> HostError:
    if error.errno == errno.ELOOP:
        return UnsafePathError(path, "its links form a loop; name the file itself")
    return refusal(error, path, "read")
