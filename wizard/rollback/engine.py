"""Roll an apply back, or restore a snapshot: by the worker, or by a recovery after an interruption.

Everything follows from files on the disk, so it can be repeated from any point.
"""

import time
from collections.abc import Mapping
from contextlib import suppress

from wizard.changes import merge
from wizard.changes.handlers import package
from wizard.changes.logins import administrator_logins
from wizard.changes.rollback_context import Baseline, RollbackContext
from wizard.config import configuration_of, resolve
from wizard.errors import ApplyError, DataLossError, HostError, SnapshotError, UnsafePathError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import space, watchdog
from wizard.jobs.finish import clean_up, finish_after_crash
from wizard.jobs.journal_writer import Journal, describe
from wizard.jobs.requests import Request
from wizard.jobs.worker_secrets import WorkerSecrets
from wizard.model.event import Event, EventKind, Outcome, Phase, Result
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.login import Endpoint, Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.status import Operation
from wizard.model.value import Secret, Value, field
from wizard.rollback import shield
from wizard.rollback.restore import describe_comparison, require_safe, restore_snapshot
from wizard.rollback.shared import SharedResources, find_shared
from wizard.server.sessions import Connector, access_to, endpoints, parse_endpoint
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.reader import SnapshotReader
from wizard.snapshots.store import Store


class RollbackTask(Value, frozen=True, kw_only=True):
    """What is rolled back, and with what."""

    host: Host
    order: Request
    journal: Journal
    secrets: WorkerSecrets
    instance: Instance | None
    connector: Connector
    restarted: bool
    """The server was asked to restart, or may have been."""
    reason: str
    started: float = field(default_factory=time.monotonic)
    """Of `time.monotonic`."""
    booting: bool = False
    """The host boots or shuts down: the server must not be started, stopped or asked."""


class _Wanted(Value, frozen=True):
    """See `wizard.changes.context.Wanted`."""

    host: Host
    plan: Plan
    passwords: Mapping[str, Secret]


def roll_back(task: RollbackTask) -> Outcome:
    """Restore everything and write the outcome; safe to repeat. An apply that was confirmed stays.

    Raises:
        ApplyError: it could not be restored, the text says why; it stays open. Or its last part must
            wait until the server is up.
    """
    journal, host = task.journal, task.host
    journal.best_effort = True
    with suppress(HostError):
        space.release_space(host, task.order.id)
    if task.order.kind is Operation.APPLY and _revoked(task).kind is EventKind.CONFIRMED:
        return finish_after_crash(host, task.order, journal)
    work, left = _prepare(task)
    if task.order.kind is Operation.ROLLBACK and not journal.decision():
        try:
            with journal.heard(Phase.LOCK, "check that no key is lost"):
                _demand_safe(work)
        except ApplyError as error:
            shield.loosen(work)
            work.connector.close()
            refused = Outcome(
                result=Result.REFUSED,
                snapshot=task.order.target,
                summary=str(error),
                seconds=_seconds(task),
                loss=error.loss if isinstance(error, DataLossError) else "",
            )
            ended = watchdog.close_apply(host, journal, EventKind.REFUSED, Phase.ROLLBACK, refused)
            delete_own_snapshot(host, task.order)
            return ended
    if task.order.kind is Operation.ROLLBACK:
        _revoked(task)
    try:
        with journal.step(Phase.ROLLBACK, _intent(task)):
            restore_snapshot(work)
            left.transfer(work.store)
    except Exception as failure:
        raise ApplyError(_stuck(task, failure)) from failure
    finally:
        work.connector.close()
    if work.retryable:
        raise ApplyError(_stuck(task, HostError("; ".join(work.retryable[:3]))))
    if work.waits_for_server:
        watchdog.defer_dataset_restore(host, task.order.id)
        raise ApplyError("the files are as before; the keys are restored when the server is up")
    return _ended(task, work, left)


def _demand_safe(work: RollbackContext) -> None:
    """Refuse a rollback that would lose keys; planted links do not prevent the check."""
    try:
        require_safe(work)
    except UnsafePathError:
        shield.tighten(work)
        require_safe(work)


def _revoked(task: RollbackTask) -> Event:
    """Decide that it is rolled back before the first change, or learn that it was confirmed.

    Raises:
        ApplyError: it may still be confirmed, and the decision to roll back could not be written.
    """
    try:
        return task.journal.revoke(task.reason)
    except HostError as error:
        raise ApplyError(_stuck(task, error)) from error


