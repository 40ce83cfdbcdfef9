"""How two snapshots differ, or one from the host as it is now.

Pure, given a reader of contents: the caller has looked at the host. It compares what a rollback
restores, by the same rules.
"""

import base64
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from wizard.errors import HostError, SnapshotError
from wizard.formats.redisconf.directives import equivalent
from wizard.formats.redisconf.redact import masked
from wizard.model.facts.files import FileKind
from wizard.model.facts.unreadable import MASK
from wizard.model.snapshot import SavedPath, SavedUnit, Snapshot
from wizard.model.text import escape
from wizard.model.unit_state import RUNNING
from wizard.model.value import Value
from wizard.snapshots import posixacl
from wizard.snapshots.contents import compare_contents


class ComparedState(Value, frozen=True, kw_only=True):
    """One of two states that are compared."""

    name: str
    """As it is called in a sentence: the id of a snapshot, or ``now``."""
    state: Snapshot
    contents: Callable[[SavedPath], bytes]
    """Gives the bytes of a file; may raise SnapshotError or HostError."""


class PathDifference(Value, frozen=True, kw_only=True):
    """One path."""

    path: PurePosixPath
    what: tuple[str, ...]
    """In a few words each."""
    diff: str = ""
    """Unified, secrets masked."""


class ValueDifference(Value, frozen=True, kw_only=True):
    """One kernel value, live directive or unit."""

    name: str
    before: str
    after: str


class Difference(Value, frozen=True, kw_only=True):
    """All that differs."""

    schema: str = "redis-wizard/snapshots-diff"
    version: int = 1
    before: str
    """Id of a snapshot."""
    after: str
    """Id of another, or ``now``."""
    paths: tuple[PathDifference, ...]
    kernel: tuple[ValueDifference, ...]
    directives: tuple[ValueDifference, ...]
    units: tuple[ValueDifference, ...]
    compared: str
    """How much was compared, in words."""
    not_looked_at: tuple[str, ...] = ()
    """What could not be compared, one sentence each with the reason."""

    @property
    def empty(self) -> bool:
        """Nothing that was compared differs."""
        return not (self.paths or self.kernel or self.directives or self.units)

    def lines(self) -> tuple[str, ...]:
        """Return it for people, each line safe to show."""
        rows = [f"From {self.before} to {self.after}:"]
        for path in self.paths:
            rows.append(f"{path.path}: {'; '.join(path.what)}")
            rows += [f"    {line}" for line in path.diff.splitlines()]
        for kind, values in (("kernel", self.kernel), ("live", self.directives), ("unit", self.units)):
            rows += [f"{kind:<6} {each.name}: {each.after or 'empty'}, was {each.before or 'empty'}" for each in values]
        if self.empty:
            rows = [f"No difference from {self.before} to {self.after}: {self.compared} are the same."]
        rows += [f"Not compared: {each}" for each in self.not_looked_at]
        return tuple(escape(row) for row in rows)


def compare(before: ComparedState, after: ComparedState) -> Difference:
    """Compare two states, the older one first."""
    olds = {saved.status.path: saved for saved in before.state.paths}
    news = {saved.status.path: saved for saved in after.state.paths}
    both = sorted(olds.keys() & news.keys())
    one, other = before.state, after.state
    units = {unit.name: unit for unit in other.units}
    pairs = [(unit, units[unit.name]) for unit in one.units if unit.name in units]
    return Difference(
        before=before.name,
        after=after.name,
        paths=tuple(_paths(before, after, [(olds[path], news[path]) for path in both])),
        kernel=tuple(_values(one.kernel, other.kernel, lambda _name, old, new: old.split() == new.split())),
        directives=(*map(_masked, _values(one.directives, other.directives, equivalent)), *_secrets(one, other)),
        units=tuple(difference for pair in pairs for difference in _unit(*pair)),
        compared=_counted(
            (len(both), "path"),
            (len(one.kernel.keys() & other.kernel.keys()), "kernel value"),
            (len(one.directives.keys() & other.directives.keys()), "live directive"),
            (len(pairs), "unit"),
        ),
        not_looked_at=tuple(_not_looked_at(before, after)),
    )


# --- paths -----------------------------------------------------------------------------------------


def _paths(
    before: ComparedState, after: ComparedState, pairs: Iterable[tuple[SavedPath, SavedPath]]
) -> Iterator[PathDifference]:
    for old, new in pairs:
        contents, diff = _contents(before, after, old, new)
        kind = _kind(old, new)
        what = (*kind, *contents) if kind else (*contents, *_rights(old, new), *_attributes(old, new))
        if what:
            yield PathDifference(path=old.status.path, what=what, diff=diff)


