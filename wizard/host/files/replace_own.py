"""Files that a command writes again and again: each takes the place of its predecessor at once, and of nothing else.

As those of `exclusive_create` they are the operator's, and do not go through the port.
"""

import os
import stat
from pathlib import PurePosixPath

from wizard.errors import InvalidValueError
from wizard.host.files import exclusive_create
from wizard.host.files.os_errors import refusal


class OwnFile:
    """A file of this user that begins with known bytes, whatever else it holds.

    Args:
        path: Absolute.
        start: What every file of this kind begins with.
    """

    def __init__(self, path: PurePosixPath, *, start: bytes) -> None:
        self._path = path
        self._start = start

    def replace(self, text: str, *, mode: int) -> None:
        """Write a new file beside the old one, then put it in its place.

        Raises:
            InvalidValueError: what is there is not such a file.
            NotFoundError, NotPermittedError, NoSpaceError, HostError: it cannot be written; the old one stays.
        """
        path = self._path
        beside = exclusive_create.create(path.with_name(f".{path.name}.{os.getpid()}"), text, mode=mode)
        try:
            self.check()
            os.replace(beside.path, path)  # noqa: PTH105 - a pure path
        except OSError as error:
            exclusive_create.discard(beside)
            raise refusal(error, path, "write") from None
        except InvalidValueError:
            exclusive_create.discard(beside)
            raise

    def check(self) -> None:
        """Refuse early what `replace` would refuse after the work is done.

        Raises:
            InvalidValueError, NotFoundError, NotPermittedError.
        """
        if not os.path.lexists(self._path):
            exclusive_create.check(self._path)
            return
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                status, found = os.fstat(descriptor), os.read(descriptor, len(self._start))
            finally:
                os.close(descriptor)
        except OSError:
            raise _foreign(self._path) from None
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or found != self._start:
            raise _foreign(self._path)


def _foreign(path: PurePosixPath) -> InvalidValueError:
    return InvalidValueError(f"{path} already exists and is no earlier report of this user; name a new file")
