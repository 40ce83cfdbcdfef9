"""Several servers on one host: what one apply made and another one depends on stays, and is transferred.

A rollback retains what a later apply of another instance depends on, and transfers the earlier state to
that apply's snapshot; so the last rollback restores the first state of the host, in whatever order the
instances are rolled back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from wizard.changes.context import ApplyContext
from wizard.changes.handlers import kernel
from wizard.errors import SnapshotError
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind
from wizard.model.snapshot import SavedPath, SavedUnit, Snapshot
from wizard.model.sources import FileContents
from wizard.model.text import counted
from wizard.model.value import replace
from wizard.planning.context import Context
from wizard.planning.dependencies import KERNEL, UNIT, dependencies, kernel_resource, unit_resource
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.history import Entry, History
from wizard.snapshots.reader import SnapshotReader
from wizard.snapshots.restore import difference
from wizard.snapshots.scope import UNITS
from wizard.snapshots.store import Store


def resources(snapshot: Snapshot) -> Iterator[str]:
    """Name all that a snapshot can restore and that another apply may depend on."""
    yield from (str(saved.status.path) for saved in snapshot.paths)
    yield from map(kernel_resource, snapshot.kernel)
    yield from (unit_resource(saved.name) for saved in snapshot.units)


def dependencies_of(run: ApplyContext, sources: FileContents) -> tuple[str, ...]:
    """Name what an apply needs that other applies may have made; nothing without a server."""
    if run.instance is None:
        return ()
    return dependencies(Context(facts=run.facts, sources=sources, answers=run.plan.answers, instance=run.instance))


def dependencies_of_redo(store: SnapshotReader, footprint: ApplyRecord) -> tuple[str, ...]:
    """Name what a host depends on after a rollback: restoring what a rollback took makes its apply again."""
    return store.footprint(footprint.reverts).depends_on if footprint.reverts else ()


def find_shared(store: SnapshotReader, snapshot: Snapshot, footprint: ApplyRecord) -> "SharedResources":
    """Find what a rollback to a snapshot must leave to the later applies of other instances."""
    history = History(store)
    own = Entry(snapshot=snapshot, footprint=footprint)
    lost = tuple(entry.id for entry in history.newer_than(snapshot))
    later = [_Holder(entry) for entry in history.active_after(snapshot) if _other(entry, snapshot)]
    dependants: dict[str, Entry] = {}
    for resource in resources(snapshot):
        dependant = next((each.entry for each in later if each.rests_on(resource)), None)
        if dependant is not None:
            dependants[resource] = dependant
    for resource in (each for each in resources(snapshot) if each not in dependants):
        # A directory stays with what stays in it.
        inside = (each for each in dependants if PurePosixPath(resource) in PurePosixPath(each).parents)
        if (first := next(inside, None)) is not None:
            dependants[resource] = dependants[first]
    return SharedResources(
        snapshot=snapshot, footprint=footprint, dependants=dependants, again=history.is_redo(own), unrestorable=lost
    )


@dataclass(frozen=True)
class _Holder:
    """An apply, and what it needs as it is."""

    entry: Entry

    @cached_property
    def named(self) -> frozenset[str]:
        """All that it touched or depends on."""
        return frozenset((*self.entry.footprint.depends_on, *resources(self.entry.snapshot)))

    @cached_property
    def above(self) -> frozenset[str]:
        """The directories in which these lie."""
        paths = (PurePosixPath(each) for each in self.named if each.startswith("/"))
        return frozenset(str(parent) for path in paths for parent in path.parents)

    def rests_on(self, resource: str) -> bool:
        """Return whether it needs a path, kernel value or unit as it is."""
        return resource in self.named or resource in self.above or _link_of(resource) in self.named


@dataclass(frozen=True, kw_only=True)
class SharedResources:
    """What one rollback leaves alone."""

    snapshot: Snapshot
    footprint: ApplyRecord
    dependants: Mapping[str, Entry]
    """By resource, the apply that depends on it, the oldest one where there are several."""
    again: bool
    """The rollback is of a rollback: it makes an apply again, which restores nothing of what is retained."""
    unrestorable: tuple[str, ...] = ()
    """Later applies of the same instance that cannot be restored: what they alone changed stays."""

    @property
    def own_part(self) -> Snapshot:
        """The part of the snapshot that is restored."""
        whole = self.snapshot
        return replace(
            whole,
            paths=tuple(saved for saved in whole.paths if str(saved.status.path) not in self.dependants),
            kernel={key: value for key, value in whole.kernel.items() if kernel_resource(key) not in self.dependants},
            units=tuple(saved for saved in whole.units if unit_resource(saved.name) not in self.dependants),
        )

    def ensure_same(self, host: HostReader) -> None:
        """Check that an apply which is made again finds its shared resources as they were then.

        Raises:
            SnapshotError: one has changed, and another apply depends on it; nothing was changed.
        """
        found = _differences(host, self.snapshot) if self.again else {}
        for resource, dependant in self.dependants.items():
            if resource in found:
                text = f"{dependant.snapshot.instance} depends on its present state (apply {dependant.snapshot.id})"
                remedy = "plan and apply again instead"
                raise SnapshotError(f"{self.snapshot.id} cannot be restored: {found[resource]}, but {text}; {remedy}")

    def messages(self, host: HostReader) -> tuple[str, ...]:
        """Say what stays for whom, one sentence each."""
        dependants = (
            f"{_stays(host, resource)}: {dependant.snapshot.instance} depends on it (apply {dependant.snapshot.id})."
            for resource, dependant in self.dependants.items()
        )
        lost = (f"What {each} alone changed stays, because its snapshot is damaged." for each in self.unrestorable)
        return (*dependants, *lost)

    def summary(self) -> str:
        """Say in short what stays for others; empty when nothing does."""
        who = " and ".join(dict.fromkeys(dependant.snapshot.instance for dependant in self.dependants.values()))
        dependants = (
            f", except {counted(len(self.dependants), 'thing')} that {who} depends on" if self.dependants else ""
        )
        lost = f", except what {' and '.join(self.unrestorable)} alone changed, because its snapshot is damaged"
        return dependants + lost if self.unrestorable else dependants

    def transfer(self, store: Store) -> None:
        """Let the applies that depend on what is left take over how it was before: their rollback ends it.

        It may be done again after a power cut.
        """
        if self.again:
            return
        for dependant in {entry.snapshot.id: entry for entry in self.dependants.values()}.values():
            taken = {resource for resource, entry in self.dependants.items() if entry is dependant}
            store.write_record(dependant.snapshot.id, self._joined(dependant.footprint, taken))
            store.mark(self._with(dependant.snapshot, taken), dependant.snapshot.state)

    def _with(self, dependant: Snapshot, taken: AbstractSet[str]) -> Snapshot:
        """Transfer the older state: what the dependant saw was made by the apply that is rolled back, or by itself."""
        paths: dict[PurePosixPath, SavedPath] = {saved.status.path: saved for saved in dependant.paths}
        for saved in self.snapshot.paths:
            path = saved.status.path
            if str(path) in taken and self._left_it(saved, paths.get(path)):
                paths[path] = saved
        units: dict[str, SavedUnit] = {saved.name: saved for saved in dependant.units}
        units |= {saved.name: saved for saved in self.snapshot.units if unit_resource(saved.name) in taken}
        live = dict(dependant.kernel)
        for key, value in self.snapshot.kernel.items():
            if kernel_resource(key) in taken and live.get(key) in {None, value, self.footprint.kernel.get(key)}:
                live[key] = value
        return replace(
            dependant, paths=tuple(paths[path] for path in sorted(paths)), kernel=live, units=tuple(units.values())
        )

    def _left_it(self, saved: SavedPath, seen: SavedPath | None) -> bool:
        """Return whether the dependant saw what this apply left; otherwise it is an external change."""
        if seen is None or seen.status.kind is not FileKind.FILE:
            return True
        ours = self.footprint.digests.get(str(saved.status.path))
        return seen.status.digest in {saved.status.digest, ours}

    def _joined(self, dependant: ApplyRecord, taken: AbstractSet[str]) -> ApplyRecord:
        """With it the dependant's rollback can separate what the product wrote from external changes."""
        ours = self.footprint
        units = any(PurePosixPath(each).is_relative_to(UNITS) for each in taken)
        return replace(
            dependant,
            digests={path: digest for path, digest in ours.digests.items() if path in taken} | dependant.digests,
            kernel={key: value for key, value in ours.kernel.items() if kernel_resource(key) in taken}
            | dependant.kernel,
            directories=_union(dependant.directories, (each for each in ours.directories if each in taken)),
            enables=_union(dependant.enables, (each for each in ours.enables if unit_resource(each) in taken)),
            reloads=dependant.reloads or (units and ours.reloads),
        )


# --- inside --------------------------------------------------------------------------------------


def _stays(host: HostReader, resource: str) -> str:
    if resource.startswith(KERNEL):
        key = resource.removeprefix(KERNEL)
        return f"{key} stays {kernel.value(host, key)}"
    return f"{resource.removeprefix(UNIT)} stays"


def _differences(host: HostReader, snapshot: Snapshot) -> dict[str, str]:
    """Say by resource how the host differs from a snapshot."""
    found = {str(saved.status.path): difference(host, saved) for saved in snapshot.paths}
    for key, old in snapshot.kernel.items():
        now = kernel.value(host, key)
        found[kernel_resource(key)] = "" if kernel.same(now, old) else f"{key} is {now}, was {old}"
    return {resource: text for resource, text in found.items() if text}


def _other(entry: Entry, snapshot: Snapshot) -> bool:
    return entry.snapshot.instance != snapshot.instance


def _link_of(resource: str) -> str:
    """The unit that a link of an enabled unit belongs to."""
    path = PurePosixPath(resource)
    enabled = path.parent.suffix in {".wants", ".requires"} and path.parent.parent == UNITS
    return unit_resource(path.name) if enabled else ""


def _union(one: Sequence[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
