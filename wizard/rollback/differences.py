"""How the host differs from a snapshot once it has been restored, one sentence each."""

from wizard.changes import registry
from wizard.changes.handler import ComparePhase
from wizard.changes.handlers import unit
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError, ServerError
from wizard.model.dataset import lost_keys
from wizard.model.snapshot import SavedUnit
from wizard.persistence import dataset
from wizard.rollback import client_view
from wizard.snapshots.restore import difference

_NO_NAMES = frozenset({"the", "user"})
"""A sentence that begins so names its subject later."""


def dropped(work: RollbackContext) -> tuple[str, ...]:
    """Keys that a server drops for want of memory are no loss to it; they are not dropped silently."""
    before, after = work.dataset_before, work.dataset_after
    if after is None:
        return ()
    count = after.evicted - (before.evicted if before is not None and before.run == after.run else 0)
    return (f"{count} keys were evicted for lack of memory since the rollback started.",) if count > 0 else ()


def differences(work: RollbackContext) -> list[str]:
    """Return all that is not as the snapshot has it: paths, units, kernel, and what a client meets."""
    found = [text for saved in work.snapshot.paths if (text := difference(work.host, saved))]
    found += registry.differences(work, ComparePhase.HOST)
    if work.host.tree is not None:
        return [text for text in found if not _known(work, text)]
    found += _live_differences(work)
    return [text for text in found if not _known(work, text)]


def _live_differences(work: RollbackContext) -> list[str]:
    found = [*registry.differences(work, ComparePhase.KERNEL)]
    if work.booting:
        return found
    met = client_view.socket_differences(work) + client_view.certificate_differences(work)
    return found + met + server_differences(work)


def _known(work: RollbackContext, text: str) -> bool:
    """Return whether this path, unit or directive was kept for a reason, and so is named already."""
    first = text.split(" ", maxsplit=1)[0]
    return first not in _NO_NAMES and any(first == kept.split(" ")[0] for kept in work.differences)


def server_differences(work: RollbackContext) -> list[str]:
    """Return what differs in the running server; nothing where it refuses every login."""
    client = work.connector.connect_or_none()
    if client is None:
        return []
    work.dataset_after = dataset.read_dataset_stats(client)
    found = []
    if work.dataset_before is not None and lost_keys(work.dataset_before, work.dataset_after):
        counted = f"the server has {work.dataset_after.keys} keys and had {work.dataset_before.keys}"
        if work.accepted:
            work.messages.append(f"{counted}: you accepted that some may be lost.")
        else:
            found.append(counted)
    try:
        return [*found, *registry.differences(work, ComparePhase.SERVER)]
    except (HostError, ServerError):
        return found


def server_unit(work: RollbackContext) -> SavedUnit | None:
    """Return the unit of the server as it was; ``None`` where no unit runs one."""
    name = unit.server_unit(work)
    return next((saved for saved in work.snapshot.units if saved.name == name), None)
