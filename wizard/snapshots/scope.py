"""What a snapshot must remember: every path, kernel value, directive and unit that a plan will touch.

Pure. What may not live here: reading a host.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import Support, canonical, is_secret, support
from wizard.formats.unitfile import UnitFile
from wizard.model.change import (
    Change,
    EnableUnit,
    InstallPackage,
    IssueCertificate,
    MakeDirectory,
    RemoveUser,
    Restart,
    SetDirective,
    SetKernel,
    SetMode,
    SetUser,
    WriteFile,
)
from wizard.model.facts import ConfigFacts, Instance, LiveServer
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.value import Value

UNITS = PurePosixPath("/etc/systemd/system")
_PLACES_OF_DATA = frozenset({"appendonly", "dir", "dbfilename"})


class Scope(Value, frozen=True, kw_only=True):
    """All that a change may touch."""

    instance: str
    what: str
    """One line for the list."""
    paths: tuple[PurePosixPath, ...]
    """Sorted, so that a directory stands before what lies in it."""
    kernel: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()
    """Directives whose live value may change, and whose old one may be written down."""
    units: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


def scope_of(plan: Plan, instance: Instance | None) -> Scope:
    """Collect what a plan touches.

    Args:
        plan: What will be done.
        instance: The server in question; its whole configuration is remembered when one line of it
            changes. ``None`` when none is installed yet.
    """
    changes = plan.changes
    paths = {path for change in changes for path in touched(change, instance)} | set(start_links(changes))
    units = {change.unit for change in changes if isinstance(change, EnableUnit | Restart)}
    if instance is not None and instance.unit is not None:
        units.add(instance.unit.name)
    return Scope(
        instance=plan.instance,
        what=describe(changes),
        paths=tuple(sorted(paths)),
        kernel=tuple(sorted(c.key for c in changes if isinstance(c, SetKernel))),
        directives=tuple(sorted({*live_names(changes), *_forgotten(changes, instance)})),
        units=tuple(sorted(units)),
        packages=tuple(c.package for c in changes if isinstance(c, InstallPackage)),
    )


def scope_of_snapshot(snapshot: Snapshot) -> Scope:
    """Collect what putting a snapshot back touches: the same things once more."""
    return Scope(
        instance=snapshot.instance,
        what=f"rollback to {snapshot.id}",
        paths=tuple(sorted(saved.status.path for saved in snapshot.paths)),
        kernel=tuple(sorted(snapshot.kernel)),
        directives=tuple(sorted({*snapshot.directives, *snapshot.watched})),
        units=tuple(unit.name for unit in snapshot.units),
    )


def describe(changes: Iterable[Change]) -> str:
    """Say in a few words what is about to be done, for example ``12 changes, 1 restart``."""
    count = len(tuple(changes))
    restarts = sum(isinstance(change, Restart) for change in changes)
    words = f"{count} change{'' if count == 1 else 's'}"
    return f"{words}, {restarts} restart" if restarts else words


def live_names(changes: Iterable[Change]) -> tuple[str, ...]:
    """Name the directives that are set live and are no secret."""
    found = (c for c in changes if isinstance(c, SetDirective))
    return tuple(c.name for c in found if c.live is not None and not is_secret(c.name))


def _forgotten(changes: Iterable[Change], instance: Instance | None) -> Iterator[str]:
    """Name what can be set live when the server restarts: it forgets every value that no file has.

    What says where the data are and how they are kept is left out: going back to it has a way of its own.
    """
    restarts = any(isinstance(change, Restart) for change in changes)
    if not restarts or instance is None or not isinstance(instance.live, LiveServer):
        return
    version = instance.version if isinstance(instance.version, str) else ""
    once = {canonical(name): name for name in sorted(instance.live.config, reverse=True)}
    for name in once.values():
        hot = support(name, instance.flavour, version) is Support.HOT
        if hot and name not in _PLACES_OF_DATA and not is_secret(name):
            yield name


def touched(change: Change, instance: Instance | None) -> tuple[PurePosixPath, ...]:
    """Name every path that one change may create, alter or remove."""
    match change:
        case MakeDirectory() | SetMode() | WriteFile() | SetUser() | RemoveUser():
            return (change.path,)
        case SetDirective():
            return (change.path, *_configuration(instance))
        case IssueCertificate():
            copy = (change.copy_of_authority,) if change.copy_of_authority else ()
            return (change.certificate, change.key, *copy)
        case SetKernel() | EnableUnit() | Restart() | InstallPackage():
            return ()


def start_links(changes: Sequence[Change]) -> tuple[PurePosixPath, ...]:
    """Name the links that enabling the plan's own units makes.

    Source:
        systemd.unit(5), [Install]: a link in ``TARGET.wants`` or ``TARGET.requires``.
    """
    enabled = {change.unit for change in changes if isinstance(change, EnableUnit)}
    found = []
    for change in changes:
        if isinstance(change, WriteFile) and change.path.name in enabled:
            install = UnitFile.parse(change.content.encode())
            for key, suffix in (("WantedBy", "wants"), ("RequiredBy", "requires")):
                targets = " ".join(install.get("Install", key)).split()
                found += [UNITS / f"{target}.{suffix}" / change.path.name for target in targets]
    return tuple(found)


def _configuration(instance: Instance | None) -> tuple[PurePosixPath, ...]:
    if instance is None or not isinstance(instance.config, ConfigFacts):
        return ()
    return tuple(status.path for status in instance.config.files)
