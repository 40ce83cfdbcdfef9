"""External changes of live values: what another program set since an apply began stays, and is named.

What the apply leaves is recorded once it is made. A value that is neither that nor the earlier one when a rollback
begins is an external change: it is set again after a restart, which would lose it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig
from wizard.errors import ApplyError, HostError, ServerError, SnapshotError
from wizard.formats.redisconf.directives import canonical, equivalent, is_secret
from wizard.model.change import Change, Restart, SetDirective
from wizard.model.facts.unreadable import MASK
from wizard.model.value import replace
from wizard.persistence import eviction, quiesce
from wizard.server.client import Client
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.ownership import is_external

_ON_THE_WAY = {"port": ("0",), "save": ("", quiesce.SAFE_SAVE)}
"""What we set for a moment, in which we may be interrupted."""
_ADJUSTED = ("maxclients",)
"""What a server sets to fit the limits of its process."""
_OWN_WAY = "appendonly"
"""Going back to it has a way of its own."""


def live_values(changes: Sequence[SetDirective]) -> dict[str, str]:
    """Return what is set live, the append-only switch left out: it has a way of its own."""
    values = {c.name: c.live for c in changes if c.live is not None and c.name != "appendonly" and c.live != MASK}
    return eviction.order_memory_directives(values)


def planned_values(changes: Iterable[Change]) -> dict[str, str]:
    """Return the live values that a plan sets, no secret ones."""
    values = live_values([each for each in changes if isinstance(each, SetDirective)])
    return {name: value for name, value in values.items() if not is_secret(name)}


def demand_unchanged(run: ApplyContext) -> None:
    """Look for a live value that was set since the apply began, before the apply or a restart would lose it.

    Raises:
        ApplyError: there is one; the rollback that follows keeps it.
    """
    old = run.snapshot.directives
    ours = {canonical(name): value for name, value in run.store.footprint(run.identity).live.items()}
    now = _now(run.connector.connect_or_none(), old) if run.live else {}
    for name, value in now.items():
        if name != _OWN_WAY and _is_theirs(name, value, old[name], ours):
            raise ApplyError(
                f"another administrator set {name} to {value!r} in the running server while the apply ran; plan again"
            )


def record_result(run: ApplyContext) -> None:
    """Write down what the change leaves in the running server, of all that its snapshot has.

    A value that the change cannot have made is another administrator's already: then the one that it made is noted.

    Raises:
        HostError: it cannot be written.
    """
    client = run.connector.connect_or_none() if run.is_running_host and run.snapshot.directives else None
    left = _now(client, run.snapshot.directives)
    if left:
        footprint, planned = run.store.footprint(run.identity), planned_configuration(run)
        made = {name: _made(name, value, _expected(run, name, footprint, planned)) for name, value in left.items()}
        run.store.write_record(run.identity, replace(footprint, live=footprint.live | made))


def detect_external(work: RollbackContext, client: Client | None) -> None:
    """Find external changes before any value is restored or the server stopped.

    They are recorded for a recovery after a crash: a restart may have lost them until then.
    """
    noted = _noted(work)
    if noted.external_values is None:
        noted = replace(noted, external_values=_found(work, client))
        with suppress(HostError):
            work.store.write_record(work.journal.identity, noted)
    work.external_values = dict(noted.external_values or {})


def target_values(work: RollbackContext) -> dict[str, str]:
    """Return the live values that are restored, those of others among them."""
    return work.snapshot.directives | work.external_values


def messages(work: RollbackContext) -> tuple[str, ...]:
    """Name what others set, one sentence each."""
    if not work.external_values:
        return ()
    now = _now(work.connector.connect_or_none(), work.external_values)
    return tuple(
        f"{name} is {value!r} in the running server: set by another administrator since ({_before(work, name)})"
        if name in now and equivalent(name, now[name], value)
        else f"{name} was set to {value!r} in the running server by another administrator, and could not be set again"
        for name, value in work.external_values.items()
    )


# --- inside --------------------------------------------------------------------------------------


def _expected(run: ApplyContext, name: str, record: ApplyRecord, planned: ResolvedConfig) -> str | None:
    """Return the value that the change leaves; ``None`` where the server itself has a say in it."""
    known = canonical(name)
    if known in {_OWN_WAY, *_ON_THE_WAY, *_ADJUSTED}:
        return None
    for set_hot, value in record.live.items():
        if canonical(set_hot) == known:
            return value
    if not any(isinstance(change, Restart) for change in run.plan.changes):
        return run.snapshot.directives[name]
    return planned.after_start(name) or None


def _made(name: str, found: str, expected: str | None) -> str:
    return found if expected is None or equivalent(name, found, expected) else expected


def _noted(work: RollbackContext) -> ApplyRecord:
    try:
        return work.store.footprint(work.journal.identity)
    except SnapshotError:
        return ApplyRecord(digests={}, external_values={})


def _found(work: RollbackContext, client: Client | None) -> dict[str, str]:
    if work.known is None:
        return {}
    ours = {canonical(name): value for name, value in work.known.live.items()}
    # After a restart only the record shows what the restart lost.
    all_known = not work.known.remembered and not work.restarted
    old = work.snapshot.directives
    return {
        name: value
        for name, value in _now(client, old).items()
        if name != _OWN_WAY and (canonical(name) in ours or all_known) and _is_theirs(name, value, old[name], ours)
    }


def _is_theirs(name: str, now: str, old: str, ours: Mapping[str, str]) -> bool:
    known = canonical(name)
    made = (*((ours[known],) if known in ours else ()), *_ON_THE_WAY.get(known, ()))
    return is_external(now, old, *made, same=partial(equivalent, name))


def _before(work: RollbackContext, name: str) -> str:
    old = f"{work.snapshot.directives.get(name, '')!r} was before"
    ours = work.known.live.get(name) if work.known else None
    return old if ours is None else f"{ours!r} was set by the apply, {old}"


def _now(client: Client | None, names: Iterable[str]) -> dict[str, str]:
    try:
        found = client.config_get() if client is not None else {}
    except ServerError:
        return {}
    return {name: found[name] for name in names if name in found}
