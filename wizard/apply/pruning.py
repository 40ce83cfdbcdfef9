"""Old snapshots are forgotten under the host's lock, and never one that an apply needs which is not over.

What may not live here: which ones else stay: `wizard.snapshots.prune`.
"""

from wizard.apply import lock
from wizard.host.port import Host
from wizard.snapshots.prune import Pruning, prune, survey


def would(host: Host, *, keep: int) -> Pruning:
    """Say what would go; needs no lock."""
    return survey(host, keep=keep)


def under_lock(host: Host, *, keep: int) -> Pruning:
    """Keep the newest and what is needed, remove the rest.

    Raises:
        BusyError: an apply or rollback is at work.
        NotPermittedError: we are not root.
        HostError: a snapshot cannot be read, so nobody knows what it needs; nothing was removed.
    """
    with lock.hold(host):
        return prune(host, would(host, keep=keep))
