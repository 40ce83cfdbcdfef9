"""The apply itself, phase by phase: lock, snapshot, stage, rehearse, commit, verify, confirm.

Whatever fails before the first change ends it with nothing changed; whatever fails after is undone.
What may not live here: how a phase does its work; processes and front ends (`process`, `client`).
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from wizard.acl.password import digest
from wizard.apply import arming, keeping, lock, orders, otherhands, reserve, sharing, takeback
from wizard.apply.account import group_of
from wizard.apply.commit import commit, planned_configuration
from wizard.apply.confirm import confirmed
from wizard.apply.datafiles import are_there, data_files
from wizard.apply.finish import finish, summary
from wizard.apply.journal import Journal, describe
from wizard.apply.orders import Order
from wizard.apply.recover import unended
from wizard.apply.rehearse import rehearse
from wizard.apply.run import Run
from wizard.apply.secretfile import Secrets
from wizard.apply.stage import Staged, made_directories, stage
from wizard.apply.steps import livevalues, restart, userrecord
from wizard.apply.sweep import sweep
from wizard.apply.verify import verify
from wizard.detect.collect import Detection, collect
from wizard.detect.given_login import refusal
from wizard.errors import ApplyError, BusyError, LoginError, PlanError, RolledBackError, StalePlanError, WizardError
from wizard.host.port import Host
from wizard.model.change import (
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
)
from wizard.model.event import Ending, EventKind, Outcome, Phase
from wizard.model.facts import Instance
from wizard.model.plan import Plan
from wizard.model.sources import Sources
from wizard.planning.aclfile import moved_hashes
from wizard.planning.basis import basis, marks, moved
from wizard.planning.choose import choose
from wizard.planning.word import demand_word
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.history import History
from wizard.snapshots.scope import scope_of
from wizard.snapshots.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What one run of the worker is about."""

    host: Host
    order: Order
    plan: Plan
    secrets: Secrets
    journal: Journal
    started: float


def work(host: Host, order: Order, secrets: Secrets) -> Outcome:
    """Do a whole apply under the host's lock, and write how it ended into its journal.

    Raises:
        ApplyError: it failed and could not be undone in full; it stays open, for `recover`.
    """
    if order.plan is None:
        raise ApplyError(f"the order {order.id} has no plan in it")
    journal = Journal(host, order.id)
    task = _Task(host=host, order=order, plan=order.plan, secrets=secrets, journal=journal, started=time.monotonic())
    try:
        with lock.hold(host):
            # Whoever waited for us in vain may have ended it: nobody watches over what we would do.
            return journal.outcome() or _under_lock(task)
    except BusyError as error:
        busy = Outcome(ending=Ending.BUSY, summary=str(error), seconds=_seconds(task))
        return journal.end(EventKind.REFUSED, Phase.LOCK, busy)


def _under_lock(task: _Task) -> Outcome:
    journal = task.journal
    journal.begin(Phase.LOCK, "look at the host once more")
    sweep(task.host, tuple(unended(task.host)))
    try:
        run = _prepare(task)
    except WizardError as error:
        return _refused(task, Phase.LOCK, error)
    try:
        return _apply(task, run)
    finally:
        run.doors.close()


# --- before the first change -----------------------------------------------------------------


def _prepare(task: _Task) -> Run:
    """Look again, refuse a stale plan or one without the operator's word, and remember the host as it is."""
    demand_word(task.plan)
    host, plan, journal = task.host, task.plan, task.journal
    with journal.heard(Phase.LOCK, "look at the host once more"):
        detection, instance = _detect(task)
    journal.done(Phase.LOCK, "the host is as it was when the plan was made")
    orders.leave_instance(host, task.order.id, instance)
    store = Store(host)
    with journal.act(Phase.SNAPSHOT, "remember everything that will be touched"):
        snapshot = store.take(
            scope_of(plan, instance),
            detection.facts,
            instance,
            snapshot_id=task.order.id,
            by=task.order.by,
            now=datetime.now(UTC),
        )
    run = Run(
        host=host,
        plan=plan,
        journal=journal,
        store=store,
        login=task.secrets.login,
        passwords=task.secrets.passwords,
        confirm_within=task.order.confirm_within,
        identity=task.order.id,
        facts=detection.facts,
        instance=instance,
        snapshot=snapshot,
        doors=takeback.doors_of(host, instance, task.secrets.login),
    )
    try:
        with journal.act(Phase.STAGE, "draw keys and render every file"):
            run.staged = _stage(run, detection)
            otherhands.demand_unchanged(instance, snapshot, run.staged)
            contents = (file.data for file in run.staged.files)
            store.leave_footprint(run.identity, footprint(run, detection.sources), contents)
            userrecord.remember(run)
    except BaseException:
        store.drop(snapshot)
        raise
    return run


def _detect(task: _Task) -> tuple[Detection, Instance | None]:
    """Look at the host as the plan's maker did: with the configuration named, or not."""
    found: list[str] = []
    for config in (None, task.plan.config):
        detection = collect(task.host, config=config, login=task.secrets.login, instance=task.plan.instance)
        try:
            instance = choose(detection.facts, task.plan.instance)
        except PlanError:
            instance = None
        if basis(detection.facts, instance) == task.plan.basis:
            return detection, instance
        if instance is not None and (why := refusal((instance,), task.secrets.login)):
            raise LoginError(why)
        found.append(moved(task.plan.marks, marks(detection.facts, instance)))
    what = min(found, key=len) or "something that it rests on"
    raise StalePlanError(f"the host has changed since the plan was made: {what}; make the plan again and look at it")


def _stage(run: Run, detection: Detection) -> Staged:
    hashes = moved_hashes(detection.sources.mapping())
    hashes |= {user: digest(password) for user, password in run.passwords.items()}
    return stage(
        run.host, run.plan, run.instance, hashes, service=group_of(run.host, run.instance), now=datetime.now(UTC)
    )


