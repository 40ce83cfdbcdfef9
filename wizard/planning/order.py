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

_EARLY = ("appendonly", "appendfsync", "save")
"""Data first: what follows may end in a restart."""
_LATE = ("tls-port", "bind", "port")
"""Listeners last: a door opens once its certificates are set, and closes once the other is open."""


def ordered(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Sort changes; those of one rank keep their order."""
    return tuple(sorted(changes, key=_rank))


def _rank(change: Change) -> tuple[int, int, int]:
    match change:
        case InstallPackage():
            return (0, 0, 0)
        case MakeDirectory():
            return (1, len(change.path.parts), 0)
        case IssueCertificate():
            return (2, ("authority", "server", "client").index(change.role.value), 0)
        case SetUser():
            return (3, 0, int(change.user == "default"))
        case RemoveUser():
            return (3, 1, 0)
        case SetMode():
            return (4, -len(change.path.parts), 0)
        case SetDirective():
            return (5, *_directive(change))
        case SetKernel():
            return (6, 0, 0)
        case WriteFile():
            return (7, 0, 0)
        case EnableUnit():
            return (8, 0, 0)
        case Restart():
            return (9, 0, 0)


def _directive(change: SetDirective) -> tuple[int, int]:
    if change.name in _EARLY:
        return (0, _EARLY.index(change.name))
    if change.name in _LATE:
        return (2, _LATE.index(change.name))
    return (1, 0)
