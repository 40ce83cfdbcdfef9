"""Write a file that the operator asked for: new, and readable by them alone.

What may not live here: files of the host; those are changed by `wizard.apply` only.
"""

import os
from pathlib import Path, PurePosixPath

from wizard.errors import HostError, InvalidValueError


def write_private(path: PurePosixPath, text: str) -> None:
    """Create a file with mode 0600 and write a text; an existing one is refused, a link too.

    Raises:
        InvalidValueError: the path is not absolute, or something is there.
        HostError: it cannot be written.
    """
    if not path.is_absolute():
        raise InvalidValueError(f"{path} is not an absolute path; write it from / on")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise InvalidValueError(f"{path} exists; name a file that does not") from None
    except OSError as error:
        raise HostError(f"cannot create {path}: {error.strerror}; name another directory") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise HostError(f"cannot write {path}: {error.strerror}") from None


def home() -> PurePosixPath:
    """Give the operator's own directory, where exports are suggested."""
    try:
        return PurePosixPath(Path.home())
    except RuntimeError:
        return PurePosixPath("/")