def _contents(before: ComparedState, after: ComparedState, old: SavedPath, new: SavedPath) -> tuple[list[str], str]:
    if old.status.digest == new.status.digest:
        return [], ""
    try:
        texts = [
            side.contents(saved) if saved.status.kind is FileKind.FILE else None
            for side, saved in ((before, old), (after, new))
        ]
    except (SnapshotError, HostError) as error:
        return [f"contents (not shown: {error})"], ""
    shown = compare_contents(old.status.path, texts[0], texts[1])
    return [shown.what], shown.diff


def _kind(old: SavedPath, new: SavedPath) -> list[str]:
    was, now = old.status.kind, new.status.kind
    return [] if was is now else [f"is {_called(now)}, was {_called(was)}"]


def _called(kind: FileKind) -> str:
    return "absent" if kind is FileKind.ABSENT else f"a {kind}"


def _rights(old: SavedPath, new: SavedPath) -> Iterator[str]:
    was, now = old.status, new.status
    if was.kind is not FileKind.LINK and was.mode != now.mode:
        yield f"mode {now.mode:04o}, was {was.mode:04o}"
    if was.kind is not FileKind.LINK and (was.owner, was.group) != (now.owner, now.group):
        yield f"belongs to {now.owner}:{now.group}, did to {was.owner}:{was.group}"
    if was.target != now.target:
        yield f"points to {now.target}, did to {was.target}"
    if was.kind is FileKind.FILE and was.links != now.links:
        yield f"has {_count(now.links, 'name')} (hard links), had {was.links}"


def _attributes(old: SavedPath, new: SavedPath) -> Iterator[str]:
    for name in sorted(old.attributes.keys() | new.attributes.keys()):
        was, now = old.attributes.get(name), new.attributes.get(name)
        if was == now:
            continue
        if name in posixacl.NAMES:
            yield f"{posixacl.NAMES[name]} {_acl(now)}, was {_acl(was)}"
        else:
            yield f"extended attribute {name} {_changed(was, now)}"


def _acl(encoded: str | None) -> str:
    return "none" if encoded is None else posixacl.text_of(base64.b64decode(encoded)) or "in another form"


def _changed(was: str | None, now: str | None) -> str:
    if was is None:
        return "is new"
    return "is gone" if now is None else "has another value"


# --- values ----------------------------------------------------------------------------------------


def _values(
    old: dict[str, str], new: dict[str, str], equal: Callable[[str, str, str], bool]
) -> Iterator[ValueDifference]:
    for name in sorted(old.keys() & new.keys()):
        if not equal(name, old[name], new[name]):
            yield ValueDifference(name=name, before=old[name], after=new[name])


def _masked(found: ValueDifference) -> ValueDifference:
    shown = [" ".join(masked(found.name, (value,))) for value in (found.before, found.after)]
    return ValueDifference(name=found.name, before=shown[0], after=shown[1])


def _secrets(one: Snapshot, other: Snapshot) -> Iterator[ValueDifference]:
    """Of a password only whether it is set is known."""
    if one.directives and other.directives:
        for name in sorted({*one.secrets} ^ {*other.secrets}):
            shown = [MASK if name in each.secrets else "" for each in (one, other)]
            yield ValueDifference(name=name, before=shown[0], after=shown[1])


def _unit(old: SavedUnit, new: SavedUnit) -> Iterator[ValueDifference]:
    # In a directory tree nothing is said about what runs.
    if old.active and new.active and (old.active in RUNNING) is not (new.active in RUNNING):
        yield ValueDifference(name=old.name, before=old.active, after=new.active)
    if old.enabled != new.enabled:
        yield ValueDifference(name=old.name, before=old.enabled or "absent", after=new.enabled or "absent")


def _not_looked_at(before: ComparedState, after: ComparedState) -> Iterator[str]:
    sides = ((before, after), (after, before))
    names = {name for side, _ in sides for name in (*side.state.watched, *side.state.directives)}
    for side, other in sides:
        alone = {each.status.path for each in side.state.paths} - {each.status.path for each in other.state.paths}
        yield from (f"{path} exists in {side.name} only." for path in sorted(alone))
        missing = other.state.kernel.keys() - side.state.kernel.keys()
        yield from (f"{key} could not be read for {side.name}." for key in sorted(missing))
        if names and not side.state.directives:
            yield f"live directives could not be read for {side.name}: the login was refused."
        running = {unit.name for unit in other.state.units if unit.active}
        if any(not unit.active and unit.name in running for unit in side.state.units):
            yield f"the unit states could not be read for {side.name}."


def _counted(*counts: tuple[int, str]) -> str:
    words = [_count(count, word) for count, word in counts]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _count(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
