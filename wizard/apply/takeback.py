"""Take an apply back, or put a snapshot back: by the worker, or by whoever comes after it was cut off.

All of it follows from what lies on the disk, so it can be begun again at any point. What may not live
here: how each thing is put back (`rollback`), and waiting for a turn (`recover`).
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from wizard.apply import arming, otherhands, reserve, shield
from wizard.apply.commit import ways_in
from wizard.apply.effective import effective
from wizard.apply.finish import finish_late, tidy
from wizard.apply.journal import Journal, describe
from wizard.apply.orders import Order
from wizard.apply.reach import Doors, access_to, endpoints, parse_endpoint
from wizard.apply.rollback import comparison, demand_safe, roll_back
from wizard.apply.secretfile import Secrets
from wizard.apply.sharing import Left, left_alone
from wizard.apply.steps import package
from wizard.apply.undo import Known, Undo
from wizard.errors import ApplyError, HostError, LossError, SnapshotError, UnsafePathError
from wizard.host.port import Host
from wizard.model.event import Ending, Event, EventKind, Outcome, Phase
from wizard.model.facts import ConfigFacts, Instance, LiveServer
from wizard.model.login import Endpoint, Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.standing import Kind
from wizard.model.value import Secret
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is taken back, and with what."""

    host: Host
    order: Order
    journal: Journal
    secrets: Secrets
    instance: Instance | None
    doors: Doors
    restarted: bool
    """The server was told to restart, or may have been."""
    reason: str
    started: float = field(default_factory=time.monotonic)
    """Of `time.monotonic`."""
    booting: bool = False
    """The host boots or goes down: the server must not be started, stopped or asked by us."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """See `wizard.apply.run.Wanted`."""

    host: Host
    plan: Plan
    passwords: Mapping[str, Secret]


def take_back(task: Task) -> Outcome:
    """Put everything back and end the journal; safe to be begun again. An apply that was confirmed stays.

    Raises:
        ApplyError: it could not be put back, the text says why; it stays open. Or its last part must
            wait until the server is up.
    """
    journal, host = task.journal, task.host
    journal.forgiving = True
    with suppress(HostError):
        reserve.free(host, task.order.id)
    if task.order.kind is Kind.APPLY and _revoked(task).kind is EventKind.CONFIRMED:
        return finish_late(host, task.order, journal)
    work, left = _prepare(task)
    if task.order.kind is Kind.ROLLBACK and not journal.decision():
        try:
            with journal.heard(Phase.LOCK, "look whether every key is kept"):
                _demand_safe(work)
        except ApplyError as error:
            shield.loosen(work)
            work.doors.close()
            refused = Outcome(
                ending=Ending.REFUSED,
                snapshot=task.order.target,
                summary=str(error),
                seconds=_seconds(task),
                loss=error.loss if isinstance(error, LossError) else "",
            )
            ended = arming.ended(host, journal, EventKind.REFUSED, Phase.ROLLBACK, refused)
            forget_own(host, task.order)
            return ended
    if task.order.kind is Kind.ROLLBACK:
        _revoked(task)
    try:
        with journal.act(Phase.ROLLBACK, _intent(task)):
            roll_back(work)
            left.hand_on(work.store)
    except Exception as failure:
        raise ApplyError(_stuck(task, failure)) from failure
    finally:
        work.doors.close()
    if work.refused:
        raise ApplyError(_stuck(task, HostError("; ".join(work.refused[:3]))))
    if work.waits_for_server:
        arming.leave_data(host, task.order.id)
        raise ApplyError("the files are as before; the keys follow when the server is up")
    return _ended(task, work, left)


def _demand_safe(work: Undo) -> None:
    """Refuse a rollback that would lose keys; a link that was planted keeps nobody from telling."""
    try:
        demand_safe(work)
    except UnsafePathError:
        shield.tighten(work)
        demand_safe(work)


def _revoked(task: Task) -> Event:
    """Decide that it is taken back before anything is touched, or learn that it was confirmed.

    Raises:
        ApplyError: it may still be confirmed, and nobody could be told that it is taken back.
    """
    try:
        return task.journal.revoke(task.reason)
    except HostError as error:
        raise ApplyError(_stuck(task, error)) from error


def _prepare(task: Task) -> tuple[Undo, Left]:
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
        # What is there is put back all the same by nobody: half a state is no state.
        raise ApplyError(_stuck(task, SnapshotError(f"snapshot {target} is damaged: {problems[0]}")))
    _know_new_doors(task)
    left = left_alone(store, snapshot, footprint)
    own = _own(task, store)
    work = Undo(
        host=task.host,
        journal=task.journal,
        store=store,
        snapshot=left.mine,
        footprint=footprint,
        instance=task.instance,
        # What listens on this machine is no server of a tree.
        doors=task.doors if task.host.tree is None else Doors(),
        restarted=task.restarted,
        booting=task.booting,
        known=_known(task, own, left.snapshot, footprint),
        accepted=task.order.accepted,
        began_on=own.append_only if own is not None else None,
    )
    work.done += left.sentences(task.host)
    return work, left


def _own(task: Task, store: Store) -> Snapshot | None:
    """What a rollback that was asked for took before it touched anything."""
    if task.order.kind is Kind.APPLY:
        return None
    try:
        return store.load(task.order.id)
    except SnapshotError:
        return None


def _known(task: Task, own: Snapshot | None, snapshot: Snapshot, footprint: Footprint) -> Known | None:
    """Tell our own traces from those of others."""
    if task.order.kind is Kind.APPLY:
        return otherhands.written_by_us(snapshot, footprint)
    return otherhands.remembered(own) if own is not None else None


def _stuck(task: Task, error: Exception) -> str:
    said = describe(error)
    if task.order.kind is Kind.ROLLBACK:
        return f"the rollback to {task.order.target} stopped: {said}; mend that, then run redis-wizard recover"
    return f"{task.reason}; and undoing it failed: {said}; mend that, then run redis-wizard recover"


def _intent(task: Task) -> str:
    if task.order.kind is Kind.ROLLBACK:
        return f"put back snapshot {task.order.target}"
    return f"undoing it: {task.reason}"


def _ended(task: Task, work: Undo, left: Left) -> Outcome:
    with suppress(HostError):
        work.store.mark(left.snapshot, "rolled-back")
    work.done += tidy(task.host, task.order.target, left.snapshot)
    compared = comparison(work)
    outcome = Outcome(
        ending=Ending.INCOMPLETE if work.kept else Ending.ROLLED_BACK,
        snapshot=task.order.target,
        summary=_summary(task, work, left, compared),
        seconds=_seconds(task),
        downtime_seconds=work.downtime_seconds,
        keys_before=work.keys_before,
        keys_after=work.keys_after,
        held_before=work.held_before,
        held_after=work.held_after,
        checks=(*work.done, compared),
    )
    return arming.ended(task.host, task.journal, EventKind.ROLLED_BACK, Phase.ROLLBACK, outcome, text=compared)


def _summary(task: Task, work: Undo, left: Left, compared: str) -> str:
    if task.order.kind is Kind.ROLLBACK:
        same = f"the host is as it was{left.summary()}"
        state = compared if work.kept else "; ".join((same, *package.undo(work.host, work.snapshot)))
        return f"Rolled back to {task.order.target}: {state}"
    state = compared if work.kept else "everything is as before"
    return f"Rolled back, {state.removesuffix('.')}. The reason: {task.reason}"


def _seconds(task: Task) -> float:
    return round(time.monotonic() - task.started, 3)


def forget_own(host: Host, order: Order) -> None:
    """Forget what a rollback remembered that changed nothing: no way leads back from it."""
    with suppress(HostError, SnapshotError):
        Store(host).forget(order.id)


# --- ways in -----------------------------------------------------------------------------------


def doors_of(host: Host, instance: Instance | None, login: Login | None) -> Doors:
    """The ways into a server as it is: where it was reached, then what its configuration says."""
    places: list[Endpoint] = []
    if instance is not None and isinstance(instance.live, LiveServer):
        reached = parse_endpoint(instance.live.endpoint)
        places += [reached] if reached else []
    if instance is not None and isinstance(instance.config, ConfigFacts):
        values = {line.name: line.arguments for line in instance.config.lines}
        places += endpoints(values)
    return Doors(places, (login, None) if login else (None,), access=access_to(host, instance))


def _know_new_doors(task: Task) -> None:
    """Old ways and new ones: nobody knows how far it came."""
    plan = task.order.plan
    if plan is None or task.instance is None or task.host.tree is not None or task.booting:
        return
    now = effective(task.host, plan.config, {})
    wanted = _Wanted(task.host, plan, task.secrets.passwords)
    old = doors_of(task.host, task.instance, task.secrets.login)
    doors = task.doors
    known = {str(place) for place in doors.places}
    doors.places += [each for each in (*endpoints(now.values), *old.places) if str(each) not in known]
    users = {login.user for login in doors.logins if login is not None}
    doors.logins += [each for each in ways_in(wanted, now) if each.user not in users]
