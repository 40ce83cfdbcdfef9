"""One apply or rollback a host at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from wizard.errors import BusyError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs.state_directory import demand_own_way
from wizard.model.facts.files import FileKind
from wizard.snapshots.store import ensure_directory

STEP_SECONDS = 0.02


@contextmanager
def hold(host: Host, *, seconds: float = 1.0) -> Iterator[None]:
    """Hold the host's lock while the context lasts; the kernel drops it with a process that dies.

    Args:
        host: The machine.
        seconds: How long to wait for it; another process may just be looking whether it is held.

    Raises:
        BusyError: another apply or rollback is running.
        NotPermittedError: this process is not root.
    """
    if host.status(host.state).kind is FileKind.ABSENT:
        demand_own_way(host)
        ensure_directory(host, host.state)
    with wait_for_lock(
        host,
        host.state / "lock",
        seconds=seconds,
        refusal="another apply or rollback is running on this host; redis-wizard status shows it",
    ):
        yield


def is_held(host: HostReader) -> bool:
    """Return whether a job works on this host right now."""
    return host.is_locked(host.state / "lock")


@contextmanager
def wait_for_lock(host: Host, path: PurePosixPath, *, seconds: float, refusal: str = "") -> Iterator[None]:
    """Hold the lock of one file, and wait for it for a while.

    Raises:
        BusyError: it was not let go in time; with the words of `refusal` where there are any.
    """
    deadline = time.monotonic() + seconds
    while True:
        held = host.lock(path)
        try:
            held.__enter__()
        except BusyError as error:
            if time.monotonic() > deadline:
                raise BusyError(refusal or str(error)) from None
            time.sleep(STEP_SECONDS)
            continue
        break
    try:
        yield
    finally:
        held.__exit__(None, None, None)
