"""The order in which changes are made.

What is new comes before what uses it, users before the directives that send clients to them, hot
directives before what needs a restart, what closes a door last, and the one restart at the end.
What may not live here: the changes themselves.
"""

from collections.abc import Sequence

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

_KINDS: tuple[type[Change], ...] = (
    InstallPackage,
    MakeDirectory,
    IssueCertificate,
    SetUser,
    RemoveUser,
    SetMode,
    SetDirective,
    SetKernel,
    WriteFile,
    EnableUnit,
    Restart,
)
_EARLY = ("appendonly", "appendfsync", "save")
"""Data first: what follows may end in a restart."""
_LATE = ("tls-port", "bind", "port")
"""Listeners last: a door opens once its certificates are set, and closes once the other is open."""


def ordered(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Sort changes; those of one rank keep their order."""
    return tuple(sorted(changes, key=_rank))


def _rank(change: Change) -> tuple[int, int, int]:
    place = _KINDS.index(type(change))
    match change:
        case MakeDirectory():
            return (place, len(change.path.parts), 0)
        case IssueCertificate():
            return (place, ("authority", "server", "client").index(change.role.value), 0)
        case SetUser():
            return (place, 0, int(change.user == "default"))
        case SetMode():
            return (place, -len(change.path.parts), 0)
        case SetDirective():
            return (place, *_directive(change))
        case _:
            return (place, 0, 0)


def _directive(change: SetDirective) -> tuple[int, int]:
    if change.name in _EARLY:
        return (0, _EARLY.index(change.name))
    if change.name in _LATE:
        return (2, _LATE.index(change.name))
    return (1, 0)
