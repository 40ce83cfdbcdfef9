"""Remove what the product itself left on a host: its state directory, its directory below ``/run``, its units.

The hardened configuration, the certificates in use and the kernel's settings are no part of it: they stay. It can be
interrupted anywhere and repeated.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from wizard import timers
from wizard.errors import ApplyError, BusyError, HostError, SnapshotError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import boot_units, lock, requests, status, watchdog
from wizard.jobs.bundle.location import kits_elsewhere
from wizard.jobs.cleanup import clean_leftovers, remove_tree
from wizard.jobs.state_directory import runtime_directory
from wizard.model.facts.files import FileKind
from wizard.model.value import Value, replace
from wizard.persistence import unit_timeouts
from wizard.snapshots.history import History
from wizard.snapshots.reader import FILES, SnapshotReader

KEYS = ("ca", "ca-next", "clients")
"""Directories of certificates and keys, which the host's clients depend on."""
ROLLBACK_STATE = ("snapshots", "applies", "blobs")
"""What a rollback needs. In this order: what is left of one that was interrupted is no snapshot and no apply."""
_FIRST = (*FILES, "order.json")
_UNITS = "redis-wizard-*"


class Removal(Value, frozen=True, kw_only=True):
    """What goes or went, and what stays."""

    schema: str = "redis-wizard/uninstall"
    version: int = 1
    done: bool
    """False when it was only looked at."""
    removes: tuple[PurePosixPath, ...]
    """Files and directories, with all below them."""
    stays: tuple[PurePosixPath, ...]
    """Files of the hardened host, which applies that are in force wrote."""
    keys: tuple[PurePosixPath, ...]
    """Directories with the key of the CA and of its clients that stay."""
    passwords: tuple[str, ...]
    """Files that new passwords were written to, at the operator's request; they stay."""
    failed: tuple[str, ...] = ()
    """One sentence for each thing that could not be removed."""


def survey(host: HostReader, *, keep_snapshots: bool, remove_ca: bool) -> Removal:
    """Say what `uninstall` would do.

    Args:
        host: Where.
        keep_snapshots: What a rollback needs stays, for a later installation.
        remove_ca: The operator consents to lose the key of the CA, and the keys of clients.
    """
    kept = {*(() if remove_ca else KEYS), *(ROLLBACK_STATE if keep_snapshots else ())}
    present = host.entries(host.state)
    below = [host.state / name for name in present if name not in kept]
    whole = [host.state] if present and len(below) == len(present) else below
    return Removal(
        done=False,
        removes=(*whole, *_elsewhere(host)),
        stays=_hardened(host),
        keys=tuple(host.state / name for name in KEYS if name in kept and name in present),
        passwords=_password_files(host),
    )


def uninstall(host: Host, *, keep_snapshots: bool, remove_ca: bool) -> Removal:
    """Remove it, under the host's lock; the caller has seen that no apply is open.

    Raises:
        BusyError: an apply or rollback is running.
        NotPermittedError: this process is not root.
    """
    found = survey(host, keep_snapshots=keep_snapshots, remove_ca=remove_ca)
    failed: list[str] = []
    if host.status(host.state).kind is not FileKind.ABSENT:
        with lock.hold(host):
            if opened := next(status.unfinished(host), ""):
                raise BusyError(f"apply {opened} was started in between; redis-wizard status shows how far it is")
            # The snapshots show which backups are beside the host's files.
            clean_leftovers(host, ())
            _disarm(host)
            failed += _remove_state(host, () if remove_ca else KEYS, keep_snapshots=keep_snapshots)
    else:
        _disarm(host)
    for place in (*(kits := _kits(host)), runtime_directory(host)):
        remove_tree(host, place)
    for directory in {kit.parent for kit in kits}:
        with suppress(HostError):
            # What else is in it stays, and so does it.
            host.remove(directory)
    return replace(found, done=True, failed=(*failed, *(f"{path} is still there" for path in _elsewhere(host))))


def _remove_state(host: Host, kept: Collection[str], *, keep_snapshots: bool) -> Iterator[str]:
    """Remove what is in the state directory, the lock last, and the directory when nothing else is in it."""
    names = [name for name in host.entries(host.state) if name not in {*kept, *ROLLBACK_STATE, "lock"}]
    for name in (*(() if keep_snapshots else ROLLBACK_STATE), *names, "lock"):
        try:
            _remove(host, host.state / name)
        except HostError as error:
            yield str(error)
    if not host.entries(host.state):
        with suppress(HostError):
            host.remove(host.state)


def _remove(host: Host, path: PurePosixPath) -> None:
    if host.status(path).kind is FileKind.DIRECTORY:
        names = host.entries(path)
        for name in sorted(names, key=lambda each: (each not in _FIRST, each)):
            _remove(host, path / name)
    host.remove(path)


def _elsewhere(host: HostReader) -> tuple[PurePosixPath, ...]:
    """Name what is left of the product's directory below ``/run`` and of its units."""
    places = (runtime_directory(host), *_kits(host), *_unit_files())
    outside = (path for path in places if not path.is_relative_to(host.state))
    return tuple(path for path in outside if host.status(path).kind is not FileKind.ABSENT)


def _kits(host: HostReader) -> tuple[PurePosixPath, ...]:
    if host.tree is not None or host.reopen_arguments:
        return ()
    return kits_elsewhere(host)


def _unit_files() -> Iterator[PurePosixPath]:
    for name, directory in (
        (boot_units.DATA_UNIT, "multi-user.target.wants"),
        (boot_units.BOOT_UNIT, "sysinit.target.wants"),
    ):
        yield from (watchdog.UNITS / directory / name, watchdog.UNITS / name)
    for timer in timers.Timer:
        yield from timers.unit_files(timer)


def _disarm(host: Host) -> None:
    """Remove boot units and timers: no apply is open, so none has anything to do."""
    files = [path for path in _unit_files() if host.status(path).kind is not FileKind.ABSENT]
    for path in files:
        with suppress(HostError):
            host.remove(path)
    with suppress(HostError):
        unit_timeouts.remove_leftovers(host)
    if not watchdog.has_systemd(host):
        return
    with suppress(HostError):
        for unit in host.services.list_units((f"{_UNITS}.timer",)):
            host.services.stop(unit)
        if files:
            host.services.reload_definitions()


def _hardened(host: HostReader) -> tuple[PurePosixPath, ...]:
    """Name the files that applies in force wrote and that are there."""
    try:
        active = History(SnapshotReader(host)).active()
    except (SnapshotError, HostError):
        return ()
    paths = {PurePosixPath(path) for entry in active for path in entry.footprint.digests}
    ours = (path for path in paths if not path.is_relative_to(host.state))
    return tuple(sorted(path for path in ours if host.status(path).kind is not FileKind.ABSENT))


def _password_files(host: HostReader) -> tuple[str, ...]:
    found: set[str] = set()
    for identity in requests.identities(host):
        with suppress(ApplyError, HostError):
            file = requests.load(host, identity).secrets_to
            # The operator's path, of this machine also where the host is a tree.
            found |= {file} if file and Path(file).exists() else set()
    return tuple(sorted(found))
