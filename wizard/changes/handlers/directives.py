"""Set directives in the running server and in its files, and set them back."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from wizard.changes import files, listeners, live_config
from wizard.changes.context import ApplyContext, PlanContext, planned_configuration
from wizard.changes.handler import CommitPhase, ComparePhase, Handler, RollbackPhase, VerifyPhase
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig, resolve
from wizard.errors import ServerError, VerifyError
from wizard.formats.redisconf.directives import Support, canonical, equivalent, is_secret, support
from wizard.model.change import SetDirective
from wizard.model.dataset import LIMIT, POLICY
from wizard.model.event import Phase
from wizard.model.text import counted
from wizard.persistence import datafiles, dataset, eviction
from wizard.server.client import Client

Directives = Sequence[SetDirective]


def has_renamed_commands(run: PlanContext) -> bool:
    """Whether commands are about to lose their names: then the append-only file is written again before the restart."""
    return any(isinstance(c, SetDirective) and canonical(c.name) == "rename-command" for c in run.plan.changes)


def _append_only_on(run: ApplyContext, changes: Directives) -> None:
    """Switch the append-only file on and wait until it holds everything; the keys were saved before the first change.

    Raises:
        ApplyError: the file could not be written.
    """
    for change in _switches(run, changes, to="yes"):
        with run.journal.step(Phase.COMMIT, "switch the append-only file on", changes=(change.id,)):
            client = run.connector.connect()
            if not dataset.uses_append_only(client):
                # The server does not use these files, and would mix them with what it writes now.
                _archive_aof(run, resolve(run.host, run.plan.config, {}, run.server))
                dataset.append_only_on(client)


def _set_live(run: ApplyContext, changes: Directives) -> None:
    """Set directives in the running server, all but its listeners; then switch the append-only file off.

    Its line is written directly afterwards: a start in between would read files that are no longer written.
    """
    if not run.live:
        return
    wanted = [change for change in changes if canonical(change.name) not in listeners.NAMES]
    if values := live_config.live_values(wanted):
        live_config.demand_unchanged(run)
        ids = tuple(change.id for change in wanted if change.name in values)
        count = counted(len(values), "directive")
        with run.journal.step(Phase.COMMIT, f"set {count} in the running server", changes=ids):
            run.connector.connect().config_set(values)
    for change in _switches(run, changes, to="no"):
        with run.journal.step(Phase.COMMIT, "save, then switch the append-only file off", changes=(change.id,)):
            client = run.connector.connect()
            if dataset.uses_append_only(client):
                dataset.append_only_off(client)


def _write(run: ApplyContext, changes: Directives) -> None:
    """Write the lines; files that the server no longer uses must never be loaded over newer data from then on."""
    files.write(run, run.staged.configuration)
    for change in _switches(run, changes, to="no"):
        with run.journal.step(Phase.COMMIT, "archive the old append-only files", changes=(change.id,)):
            _archive_aof(run, planned_configuration(run))


def _switches(run: ApplyContext, changes: Directives, *, to: str) -> list[SetDirective]:
    """Return the changes that switch the append-only file of a running server to this value."""
    found = (change for change in changes if run.live and change.live == to)
    return [change for change in found if canonical(change.name) == "appendonly"]


def _open_listeners(run: ApplyContext, _: Directives) -> None:
    if run.live and not listeners.tls_reuses_port(run):
        listeners.open_new(run)


def _close_listeners(run: ApplyContext, _: Directives) -> None:
    if run.live:
        listeners.close_old(run)
        if listeners.tls_reuses_port(run):
            listeners.open_new(run)


def _archive_aof(run: ApplyContext, configuration: ResolvedConfig) -> None:
    """Rename append-only files that the server does not use; they are kept, never loaded, never deleted."""
    known = datafiles.data_files(run.server, configuration)
    others = (each.append_only for each in run.facts.instances if each.name != run.server.name)
    shared = known is not None and any(each is not None and each.path in known.append_only for each in others)
    if known is None or shared or dataset.uses_append_only(run.connector.connect()):
        return
    for aside in datafiles.archive_aof(run.host, known, run.identity):
        run.checks.append(f"Append-only files that the server no longer uses were moved to {aside}.")


def differing(client: Client, wanted: dict[str, str]) -> dict[str, str]:
    """Return those of the wanted values that the server does not have now."""
    now = client.config_get()
    return {name: value for name, value in wanted.items() if name in now and not equivalent(name, now[name], value)}


def _without_evictions(work: RollbackContext, client: Client, wanted: dict[str, str]) -> dict[str, str]:
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
        f"{' and '.join(sorted(names))} not restored in the running server: {found}, so keys of about "
        f"{found.used - found.limit} bytes would be evicted. The file has the earlier value, so the next start evicts "
        f"them; to evict them now: CONFIG SET {LIMIT} {found.limit}"
    )
    if not any(each.startswith(f"{LIMIT} ") for each in work.differences):
        work.differences.append(kept)
    return {name: value for name, value in wanted.items() if name not in names}


def _set_back(client: Client, wanted: dict[str, str]) -> None:
    """Restore what differs, listeners first: they may be the only endpoints of some clients."""
    different = {name: value for name, value in differing(client, wanted).items() if name != "appendonly"}
    loud = {name: value for name, value in different.items() if canonical(name) in listeners.NAMES}
    quiet = {name: value for name, value in different.items() if canonical(name) not in listeners.NAMES}
    if loud:
        listeners.set_without_port_conflict(client, loud)
    if quiet:
        client.config_set(eviction.order_memory_directives(quiet))


def _undo(work: RollbackContext) -> None:
    """Set a server that was not restarted back.

    Raises:
        ServerError: it refuses a value.
    """
    client = work.connector.connect()
    _set_back(client, _without_evictions(work, client, live_config.target_values(work)))


def _set_again(work: RollbackContext) -> None:
    """Give a running server the values back that no file has: a restart made it forget them."""
    client = None if work.booting else work.connector.connect_or_none()
    if client is None:
        return
    wanted = live_config.target_values(work)
    with suppress(ServerError):
        wanted = _without_evictions(work, client, wanted)
    for values in (wanted, *({name: value} for name, value in wanted.items())):
        try:
            _set_back(client, values)
        except ServerError:
            # One that it refuses keeps none of the others back.
            continue
        if values is wanted:
            return


# --- what the running server has -----------------------------------------------------------------


def _verify(run: ApplyContext, changes: Directives) -> Iterator[str]:
    """The running server has every value that the plan sets."""
    try:
        found = run.connector.connect().config_get()
    except ServerError:
        yield "The live values were not read back, because CONFIG is disabled or refused."
        return
    count = 0
    for change in changes:
        if not _readable(run, change) or change.name not in found:
            continue
        wanted = change.live if change.live is not None else " ".join(a for line in change.values for a in line)
        if (change.live is not None or run.restarted) and not equivalent(change.name, found[change.name], wanted):
            raise VerifyError(f"{change.name} is {found[change.name]!r} in the running server and should be {wanted!r}")
        count += 1
    yield f"{counted(count, 'directive')} {'is' if count == 1 else 'are'} in force in the running server."


def _readable(run: ApplyContext, change: SetDirective) -> bool:
    version = run.server.version if isinstance(run.server.version, str) else ""
    known = support(change.name, run.server.flavour, version)
    return bool(change.values) and not is_secret(change.name) and known not in {Support.SPECIAL, Support.ABSENT}


def _differences(work: RollbackContext) -> Iterator[str]:
    now = work.connector.connect().config_get()
    for name, old in live_config.target_values(work).items():
        if name in now and not equivalent(name, now[name], old):
            yield f"{name} is {now[name]!r} in the running server, was {old!r}"
    lost = (name for name in work.snapshot.secrets if not now.get(name, "set"))
    yield from (f"{name} was set in the running server only; no file has it, so set it again" for name in lost)


HANDLER: Handler[SetDirective] = Handler(
    do={
        CommitPhase.APPEND_ONLY_ON: _append_only_on,
        CommitPhase.LIVE_VALUES: _set_live,
        CommitPhase.CONFIGURATION: _write,
        CommitPhase.OPEN_LISTENERS: _open_listeners,
        CommitPhase.CLOSE_LISTENERS: _close_listeners,
    },
    verify={VerifyPhase.VALUES: _verify},
    undo={RollbackPhase.RUNNING_SERVER: _undo, RollbackPhase.FORGOTTEN: _set_again},
    differences={ComparePhase.SERVER: _differences},
)
