"""Remove what jobs left that were killed, or could not write.

::

    servers of rehearsals, their directories      whose worker is dead
    passwords of finished or unstarted jobs       below /run
    old files beside the new ones, partial files  of every finished change
    second names of an old data file              of a save that was watched

Only under the host's lock, so no job uses them, and only by the product's own names where it writes.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.config import resolve
from wizard.errors import HostError, WizardError
from wizard.host.port import Host
from wizard.jobs import journal, requests, watchdog, worker_secrets
from wizard.jobs.boot_units import BOOT_UNIT, DATA_UNIT
from wizard.jobs.state_directory import runtime_directory
from wizard.model.facts.files import FileKind
from wizard.persistence.datafiles import data_files, remove_probe_link
from wizard.snapshots.backups import delete_backups, delete_leftovers
from wizard.snapshots.reader import FILES, SnapshotReader, is_name

NAME = "redis-wizard-rehearsal"

REHEARSAL_PREFIX = "reh-"
"""How the directory of a rehearsal begins."""
_FEW = 4


def clean_leftovers(host: Host, unended: Collection[str]) -> None:
    """Remove what is left; what cannot be removed now is tried again by the next job.

    Args:
        host: Where.
        unended: The unfinished applies and rollbacks, whose files stay.
    """
    _end_rehearsals(host)
    # What is in a bad way keeps nothing from its end.
    with suppress(WizardError):
        _secrets(host)
    with suppress(WizardError):
        _halves(host)
    with suppress(WizardError):
        _of_ended(host, unended)
    with suppress(WizardError):
        _watched(host, unended)


def _end_rehearsals(host: Host) -> None:
    with suppress(HostError):
        for unit in host.services.list_units((f"{NAME}-*.service",)):
            host.services.kill(unit)
    base = runtime_directory(host)
    for name in host.entries(base):
        if name.startswith(REHEARSAL_PREFIX):
            remove_tree(host, base / name)
    with suppress(HostError):
        host.remove(base)


def _secrets(host: Host) -> None:
    """Their front end writes them without the lock, but after the order."""
    asked = worker_secrets.identities(host)
    known = set(requests.identities(host))
    for identity in asked:
        if identity not in known or journal.read(host, identity).outcome is not None:
            worker_secrets.delete(host, identity)


def _halves(host: Host) -> None:
    """The product's files that were being written; blobs are removed with old snapshots."""
    units = (watchdog.UNITS / name for name in (BOOT_UNIT, DATA_UNIT) if watchdog.has_systemd(host))
    pending = (host.state / name for name in ("pending", "pending-data"))
    store = SnapshotReader(host)
    names = _newest(filter(is_name, store.names()))
    kept = (store.directory(name) / file for name in names for file in FILES)
    written = (
        requests.directory_of(host, name) / file
        for name in _newest(requests.identities(host))
        for file in requests.WRITTEN
    )
    for path in (*units, *pending, *kept, *written):
        delete_leftovers(host, path)


def _newest(names: Iterable[str]) -> Iterator[str]:
    """Only one of these was being written when its writer was killed, and the next job removes it."""
    return iter(sorted(names)[-_FEW:])


def _of_ended(host: Host, unended: Collection[str]) -> None:
    """What lay beside the files of a change until its end, and could not be removed then.

    Where the host was left as it is at the operator's word, the snapshot is open for a rollback.
    """
    needed = {*unended, *(requests.load(host, identity).target for identity in unended)}
    ended = (snapshot for snapshot in SnapshotReader(host).listing() if snapshot.state != "open")
    delete_backups(host, *(snapshot for snapshot in ended if snapshot.id not in needed))


def _watched(host: Host, unended: Collection[str]) -> None:
    for identity in unended:
        order, instance = requests.load(host, identity), requests.load_instance(host, identity)
        if order.plan is None or instance is None:
            continue
        if instance.dump is not None:
            remove_probe_link(host, instance.dump.path)
        if known := data_files(instance, resolve(host, order.plan.config, {}, instance)):
            remove_probe_link(host, known.dump)


def remove_tree(host: Host, path: PurePosixPath) -> None:
    """Remove what can be removed; the rest is in a directory of its own below /run, which the next boot empties."""
    directory = host.status(path).kind is FileKind.DIRECTORY
    for name in host.entries(path) if directory else ():
        remove_tree(host, path / name)
    with suppress(HostError):
        host.remove(path)
