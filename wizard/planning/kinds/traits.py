"""What the thinking half must know of a kind of change; each part is required."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Generic, TypeVar

from wizard.model.change import ChangeBase
from wizard.model.facts.instance import Instance
from wizard.model.value import Value, field

C = TypeVar("C", bound=ChangeBase)


class Touched(Value, frozen=True, kw_only=True):
    """What a change may create, alter or remove: a snapshot remembers each of these before the change."""

    paths: Sequence[PurePosixPath] = ()
    permissions: Mapping[PurePosixPath, tuple[str, str, int]] = field(default_factory=dict)
    """Owner, group and mode that it sets, by path."""
    kernel: Mapping[str, str] = field(default_factory=dict)
    """Live kernel values that it sets, by key."""
    directives: Sequence[str] = ()
    """Directives whose live value it may change, without those whose value is secret."""
    enables: Sequence[str] = ()
    """Units that it enables and starts."""
    restarts: Sequence[str] = ()
    """Units that it restarts."""
    packages: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits(Generic[C]):
    """The pure half of one kind."""

    rank: Callable[[C], tuple[int, ...]]
    """Its place among the changes of its kind; the kinds follow each other as in `TRAITS`."""
    touches: Callable[[C, Instance | None], Touched]
    """What a snapshot must remember. The instance is the server in question, ``None`` when none is installed yet."""
    edits: Callable[[C, Sequence[PurePosixPath]], Sequence[PurePosixPath]]
    """The files whose text it changes; the second argument has the main configuration and its includes."""
    server_reads: bool
    """The server reads what it changes, so the change is rehearsed with the real binary."""
    place: Callable[[C], str]
    """The file, unit or key that changes, in short."""
    search: Callable[[C], str]
    """What a line of the diff about it holds; empty where no line is about it alone."""


def merged(found: Iterable[Touched]) -> Touched:
    """Return all that several changes touch."""
    every = tuple(found)
    return Touched(
        paths=tuple(path for each in every for path in each.paths),
        permissions={path: rights for each in every for path, rights in each.permissions.items()},
        kernel={key: value for each in every for key, value in each.kernel.items()},
        directives=tuple(name for each in every for name in each.directives),
        enables=tuple(unit for each in every for unit in each.enables),
        restarts=tuple(unit for each in every for unit in each.restarts),
        packages=tuple(name for each in every for name in each.packages),
    )


# --- what holds for several kinds ----------------------------------------------------------------


def as_planned(_: ChangeBase) -> tuple[int, ...]:
    """Keep the order in which the sections plan the changes of this kind."""
    return ()


def no_text(_: ChangeBase, _config: Sequence[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Edit no text."""
    return ()


def no_line(_: ChangeBase) -> str:
    """Name no line of a diff."""
    return ""
