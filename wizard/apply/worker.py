"""The apply itself, phase by phase: lock, snapshot, stage, rehearse, commit, verify, confirm.

A failure before the first change leaves the host as it was; a failure after it rolls everything back.
"""

import time
from datetime import UTC, datetime

from wizard.apply import precheck
from wizard.apply.commit import commit
from wizard.apply.confirm import await_confirmation
from wizard.apply.prepare import concerns_server, detect_again, installs, stage_plan
from wizard.apply.verify import verify
from wizard.changes import live_config, merge, user_record
from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.handlers import restart
from wizard.changes.staging import directories_of
from wizard.errors import ApplyError, BusyError, RolledBackError, WizardError
from wizard.host.port import Host
from wizard.jobs import lock, requests, space, watchdog
from wizard.jobs.cleanup import clean_leftovers
from wizard.jobs.finish import finish, summary
from wizard.jobs.journal_writer import Journal, describe
from wizard.jobs.requests import Request
from wizard.jobs.status import unfinished
from wizard.jobs.worker_secrets import WorkerSecrets
from wizard.model.change import SetDirective
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.value import Value
from wizard.persistence.datafiles import aof_exists, data_files
from wizard.planning.consent import require_consent
from wizard.planning.kinds import touched
from wizard.rehearsal import rehearse_plan
from wizard.rollback import RollbackTask, connector_of, dependencies_of, roll_back
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.history import History
from wizard.snapshots.scope import scope_of
from wizard.snapshots.store import Store


class _Task(Value, frozen=True, kw_only=True):
    """What one run of the worker is about."""

    host: Host
    order: Request
    plan: Plan
    secrets: WorkerSecrets
    journal: Journal
    started: float


def run_apply(host: Host, order: Request, secrets: WorkerSecrets) -> Outcome:
    """Do a whole apply under the host's lock, and write its result into its journal.

    Raises:
        ApplyError: it failed and could not be rolled back in full; it stays open, for `recover`.
    """
    if order.plan is None:
        raise ApplyError(f"the request {order.id} contains no plan; start the apply again")
    journal = Journal(host, order.id)
    task = _Task(host=host, order=order, plan=order.plan, secrets=secrets, journal=journal, started=time.monotonic())
    try:
        with lock.hold(host):
            # A follower that waited in vain may have closed it: then no watchdog is armed for what the worker would do.
            return journal.outcome() or _under_lock(task)
    except BusyError as error:
        busy = Outcome(result=Result.BUSY, summary=str(error), seconds=_seconds(task))
        return journal.end(EventKind.REFUSED, Phase.LOCK, busy)


def _under_lock(task: _Task) -> Outcome:
    journal = task.journal
    journal.begin(Phase.LOCK, "Detect the host again")
    clean_leftovers(task.host, tuple(unfinished(task.host)))
    try:
        run = _prepare(task)
    except WizardError as error:
        return _refused(task, Phase.LOCK, error)
    try:
        return _apply(task, run)
    finally:
        run.connector.close()


# --- before the first change -----------------------------------------------------------------


def _prepare(task: _Task) -> ApplyContext:
    """Look again, refuse a stale plan or one without the operator's word, and remember the host as it is."""
    require_consent(task.plan)
    host, plan, journal = task.host, task.plan, task.journal
    with journal.heard(Phase.LOCK, "Detect the host again"):
        detection, instance = detect_again(host, plan, task.secrets.login)
    journal.done(Phase.LOCK, "The host is unchanged since the plan was made.")
    requests.save_instance(host, task.order.id, instance)
    store = Store(host)
    with journal.step(Phase.SNAPSHOT, "take a snapshot of everything that will change"):
        snapshot = store.take(
            scope_of(plan, instance),
            detection.facts,
            instance,
            snapshot_id=task.order.id,
            by=task.order.by,
            now=datetime.now(UTC),
        )
    run = ApplyContext(
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
        connector=connector_of(host, instance, task.secrets.login),
    )
    try:
        with journal.step(Phase.STAGE, "generate keys and stage every file"):
            run.staged = stage_plan(run, detection)
            merge.ensure_unchanged(instance, snapshot, run.staged)
            contents = (file.data for file in run.staged.files)
            store.write_record(run.identity, build_apply_record(run, detection.sources), contents)
            user_record.remember(run)
    except BaseException:
        store.delete_unused(snapshot)
        raise
    return run


