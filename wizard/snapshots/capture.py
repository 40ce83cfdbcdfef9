"""What a snapshot remembers of a host: the state of paths, units, kernel settings and the running server."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath

from wizard.config import configuration_of
from wizard.errors import NotFoundError, UnsafePathError, UnsupportedError
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import MASK
from wizard.model.network import Listener
from wizard.model.snapshot import SavedPath, SavedUnit, Snapshot
from wizard.model.value import replace
from wizard.snapshots.scope import SnapshotScope

MACHINE_ID = PurePosixPath("/etc/machine-id")
_LONGEST_CHAIN = 8


def capture(
    host: HostReader,
    scope: SnapshotScope,
    facts: HostFacts,
    instance: Instance | None,
    *,
    snapshot_id: str,
    by: str,
    now: datetime,
    store: Callable[[PurePosixPath], str] | None = None,
) -> Snapshot:
    """Return what a snapshot would hold now.

    Args:
        host: Where.
        scope: What to look at.
        facts: Of the host.
        instance: Of the server, where there is one.
        snapshot_id: Its name.
        by: The operator.
        now: The time of it.
        store: Stores the bytes of a file and returns their digest.

    Raises:
        HostError: a path cannot be read, or there is no space.
    """
    return Snapshot(
        id=snapshot_id,
        taken_at=now.isoformat(timespec="seconds"),
        host=facts.hostname,
        machine=machine_id(host),
        instance=scope.instance,
        what=scope.what,
        by=by,
        paths=tuple(_save(host, status, store=store) for status in _statuses(host, scope.paths)),
        kernel=_kernel_values(facts, scope.kernel),
        directives=_live_values(instance, scope.directives),
        watched=scope.directives,
        secrets=_set_secrets(instance),
        units=tuple(_unit(host, name) for name in scope.units),
        packages=scope.packages,
        keys=instance.live.keys if instance and isinstance(instance.live, LiveServer) else -1,
        append_only=_append_only(instance),
        ways=tuple(_ways(host, scope.paths)),
        listeners=_own_listeners(instance),
        served=_served(instance),
        users=instance.live.acl if instance and isinstance(instance.live, LiveServer) else (),
    )


def _statuses(host: HostReader, paths: Iterable[PurePosixPath]) -> Iterator[FileStatus]:
    """Return the status of each path, of the missing directories above it, and of what links lead to."""
    seen: set[PurePosixPath] = set()
    for path in paths:
        for here in (*_missing_above(host, path), *_chain(host, path)):
            if here not in seen:
                seen.add(here)
                yield host.status(here, digest=True)


def _missing_above(host: HostReader, path: PurePosixPath) -> Iterator[PurePosixPath]:
    above = (each for each in path.parents if host.status(each).kind is FileKind.ABSENT)
    return reversed(tuple(above))


def _ways(host: HostReader, paths: Iterable[PurePosixPath]) -> Iterator[FileStatus]:
    """Return the status of each directory and link above the paths, once each, the outermost first."""
    for here in sorted({each for path in paths for each in path.parents if each.name}):
        status = host.status(here)
        if status.kind is not FileKind.ABSENT:
            yield status


def _chain(host: HostReader, path: PurePosixPath) -> Iterator[PurePosixPath]:
    here = path
    for _ in range(_LONGEST_CHAIN):
        yield here
        status = host.status(here)
        if status.kind is not FileKind.LINK or not _trusted(host, here):
            return
        here = status.absolute_target


def is_behind_planted_link(host: HostReader, path: PurePosixPath) -> bool:
    """Return whether a link above a path may have been planted by a service account."""
    links = (each for each in path.parents if host.status(each).kind is FileKind.LINK)
    return any(not _trusted(host, each) for each in links)


def _trusted(host: HostReader, link: PurePosixPath) -> bool:
    """A link that a service account may have planted does not show what an apply will touch.

    Through it a rollback would write another's file: whatever that was when the snapshot was taken.
    """
    try:
        host.resolve_target(link)
    except NotFoundError:
        return True
    except (UnsafePathError, UnsupportedError):
        return False
    return True


def _save(host: HostReader, status: FileStatus, *, store: Callable[[PurePosixPath], str] | None) -> SavedPath:
    if status.kind is FileKind.FILE and store is not None:
        status = replace(status, digest=store(status.path))
    attributes = {} if status.kind is FileKind.ABSENT else host.attributes(status.path)
    encoded = {name: base64.b64encode(value).decode() for name, value in attributes.items()}
    twins = tuple(_twins(host, status)) if status.kind is FileKind.FILE and status.links > 1 else ()
    # The second name that an interrupted change left is no link of the file.
    ours = tuple(name for name in twins if name.startswith(f".{status.path.name}.rw-"))
    return SavedPath(
        status=replace(status, links=status.links - len(ours)),
        blob=status.digest,
        attributes=encoded,
        twins=tuple(name for name in twins if name not in ours),
    )


def _twins(host: HostReader, status: FileStatus) -> Iterator[str]:
    """Name what must be the same file beside it: all but the name is equal, the number of names too."""
    for name in host.entries(status.path.parent):
        other = host.status(status.path.with_name(name))
        if name == status.path.name or replace(other, path=status.path, digest=status.digest) != status:
            continue
        if host.status(other.path, digest=True).digest == status.digest:
            yield name


def _unit(host: HostReader, name: str) -> SavedUnit:
    try:
        state = host.services.show(name)
    except UnsupportedError:
        return SavedUnit(name=name, active="", enabled="")
    return SavedUnit(name=name, active=state.active, enabled=state.enabled)


def machine_id(host: HostReader) -> str:
    """Return a digest that identifies this machine; empty where it has no machine id."""
    try:
        return hashlib.sha256(host.read(MACHINE_ID).strip()).hexdigest()
    except NotFoundError:
        return ""


def _kernel_values(facts: HostFacts, keys: Iterable[str]) -> dict[str, str]:
    live = {setting.key: setting.live for setting in facts.kernel}
    return {key: value for key in keys if isinstance(value := live.get(key), str)}


def _live_values(instance: Instance | None, names: Iterable[str]) -> dict[str, str]:
    if instance is None or not isinstance(instance.live, LiveServer):
        return {}
    config = instance.live.config
    return {name: config[name] for name in names if name in config}


def _set_secrets(instance: Instance | None) -> tuple[str, ...]:
    live = instance.live.config if instance is not None and isinstance(instance.live, LiveServer) else {}
    return tuple(sorted(name for name, value in live.items() if value == MASK))


def _own_listeners(instance: Instance | None) -> tuple[Listener, ...]:
    """Return the sockets of the server's process; none where the kernel does not say whose they are."""
    if instance is None or instance.process is None:
        return ()
    return tuple(each for each in instance.listeners if each.pid == instance.process.pid)


def _served(instance: Instance | None) -> dict[str, str]:
    probes = instance.probes if instance is not None else ()
    return {f"{each.address}:{each.port}": each.certificate for each in probes if each.tls and each.certificate}


def _append_only(instance: Instance | None) -> bool:
    """Return whether the append-only file is on: live, or by the configuration where the server refuses the login.

    A server that is started with another mode than its data were written in starts empty.
    """
    return instance is not None and configuration_of(instance).value("appendonly").lower() == "yes"