def _prepare(task: RollbackTask) -> tuple[RollbackContext, SharedResources]:
    """Get everything that is needed, and what must be left to others.

    Raises:
        ApplyError: the snapshot cannot be used.
    """
    store = Store(task.host)
    target = task.order.target
    try:
        snapshot = store.load(target)
        problems = store.verify(snapshot)
        footprint = store.footprint(target)
    except SnapshotError as error:
        raise ApplyError(_stuck(task, error)) from None
    if problems:
        # A damaged snapshot is not restored in part.
        raise ApplyError(_stuck(task, SnapshotError(f"snapshot {target} is damaged: {problems[0]}")))
    _know_new_doors(task)
    left = find_shared(store, snapshot, footprint)
    own = _own(task, store)
    work = RollbackContext(
        host=task.host,
        journal=task.journal,
        store=store,
        snapshot=left.own_part,
        footprint=footprint,
        instance=task.instance,
        # What listens on this machine is no server of a tree.
        connector=task.connector if task.host.tree is None else Connector(),
        restarted=task.restarted,
        booting=task.booting,
        known=_known(task, own, left.snapshot, footprint),
        accepted=task.order.accepted,
        aof_at_start=own.append_only if own is not None else None,
    )
    work.messages += left.messages(task.host)
    return work, left


def _own(task: RollbackTask, store: SnapshotReader) -> Snapshot | None:
    """What a rollback that was asked for took before it touched anything."""
    if task.order.kind is Operation.APPLY:
        return None
    try:
        return store.load(task.order.id)
    except SnapshotError:
        return None


def _known(task: RollbackTask, own: Snapshot | None, snapshot: Snapshot, footprint: ApplyRecord) -> Baseline | None:
    """Return our own traces from those of others."""
    if task.order.kind is Operation.APPLY:
        return merge.baseline_of_apply(snapshot, footprint)
    return merge.baseline_of_rollback(own) if own is not None else None


def _stuck(task: RollbackTask, error: Exception) -> str:
    said = describe(error)
    if task.order.kind is Operation.ROLLBACK:
        return f"the rollback to {task.order.target} stopped: {said}; fix that, then run redis-wizard recover"
    return f"{task.reason}; and the rollback failed: {said}; fix that, then run redis-wizard recover"


def _intent(task: RollbackTask) -> str:
    if task.order.kind is Operation.ROLLBACK:
        return f"restore snapshot {task.order.target}"
    return f"roll back: {task.reason}"


def _ended(task: RollbackTask, work: RollbackContext, left: SharedResources) -> Outcome:
    with suppress(HostError):
        work.store.mark(left.snapshot, "rolled-back")
    work.messages += clean_up(task.host, task.order.target, left.snapshot)
    compared = describe_comparison(work)
    outcome = Outcome(
        result=Result.INCOMPLETE if work.differences else Result.ROLLED_BACK,
        snapshot=task.order.target,
        summary=_summary(task, work, left, compared),
        seconds=_seconds(task),
        downtime_seconds=work.downtime_seconds,
        keys_before=work.keys_before,
        keys_after=work.keys_after,
        dataset_before=work.dataset_before,
        dataset_after=work.dataset_after,
        checks=(*work.messages, compared),
    )
    return watchdog.close_apply(task.host, task.journal, EventKind.ROLLED_BACK, Phase.ROLLBACK, outcome, text=compared)


def _summary(task: RollbackTask, work: RollbackContext, left: SharedResources, compared: str) -> str:
    if task.order.kind is Operation.ROLLBACK:
        same = f"the host is as it was{left.summary()}"
        state = compared if work.differences else "; ".join((same, *package.remaining(work.host, work.snapshot)))
        return f"Rolled back to {task.order.target}: {state}"
    state = compared if work.differences else "everything is as before"
    return f"Rolled back, {state.removesuffix('.')}. The reason: {task.reason}"


def _seconds(task: RollbackTask) -> float:
    return round(time.monotonic() - task.started, 3)


def delete_own_snapshot(host: Host, order: Request) -> None:
    """Forget what a rollback remembered that changed nothing: no way leads back from it."""
    with suppress(HostError, SnapshotError):
        Store(host).delete(order.id)


# --- logins and endpoints ------------------------------------------------------------------------


def connector_of(host: HostReader, instance: Instance | None, login: Login | None) -> Connector:
    """The ways into a server as it is: where it was reached, then what its configuration says."""
    places: list[Endpoint] = []
    if instance is not None and isinstance(instance.live, LiveServer):
        reached = parse_endpoint(instance.live.endpoint)
        places += [reached] if reached else []
    if instance is not None and isinstance(instance.config, ConfigFacts):
        places += endpoints(configuration_of(instance).values)
    return Connector(places, (login, None) if login else (None,), access=access_to(host, instance))


def _know_new_doors(task: RollbackTask) -> None:
    """Old and new ones: how far the apply came is not known."""
    plan = task.order.plan
    if plan is None or task.instance is None or task.host.tree is not None or task.booting:
        return
    now = resolve(task.host, plan.config, {}, task.instance)
    wanted = _Wanted(task.host, plan, task.secrets.passwords)
    old = connector_of(task.host, task.instance, task.secrets.login)
    doors = task.connector
    known = {str(place) for place in doors.endpoints}
    doors.endpoints += [each for each in (*endpoints(now.values), *old.endpoints) if str(each) not in known]
    users = {login.user for login in doors.logins if login is not None}
    doors.logins += [each for each in administrator_logins(wanted, now) if each.user not in users]
