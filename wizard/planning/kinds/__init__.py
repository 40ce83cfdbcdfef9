"""The pure half of each kind of change: its place in the order, what it touches, how it is named.

One module a kind. The acting half of the same kind is in `wizard.changes.handlers`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from wizard.model.change import (
    Change,
    ChangeBase,
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
    TrustAuthorities,
    WriteFile,
)
from wizard.model.facts.instance import Instance
from wizard.planning.kinds import (
    certificate,
    directives,
    directory,
    file,
    kernel,
    mode,
    package,
    restart,
    traits,
    unit,
    users,
)
from wizard.planning.kinds.traits import Touched, Traits

__all__ = ["TRAITS", "Touched", "Traits", "touched", "traits_of"]

C = TypeVar("C", bound=ChangeBase)

TRAITS: Final[Mapping[type[ChangeBase], Traits[Any]]] = {
    InstallPackage: package.TRAITS,
    MakeDirectory: directory.TRAITS,
    IssueCertificate: certificate.TRAITS,
    TrustAuthorities: certificate.TRUST,
    SetUser: users.SET,
    RemoveUser: users.REMOVE,
    SetMode: mode.TRAITS,
    SetDirective: directives.TRAITS,
    SetKernel: kernel.TRAITS,
    WriteFile: file.TRAITS,
    EnableUnit: unit.TRAITS,
    Restart: restart.TRAITS,
}
"""By kind, in the order in which a plan lists them: what is new comes before what uses it, users before the
directives that send clients to them, what takes effect at once before what needs a restart, the restart last."""


def traits_of(change: C) -> Traits[C]:
    """Return the traits of a change."""
    return TRAITS[type(change)]


def touched(changes: Iterable[Change], instance: Instance | None) -> Touched:
    """Return all that these changes may create, alter or remove.

    Args:
        changes: The plan's.
        instance: The server in question, ``None`` when none is installed yet.
    """
    return traits.merged(traits_of(change).touches(change, instance) for change in changes)
