"""How the host differs from a snapshot once it has been restored, one sentence each.

What may not live here: restoring (`restore`); asking the kernel and a handshake (`client_view`).
"""

from wizard.changes import live_config
from wizard.changes.handlers import kernel, unit, users
from wizard.changes.rollback_context import RollbackContext
from wizard.errors import HostError, ServerError, UnsupportedError
from wizard.formats.redisconf.directives import equivalent
from wizard.model.dataset import lost_keys
from wizard.model.snapshot import SavedUnit
from wizard.model.unit_state import RUNNING
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
    return (f"{count} keys were dropped for want of memory since the rollback began.",) if count > 0 else ()


def differences(work: RollbackContext) -> list[str]:
    """Return all that is not as the snapshot has it: paths, units, kernel, and what a client meets."""
    found = [text for saved in work.snapshot.paths if (text := difference(work.host, saved))]
    found += [text for saved in work.snapshot.units if (text := _unit_difference(work, saved))]
    if work.host.tree is not None:
        return [text for text in found if not _known(work, text)]
    found += _live_differences(work)
    return [text for text in found if not _known(work, text)]


def _live_differences(work: RollbackContext) -> list[str]:
    found = []
    for key, old in work.snapshot.kernel.items():
        now = kernel.value(work.host, key)
        if not kernel.same(now, old):
            found.append(f"{key} is {now}, was {old}")
    if work.booting:
        return found
    met = client_view.socket_differences(work) + client_view.certificate_differences(work)
    return found + met + server_differences(work)


def _known(work: RollbackContext, text: str) -> bool:
    """Return whether this path, unit or directive was kept for a reason, and so is named already."""
    first = text.split(" ", maxsplit=1)[0]
    return first not in _NO_NAMES and any(first == kept.split(" ")[0] for kept in work.differences)


def _unit_difference(work: RollbackContext, saved: SavedUnit) -> str:
    try:
        now = work.host.services.show(saved.name)
    except UnsupportedError:
        return ""
    if not work.booting and (now.active in RUNNING) is not (saved.active in RUNNING):
        return f"{saved.name} is {now.active}, was {saved.active}"
    return "" if now.enabled == saved.enabled else f"{saved.name} is {now.enabled or 'absent'}, was {saved.enabled}"


def server_differences(work: RollbackContext) -> list[str]:
    """Return what the running server has otherwise; nothing where none of our logins is let in."""
    client = work.connector.connect_or_none()
    if client is None:
        return []
    work.dataset_after = dataset.read_dataset_stats(client)
    found = []
    if work.dataset_before is not None and lost_keys(work.dataset_before, work.dataset_after):
        counted = f"the server has {work.dataset_after.keys} keys and had {work.dataset_before.keys}"
        if work.accepted:
            work.messages.append(f"{counted}: the operator accepted that some may be lost.")
        else:
            found.append(counted)
    try:
        now = client.config_get()
        other = users.differing(work, client, rules=False)
        changed = users.changed(work, client)
    except (HostError, ServerError):
        return found
    found += [f"user {name} of the running server is not as in its ACL file" for name in other]
    found += [f"user {name} of the running server is not as it was" for name in changed if name not in other]
    for name, old in live_config.target_values(work).items():
        if name in now and not equivalent(name, now[name], old):
            found.append(f"{name} is {now[name]!r} in the running server, was {old!r}")
    lost = (name for name in work.snapshot.secrets if not now.get(name, "set"))
    found += [f"{name} was set in the running server alone; no file has it, so set it again" for name in lost]
    return found


def server_unit(work: RollbackContext) -> SavedUnit | None:
    """Return the unit of the server as it was; ``None`` where no unit runs one."""
    name = unit.server_unit(work)
    return next((saved for saved in work.snapshot.units if saved.name == name), None)
