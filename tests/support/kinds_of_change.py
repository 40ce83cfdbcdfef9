"""What a kind of change must have, and one example of each: `missing_parts` names what is not there."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, get_args

from wizard.changes.registry import HANDLERS
from wizard.model.change import (
    CertificateRole,
    Change,
    ChangeBase,
    Effect,
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
from wizard.planning.kinds import TRAITS

COMMON: dict[str, Any] = {
    "id": "x", "title": "x", "before": "", "after": "", "why": "", "source": "", "effect": Effect.NOW, "undo": "",
}  # fmt: skip
PATH = PurePosixPath("/etc/redis/x")
RIGHTS: dict[str, Any] = {"owner": "root", "group": "redis", "mode": 0o640}
EXAMPLES: Mapping[type[ChangeBase], ChangeBase] = {
    type(change): change
    for change in (
        InstallPackage(**COMMON, package="redis-server", manager="apt", unit="redis-server.service"),
        MakeDirectory(**COMMON, **RIGHTS, path=PATH),
        IssueCertificate(
            **COMMON, role=CertificateRole.SERVER, common_name="x", days=1, key_type="ec-p256", certificate=PATH,
            key=PATH, authority=PATH, authority_key=PATH, owner="root", group="redis", key_mode=0o640,
        ),
        TrustAuthorities(**COMMON, path=PATH, authorities=(PATH,), owner="root", group="redis"),
        SetUser(**COMMON, path=PATH, user="app", rules="on", password="generate"),
        RemoveUser(**COMMON, path=PATH, user="app"),
        SetMode(**COMMON, **RIGHTS, path=PATH),
        SetDirective(**COMMON, path=PATH, name="maxmemory", values=(("1gb",),)),
        SetKernel(**COMMON, key="vm.overcommit_memory", value="1"),
        WriteFile(**COMMON, path=PATH, content="x"),
        EnableUnit(**COMMON, unit="x.service"),
        Restart(**COMMON, unit="redis-server.service", because=("x",)),
    )
}  # fmt: skip


def missing_parts() -> Iterator[str]:
    """Name every part that a kind of change does not have."""
    kinds = get_args(Change)
    defined = {kind for kind in ChangeBase.__subclasses__() if kind.__module__ == ChangeBase.__module__}
    yield from (f"{kind.__name__} is not in Change (wizard/model/change.py)" for kind in defined - {*kinds})
    yield from (f"{kind.__name__} has no row in TRAITS (wizard/planning/kinds)" for kind in kinds if kind not in TRAITS)
    for kind in kinds:
        if kind not in HANDLERS:
            yield f"{kind.__name__} has no row in HANDLERS (wizard/changes/registry.py)"
        elif not HANDLERS[kind].do:
            yield f"{kind.__name__} does nothing on a host: its handler has an empty `do`"
        if kind not in EXAMPLES:
            yield f"{kind.__name__} has no row in EXAMPLES (tests/support/kinds_of_change.py)"
        elif kind in TRAITS and not _touches(EXAMPLES[kind]):
            yield f"{kind.__name__} could not be rolled back: its `touches` names nothing that a snapshot remembers"


def _touches(change: ChangeBase) -> bool:
    touched = TRAITS[type(change)].touches(change, None)
    return any(getattr(touched, name) for name in touched.__struct_fields__)


if __name__ == "__main__":
    print(*missing_parts(), sep="\n")  # noqa: T201 - a test reads it
