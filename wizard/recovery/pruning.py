"""Old snapshots are forgotten under the host's lock, and none that an apply needs which is still open."""

from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import lock, requests, status
from wizard.jobs.cleanup import clean_leftovers
from wizard.snapshots.prune import Pruning, plan_prune, prune


def preview(host: HostReader, *, keep: int, private_keys: bool = False) -> Pruning:
    """Return what would be removed; needs no lock.

    Raises:
        ApplyError: the request of an open apply is damaged, so what it needs is not known.
        HostError: a snapshot cannot be read, so what it needs is not known.
    """
    return plan_prune(host, keep=keep, needed=_open(host), private_keys=private_keys)


def prune_locked(host: Host, *, keep: int, private_keys: bool = False) -> Pruning:
    """Keep the newest and what is needed, remove the rest; see `wizard.snapshots.prune.survey`.

    Raises:
        BusyError: an apply or rollback is running, or waits for its confirmation.
        NotPermittedError: this process is not root.
        ApplyError, HostError: as `would`; nothing was removed.
    """
    with lock.hold(host):
        clean_leftovers(host, tuple(status.unfinished(host)))
        return prune(host, preview(host, keep=keep, private_keys=private_keys))


def _open(host: HostReader) -> dict[str, str]:
    """Name the snapshots that the recovery of an interrupted job needs."""
    needed: dict[str, str] = {}
    for identity in status.unfinished(host):
        why = f"{identity} is still open"
        needed |= {identity: why, requests.load(host, identity).target: why}
    return needed