def footprint(run: Run, sources: Sources) -> Footprint:
    """Write down what the apply is about to leave."""
    history = History(run.store)
    changes = run.plan.changes
    on = [c for c in changes if isinstance(c, SetDirective) and c.name == "appendonly" and ("yes",) in c.values]
    return Footprint(
        digests={str(file.path): file.digest for file in run.staged.files},
        directories=tuple(str(change.path) for change in made_directories(run.plan)),
        enables=tuple(c.unit for c in changes if isinstance(c, EnableUnit)),
        restarts=next((c.unit for c in changes if isinstance(c, Restart)), ""),
        reloads=run.staged.reloads and run.acts_live,
        append_only=bool(on) and not run.snapshot.append_only,
        stale=_has_stale_files(run),
        sequence=history.next_sequence(),
        on=history.state(run.snapshot.instance),
        rests_on=sharing.rests_on(run, sources),
        kernel={c.key: c.value for c in changes if isinstance(c, SetKernel)},
        rights=_rights(run),
        live=livevalues.planned(changes) if run.acts_live else {},
    )


def _rights(run: Run) -> dict[str, str]:
    """Owner and mode of all that it makes or sets."""
    changes = [each for each in run.plan.changes if isinstance(each, SetMode | MakeDirectory)]
    return {str(each.path): f"{each.mode:04o} {each.owner}:{each.group}" for each in (*run.staged.files, *changes)}


def _has_stale_files(run: Run) -> bool:
    """Append-only files lie there that the server does not use."""
    if run.instance is None or run.snapshot.append_only:
        return False
    known = data_files(run.instance, planned_configuration(run))
    return known is not None and are_there(run.host, known)


# --- the change ------------------------------------------------------------------------------


def _apply(task: _Task, run: Run) -> Outcome:
    try:
        if run.acts_live and run.instance is not None and _concerns_server(run):
            with run.journal.act(Phase.REHEARSE, "rehearse on a private server"):
                rehearse(run)
        if run.acts_live and run.instance is not None:
            keeping.demand(run, planned_configuration(run))
        reserve.make(run.host, run.identity)
        arming.arm(run.host, run.identity, run.instance)
        if gap := arming.unwatched(run.host):
            run.journal.note(Phase.REHEARSE, gap)
        _demand_wanted(run)
    except Exception as error:  # noqa: BLE001 - nothing was changed, so any failure ends here the same way
        run.store.drop(run.snapshot)
        return _refused(task, Phase.REHEARSE, error)
    unit = run.instance.unit.name if run.instance and run.instance.unit else ""
    life = restart.life(run.host, unit) if run.acts_live else {}
    try:
        with run.journal.act(Phase.COMMIT, "make the changes"):
            commit(run)
            livevalues.leave(run)
            userrecord.leave(run)
        with run.journal.act(Phase.VERIFY, "look from outside"):
            verify(run, life_before=life)
        confirmed(run)
    except Exception as error:  # noqa: BLE001 - whatever it is, the host must not stay half changed
        return _undone(task, run, error)
    return _kept(task, run)


def _demand_wanted(run: Run) -> None:
    """Look for a word once more: from here on one to go back means that all is made and undone.

    Raises:
        RolledBackError: somebody wants it no more.
    """
    word = run.journal.decision()
    if word is not None and word.kind is EventKind.REVOKED:
        raise RolledBackError(word.text)


def _kept(task: _Task, run: Run) -> Outcome:
    """It was decided that it stays: what fails from here on is done by who comes after, and undoes nothing.

    Raises:
        ApplyError: it could not be finished.
    """
    more = " Plan again: the rest of the hardening rests on what the package brought." if _installs(run) else ""
    outcome = Outcome(
        ending=Ending.APPLIED,
        snapshot=run.identity,
        summary=f"{summary(run.snapshot.what, run.exposure)}{more}",
        exposure=run.exposure,
        seconds=_seconds(task),
        downtime_seconds=run.downtime_seconds,
        keys_before=run.keys_before,
        keys_after=run.keys_after,
        held_before=run.held_before,
        held_after=run.held_after,
        checks=tuple(run.checks),
    )
    return finish(run.host, run.journal, run.snapshot, outcome)


def _undone(task: _Task, run: Run, error: Exception) -> Outcome:
    """Undo everything after a failure.

    Raises:
        ApplyError: it could not be undone.
    """
    return takeback.take_back(
        takeback.Task(
            host=run.host,
            order=task.order,
            journal=run.journal,
            secrets=task.secrets,
            instance=run.instance,
            doors=run.doors,
            restarted=run.restarted or restart.began_anew(run.host, run.instance),
            reason=describe(error),
            started=task.started,
        )
    )


def _concerns_server(run: Run) -> bool:
    """What it reads changes, or it reads it all anew: whoever edited its files since the start is seen here."""
    kinds = SetDirective | SetUser | RemoveUser | IssueCertificate | Restart
    return not _installs(run) and any(isinstance(change, kinds) for change in run.plan.changes)


def _installs(run: Run) -> bool:
    return any(isinstance(change, InstallPackage) for change in run.plan.changes)


def _refused(task: _Task, phase: Phase, error: Exception) -> Outcome:
    reason = describe(error)
    task.journal.forgiving = True
    task.journal.failed(phase, reason)
    refused = Outcome(ending=Ending.REFUSED, summary=f"Nothing was changed: {reason}", seconds=_seconds(task))
    return arming.ended(task.host, task.journal, EventKind.REFUSED, phase, refused)


def _seconds(task: _Task) -> float:
    return round(time.monotonic() - task.started, 3)
