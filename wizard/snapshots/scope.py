"""What a snapshot must remember: every path, kernel value, directive and unit that a plan will touch.

Pure.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from wizard.formats.unitfile import UnitFile
from wizard.model.change import Change, EnableUnit, Restart, WriteFile
from wizard.model.facts.instance import Instance
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.value import Value
from wizard.planning.kinds import touched

UNITS = PurePosixPath("/etc/systemd/system")


class SnapshotScope(Value, frozen=True, kw_only=True):
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


def scope_of(plan: Plan, instance: Instance | None) -> SnapshotScope:
    """Collect what a plan touches.

    Args:
        plan: What will be done.
        instance: The server in question; its whole configuration is remembered when one line of it
            changes. ``None`` when none is installed yet.
    """
    found = touched(plan.changes, instance)
    units = {*found.enables, *found.restarts}
    if instance is not None and instance.unit is not None:
        units.add(instance.unit.name)
    return SnapshotScope(
        instance=plan.instance,
        what=describe(plan.changes),
        paths=tuple(sorted({*found.paths, *start_links(plan.changes)})),
        kernel=tuple(sorted(found.kernel)),
        directives=tuple(sorted({*found.directives})),
        units=tuple(sorted(units)),
        packages=tuple(found.packages),
    )


def scope_of_snapshot(snapshot: Snapshot) -> SnapshotScope:
    """Collect what putting a snapshot back touches: the same things once more."""
    return SnapshotScope(
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
