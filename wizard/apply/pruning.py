"""Old snapshots are forgotten under the host's lock, and none that an apply needs: one that is open, or in force.

What may not live here: which ones else stay: `wizard.snapshots.prune`.
"""

from wizard.apply import journal, lock, orders, recover, sharing
from wizard.host.port import Host
from wizard.snapshots.prune import Pruning, prune, survey
from wizard.snapshots.store import Store


def would(host: Host, *, keep: int) -> Pruning:
    """Say what would go; needs no lock.

    Raises:
        ApplyError: the order of an apply that is open is damaged, so nobody knows what it needs.
        HostError: a snapshot cannot be read, so nobody knows what it needs.
    """
    return survey(host, keep=keep, needed={**_in_force(host), **_open(host)})


def under_lock(host: Host, *, keep: int) -> Pruning:
    """Keep the newest and what is needed, remove the rest.

    Raises:
        BusyError: an apply or rollback is at work, or waits for its confirmation.
        NotPermittedError: we are not root.
        ApplyError, HostError: as `would`; nothing was removed.
    """
    with lock.hold(host):
        return prune(host, would(host, keep=keep))


def _open(host: Host) -> dict[str, str]:
    """Name what is needed to bring to an end what was cut off."""
    needed: dict[str, str] = {}
    for identity in orders.identities(host)[: recover.NEWEST]:
        if journal.read(host, identity).outcome is None:
            why = f"{identity} is not over"
            needed |= {identity: why, orders.load(host, identity).target: why}
    return needed


def _in_force(host: Host) -> dict[str, str]:
    """Name the way back of each server, also where a rollback of a rollback made its apply again."""
    newest = {entry.snapshot.instance: entry.snapshot.id for entry in sharing.standing(Store(host))}
    return {identity: f"the way back of {instance}" for instance, identity in newest.items()}
