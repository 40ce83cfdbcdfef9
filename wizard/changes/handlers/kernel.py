"""Set a kernel value live, and back."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.changes.context import ApplyContext
from wizard.changes.handler import CommitPhase, ComparePhase, Handler, RollbackPhase, VerifyPhase, one_by_one
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError, VerifyError
from wizard.host.reader import HostReader
from wizard.model.change import SetKernel
from wizard.model.text import counted
from wizard.snapshots.ownership import is_external

PATHS = {
    "thp.enabled": "/sys/kernel/mm/transparent_hugepage/enabled",
    "thp.defrag": "/sys/kernel/mm/transparent_hugepage/defrag",
}


def _set(run: ApplyContext, change: SetKernel) -> None:
    """Write it and read it back.

    Raises:
        UnsupportedError: the kernel has no such value, or it belongs to another host.
        VerifyError: it reads back differently.
    """
    run.host.write_kernel(change.key, change.value)
    now = value(run.host, change.key)
    if not same(now, change.value):
        raise VerifyError(f"{change.key} was set to {change.value} and reads {now}")


def _do(run: ApplyContext, changes: Sequence[SetKernel]) -> None:
    if run.is_running_host:
        _set_each(run, changes)


def _verify(run: ApplyContext, changes: Sequence[SetKernel]) -> Iterator[str]:
    for change in changes:
        now = value(run.host, change.key)
        if not same(now, change.value):
            raise VerifyError(f"{change.key} should be {change.value} and is {now}")
    yield f"{counted(len(changes), 'kernel value')} {'is' if len(changes) == 1 else 'are'} in force."


def _undo(work: RollbackContext) -> None:
    """Restore every value that is as the apply set it; a value that another program set since stays."""
    for key, old in work.snapshot.kernel.items():
        try:
            _put_back(work, key, old)
        except HostError as error:
            work.differences.append(f"{key} was not restored to {old}: {error}")


def _put_back(work: RollbackContext, key: str, old: str) -> None:
    now = value(work.host, key)
    ours = work.footprint.kernel.get(key, now)
    if is_external(now, old, ours, same=same):
        work.differences.append(
            f"{key} is {now}: set by another program since ({ours} was set by the apply, {old} was before); it stays"
        )
    elif not same(now, old):
        work.host.write_kernel(key, old)


def value(host: HostReader, key: str) -> str:
    """Read a value as the kernel has it now; of a choice the chosen word."""
    path = PATHS.get(key) or "/proc/sys/" + key.replace(".", "/")
    text = host.read(PurePosixPath(path)).decode(errors="replace").strip()
    _, bracket, rest = text.partition("[")
    return rest.partition("]")[0] if bracket else text


def same(one: str, other: str) -> bool:
    """Compare two values; blanks between numbers do not count."""
    return one.split() == other.split()


def _differences(work: RollbackContext) -> Iterator[str]:
    for key, old in work.snapshot.kernel.items():
        now = value(work.host, key)
        if not same(now, old):
            yield f"{key} is {now}, was {old}"


_set_each = one_by_one(_set)

HANDLER: Handler[SetKernel] = Handler(
    do={CommitPhase.KERNEL: _do},
    verify={VerifyPhase.MACHINE: _verify},
    undo={RollbackPhase.KERNEL: _undo},
    differences={ComparePhase.KERNEL: _differences},
)
