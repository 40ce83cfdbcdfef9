"""What several test processes share is made once: the others wait for it, and a maker that is killed leaves nothing."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED = "unfinished-"


def made_once(target: Path, make: Callable[[Path], None]) -> Path:
    """Return a directory of a shared cache, made by `make` in a new one beside it where it is missing.

    Args:
        target: The directory; it appears complete or not at all.
        make: Fills an empty directory, mode 0755.
    """
    if target.exists():
        return target
    with _locked(target.with_name(f"{target.name}.lock")):
        if not target.exists():
            _make(target, make)
    return target


def _make(target: Path, make: Callable[[Path], None]) -> None:
    prefix = f"{_UNFINISHED}{target.name}-"
    # Under the lock the maker of these is dead.
    for left in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(left)
    fresh = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        fresh.chmod(0o755)
        make(fresh)
        fresh.rename(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
