"""Set directives in the running server, and back.

What may not live here: the lines of the file; opening and closing doors (`listeners`).
"""

from wizard.changes import listeners
from wizard.changes.context import ApplyContext
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig, resolve
from wizard.formats.redisconf.directives import canonical, equivalent
from wizard.model.change import SetDirective
from wizard.model.dataset import LIMIT, POLICY
from wizard.persistence import datafiles, dataset, eviction
from wizard.server.client import Client


def has_renamed_commands(run: ApplyContext) -> bool:
    """Whether commands are about to lose their names: then the append-only file is written anew before the restart."""
    return any(isinstance(c, SetDirective) and canonical(c.name) == "rename-command" for c in run.plan.changes)


def append_only_on(run: ApplyContext) -> None:
    """Switch the append-only file on and wait until it holds everything; the keys were saved before the first change.

    Raises:
        ApplyError: the file could not be written.
    """
    client = run.connector.connect()
    if dataset.uses_append_only(client):
        return
    # The server does not use what lies there, and would mix it with what it writes now.
    archive_aof(run, resolve(run.host, run.plan.config, {}, run.server))
    dataset.append_only_on(client)


def append_only_off(run: ApplyContext) -> None:
    """Save every key, then switch the append-only file off.

    Raises:
        ApplyError: the data could not be saved; it is still on.
    """
    client = run.connector.connect()
    if dataset.uses_append_only(client):
        dataset.append_only_off(client)


def archive_aof(run: ApplyContext, configuration: ResolvedConfig) -> None:
    """Rename append-only files that the server does not use; they are kept, never loaded, never deleted."""
    known = datafiles.data_files(run.server, configuration)
    others = (each.append_only for each in run.facts.instances if each.name != run.server.name)
    shared = known is not None and any(each is not None and each.path in known.append_only for each in others)
    if known is None or shared or dataset.uses_append_only(run.connector.connect()):
        return
    for aside in datafiles.archive_aof(run.host, known, run.identity):
        run.checks.append(f"Append-only files that the server does not use were moved to {aside}.")


def differing(client: Client, wanted: dict[str, str]) -> dict[str, str]:
    """Give those of the wanted values that the server does not have now."""
    now = client.config_get()
    return {name: value for name, value in wanted.items() if name in now and not equivalent(name, now[name], value)}


def without_evictions(work: RollbackContext, client: Client, wanted: dict[str, str]) -> dict[str, str]:
    """Leave a limit of memory out that would drop keys at once, and say so; the data have grown beyond it since.

    Raises:
        ServerError: the server does not tell its values.
    """
    changed = differing(client, {name: wanted[name] for name in (LIMIT, POLICY) if name in wanted})
    found = eviction.memory_pressure(client, wanted) if changed and not work.accepted else None
    if found is None:
        return wanted
    names = {
        LIMIT,
        *([POLICY] if eviction.memory_pressure(client, {POLICY: found.policy}) else []),
    }
    kept = (
        f"{' and '.join(sorted(names))} kept in the running server: {found}, so keys of about "
        f"{found.used - found.limit} bytes would be dropped. The file has what was before, so the next start drops "
        f"them; to let them go now: CONFIG SET {LIMIT} {found.limit}"
    )
    if not any(each.startswith(f"{LIMIT} ") for each in work.differences):
        work.differences.append(kept)
    return {name: value for name, value in wanted.items() if name not in names}


def undo(client: Client, wanted: dict[str, str]) -> None:
    """Set what differs back, listeners first: they may be the only way in for others."""
    different = {name: value for name, value in differing(client, wanted).items() if name != "appendonly"}
    loud = {name: value for name, value in different.items() if canonical(name) in listeners.NAMES}
    quiet = {name: value for name, value in different.items() if canonical(name) not in listeners.NAMES}
    if loud:
        listeners.set_without_port_conflict(client, loud)
    if quiet:
        client.config_set(eviction.order_memory_directives(quiet))
