"""Files that the operator asked for: created new, with their final mode from the first byte."""

import os
from pathlib import PurePosixPath

from wizard.errors import InputError, NoSpaceError, NotFoundError, NotPermittedError


def write_new(path: PurePosixPath, text: str, *, mode: int) -> None:
    """Create a file and write it durably; an existing one is refused.

    Raises:
        InputError: something is there already.
        NotFoundError, NotPermittedError, NoSpaceError: it cannot be created.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise InputError(f"{path} exists already; name a new file, nothing is overwritten") from None
    except FileNotFoundError:
        raise NotFoundError(path.parent) from None
    except OSError:
        raise NotPermittedError(path, "create") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        try:
            file.write(text if text.endswith("\n") else text + "\n")
            file.flush()
            os.fsync(descriptor)
        except OSError:
            raise NoSpaceError(path) from None


def check_new(path: PurePosixPath) -> None:
    """Refuse early what :func:`write_new` would refuse after the work is done.

    Raises:
        InputError, NotFoundError, NotPermittedError.
    """
    if os.path.lexists(path):
        raise InputError(f"{path} exists already; name a new file, nothing is overwritten")
    if not os.path.isdir(path.parent):  # noqa: PTH112 - a pure path of the command line
        raise NotFoundError(path.parent)
    if not os.access(path.parent, os.W_OK):
        raise NotPermittedError(path, "create")
