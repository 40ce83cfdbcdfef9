"""One apply or rollback a host at a time.

What may not live here: what is done under the lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from wizard.errors import BusyError
from wizard.host.port import Host
from wizard.snapshots.store import ensure_directory


@contextmanager
def hold(host: Host) -> Iterator[None]:
    """Hold the host's lock while the context lasts; the kernel drops it with a process that dies.

    Raises:
        BusyError: another apply or rollback is at work.
        NotPermittedError: we are not root.
    """
    ensure_directory(host, host.state)
    held = host.lock(host.state / "lock")
    try:
        held.__enter__()
    except BusyError:
        raise BusyError("another apply or rollback is at work on this host; wait for its end") from None
    try:
        yield
    finally:
        held.__exit__(None, None, None)