def build_apply_record(run: ApplyContext, sources: FileContents) -> ApplyRecord:
    """Write down what the apply is about to leave."""
    history = History(run.store)
    changes = run.plan.changes
    on = [c for c in changes if isinstance(c, SetDirective) and c.name == "appendonly" and ("yes",) in c.values]
    sets = touched(changes, run.instance)
    return ApplyRecord(
        digests={str(file.path): file.digest for file in run.staged.files},
        directories=tuple(str(change.path) for change in directories_of(run.plan)),
        enables=tuple(sets.enables),
        restarts=next(iter(sets.restarts), ""),
        reloads=run.staged.reloads and run.is_running_host,
        append_only=bool(on) and not run.snapshot.append_only,
        had_stale_aof=_has_stale_files(run),
        sequence=history.next_sequence(),
        on_state=history.state(run.snapshot.instance),
        depends_on=dependencies_of(run, sources),
        kernel=dict(sets.kernel),
        rights=_rights(run),
        live=live_config.planned_values(changes) if run.is_running_host else {},
    )


def _rights(run: ApplyContext) -> dict[str, str]:
    """Owner and mode of all that it makes or sets."""
    found = {file.path: (file.owner, file.group, file.mode) for file in run.staged.files}
    found |= touched(run.plan.changes, run.instance).permissions
    return {str(path): f"{mode:04o} {owner}:{group}" for path, (owner, group, mode) in found.items()}


def _has_stale_files(run: ApplyContext) -> bool:
    """Append-only files lie there that the server does not use."""
    if run.instance is None or run.snapshot.append_only:
        return False
    known = data_files(run.instance, planned_configuration(run))
    return known is not None and aof_exists(run.host, known)


# --- the change ------------------------------------------------------------------------------


def _apply(task: _Task, run: ApplyContext) -> Outcome:
    try:
        if run.is_running_host and run.instance is not None and concerns_server(run.plan):
            with run.journal.step(Phase.REHEARSE, "rehearse on a private server"):
                rehearse_plan(run)
        if run.is_running_host and run.instance is not None:
            precheck.require_persistable(run, planned_configuration(run))
        space.reserve_space(run.host, run.identity)
        watchdog.arm(run.host, run.identity, run.instance)
        if gap := watchdog.missing_watchdogs(run.host):
            run.journal.note(Phase.REHEARSE, gap)
        _demand_wanted(run)
    except Exception as error:  # noqa: BLE001 - nothing was changed, so any failure ends here the same way
        run.store.delete_unused(run.snapshot)
        return _refused(task, Phase.REHEARSE, error)
    unit = run.instance.unit.name if run.instance and run.instance.unit else ""
    run.unit_state_before = restart.unit_state(run.host, unit) if run.is_running_host else {}
    try:
        with run.journal.step(Phase.COMMIT, "make the changes"):
            commit(run)
            live_config.record_result(run)
            user_record.leave(run)
        with run.journal.step(Phase.VERIFY, "verify from outside"):
            verify(run)
        await_confirmation(run)
    except Exception as error:  # noqa: BLE001 - whatever it is, the host must not stay half changed
        return _undone(task, run, error)
    return _kept(task, run)


def _demand_wanted(run: ApplyContext) -> None:
    """Look once more for a request to roll back: from here on it means that all is done and rolled back.

    Raises:
        RolledBackError: a rollback was requested.
    """
    word = run.journal.decision()
    if word is not None and word.kind is EventKind.REVOKED:
        raise RolledBackError(word.text)


def _kept(task: _Task, run: ApplyContext) -> Outcome:
    """Finish an apply that is confirmed: what fails from here on is left to the next recovery and rolls nothing back.

    Raises:
        ApplyError: it could not be finished.
    """
    more = " Plan again: the rest of the hardening depends on the files of the package." if installs(run.plan) else ""
    outcome = Outcome(
        result=Result.APPLIED,
        snapshot=run.identity,
        summary=f"{summary(run.snapshot.what, run.exposure, server=run.server_is_seen)}{more}",
        exposure=run.exposure,
        seconds=_seconds(task),
        downtime_seconds=run.downtime_seconds,
        keys_before=run.keys_before,
        keys_after=run.keys_after,
        dataset_before=run.dataset_before,
        dataset_after=run.dataset_after,
        checks=tuple(run.checks),
    )
    return finish(run.host, run.journal, run.snapshot, outcome)


def _undone(task: _Task, run: ApplyContext, error: Exception) -> Outcome:
    """Roll everything back after a failure.

    Raises:
        ApplyError: it could not be rolled back.
    """
    return roll_back(
        RollbackTask(
            host=run.host,
            order=task.order,
            journal=run.journal,
            secrets=task.secrets,
            instance=run.instance,
            connector=run.connector,
            restarted=run.restarted or restart.was_restarted(run.host, run.instance),
            reason=describe(error),
            started=task.started,
        )
    )


def _refused(task: _Task, phase: Phase, error: Exception) -> Outcome:
    reason = describe(error)
    task.journal.best_effort = True
    task.journal.failed(phase, reason)
    refused = Outcome(result=Result.REFUSED, summary=f"Nothing was changed: {reason}", seconds=_seconds(task))
    return watchdog.close_apply(task.host, task.journal, EventKind.REFUSED, phase, refused)


def _seconds(task: _Task) -> float:
    return round(time.monotonic() - task.started, 3)
