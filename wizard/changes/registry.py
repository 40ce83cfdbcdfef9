"""The handler of each kind of change, and the walk over them that commit, verification and rollback share."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wizard.changes.context import ApplyContext
from wizard.changes.handler import CommitPhase, ComparePhase, Handler, RollbackPhase, VerifyPhase
from wizard.changes.handlers import (
    certificate,
    directives,
    directory,
    file,
    kernel,
    mode,
    package,
    restart,
    unit,
    users,
)
from wizard.changes.rollback_context import RollbackContext
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

HANDLERS: Final[Mapping[type[ChangeBase], Handler[Any]]] = {
    InstallPackage: package.HANDLER,
    MakeDirectory: directory.HANDLER,
    IssueCertificate: certificate.HANDLER,
    TrustAuthorities: certificate.HANDLER,
    SetUser: users.HANDLER,
    RemoveUser: users.HANDLER,
    SetMode: mode.HANDLER,
    SetDirective: directives.HANDLER,
    SetKernel: kernel.HANDLER,
    WriteFile: file.HANDLER,
    EnableUnit: unit.HANDLER,
    Restart: restart.HANDLER,
}
"""By kind. Of two that meet in one phase, the earlier one is asked first; a rollback goes backwards."""


def do(run: ApplyContext, phase: CommitPhase) -> None:
    """Make what belongs to this phase of all changes of the plan.

    Raises:
        WizardError: of the first act that fails; what was done before it stays done.
    """
    for handler, changes in _by_handler(run).items():
        if make := handler.do.get(phase):
            make(run, changes)


def verify(run: ApplyContext, phase: VerifyPhase) -> Iterator[str]:
    """Prove what belongs to this phase, one sentence for each thing that is right.

    Raises:
        VerifyError: the first thing that is not.
    """
    for handler, changes in _by_handler(run).items():
        if check := handler.verify.get(phase):
            yield from check(run, changes)


def undo(work: RollbackContext, phase: RollbackPhase) -> None:
    """Restore what belongs to this phase, of all kinds: no plan is needed for it."""
    for handler in reversed(_handlers()):
        if act := handler.undo.get(phase):
            act(work)


def differences(work: RollbackContext, phase: ComparePhase) -> Iterator[str]:
    """Compare with the snapshot, one sentence for each thing that is not as it was."""
    for handler in _handlers():
        if compare := handler.differences.get(phase):
            yield from compare(work)


def _handlers() -> tuple[Handler[Any], ...]:
    """Return each handler once, in the order of the table."""
    return tuple(dict.fromkeys(HANDLERS.values()))


def _by_handler(run: ApplyContext) -> dict[Handler[Any], list[Change]]:
    """Return the handlers that the plan needs, in the order of the table, with their changes."""
    wanted = [(HANDLERS[type(change)], change) for change in run.plan.changes]
    found = {each: [change for handler, change in wanted if handler is each] for each in _handlers()}
    return {handler: changes for handler, changes in found.items() if changes}
