"""The rollback command: one snapshot restored under the host's lock, after a snapshot of its own."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath

from wizard.errors import ApplyError, BusyError, PlanError, SnapshotError, WizardError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import lock, requests, watchdog
from wizard.jobs.cleanup import clean_leftovers
from wizard.jobs.journal_writer import Journal, describe
from wizard.jobs.requests import Request
from wizard.jobs.status import unfinished
from wizard.jobs.worker_secrets import WorkerSecrets
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Login
from wizard.model.snapshot import Snapshot
from wizard.model.value import replace
from wizard.planning.select_instance import choose
from wizard.rollback import engine, shared
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.history import History
from wizard.snapshots.reader import SnapshotReader
from wizard.snapshots.scope import scope_of_snapshot
from wizard.snapshots.store import Store


def run_rollback(host: Host, order: Request, secrets: WorkerSecrets) -> Outcome:
    """Put a snapshot back.

    Raises:
        ApplyError: it could not be restored; the text says what to do, and it stays open for `recover`.
    """
    journal, started = Journal(host, order.id), time.monotonic()
    try:
        with lock.hold(host):
            if (ended := journal.outcome()) is not None:
                return ended
            clean_leftovers(host, tuple(unfinished(host)))
            try:
                task = _prepare(host, order, secrets, journal, started)
            except WizardError as error:
                return _refused(host, order, journal, error, started)
            return engine.roll_back(task)
    except BusyError as error:
        busy = Outcome(result=Result.BUSY, summary=str(error), seconds=0.0)
        return journal.end(EventKind.REFUSED, Phase.LOCK, busy)


def _prepare(
    host: Host, order: Request, secrets: WorkerSecrets, journal: Journal, started: float
) -> engine.RollbackTask:
    store = Store(host)
    snapshot = store.load(order.snapshot)
    if problems := store.verify(snapshot):
        raise SnapshotError(f"snapshot {order.snapshot} is damaged, so it is not restored: {problems[0]}")
    History(store).ensure_topmost(snapshot)
    shared.find_shared(store, snapshot, store.footprint(snapshot.id)).ensure_same(host)
    with journal.heard(Phase.LOCK, "Detect the host"):
        facts, instance = detect_for(host, snapshot, secrets.login)
    known = _completed(instance, _as_it_was(host, snapshot))
    requests.save_instance(host, order.id, known)
    footprint = store.footprint(snapshot.id)
    with journal.step(Phase.SNAPSHOT, "take a snapshot of the present state"):
        store.take(
            scope_of_snapshot(snapshot),
            facts,
            instance,
            snapshot_id=order.id,
            by=order.by,
            now=datetime.now(UTC),
            state="undo",
            footprint=_opposite(store, snapshot, footprint),
        )
    watchdog.arm(host, order.id, known)
    return engine.RollbackTask(
        host=host,
        order=order,
        journal=journal,
        secrets=secrets,
        instance=known,
        connector=engine.connector_of(host, known, secrets.login),
        restarted=bool(footprint.restarts),
        reason=f"rollback to {order.snapshot} was requested",
        started=started,
    )


def _completed(instance: Instance | None, seen: Instance | None) -> Instance | None:
    """Return the server with what its apply detected and is hidden now.

    That is the unit where only its file is found, since a masked unit shows none; and the configuration where a
    planted link hides it, since it names the file that the server reads after the rollback.
    """
    if instance is None or seen is None:
        return instance or seen
    if not isinstance(instance.config, ConfigFacts):
        instance = replace(instance, config=seen.config)
    if instance.unit is None and instance.process is None:
        return replace(instance, unit=seen.unit)
    return instance


def _as_it_was(host: HostReader, snapshot: Snapshot) -> Instance | None:
    """Return the server as its apply detected it, where it is not found now: unit masked, or package removed."""
    with suppress(ApplyError):
        seen = requests.load_instance(host, snapshot.id)
        gone = Unreadable(what="the running server", why="it was not detected when the rollback started")
        return replace(seen, live=gone, process=None, listeners=(), probes=()) if seen is not None else None
    return None


def _refused(host: Host, order: Request, journal: Journal, error: WizardError, started: float) -> Outcome:
    journal.best_effort = True
    journal.failed(Phase.LOCK, describe(error))
    seconds = round(time.monotonic() - started, 3)
    refused = Outcome(result=Result.REFUSED, summary=f"Nothing was changed: {describe(error)}", seconds=seconds)
    ended = watchdog.close_apply(host, journal, EventKind.REFUSED, Phase.LOCK, refused)
    engine.delete_own_snapshot(host, order)
    return ended


def detect_for(host: HostReader, snapshot: Snapshot, login: Login | None) -> tuple[HostFacts, Instance | None]:
    """Look at the host as it is now, and at the server of a snapshot."""
    from wizard.detect import collect_facts  # noqa: PLC0415 - no part of a recovery

    config = PurePosixPath(snapshot.instance) if snapshot.instance.startswith("/") else None
    name = "" if config is not None else snapshot.instance
    facts = collect_facts(host, config=config, login=login, instance=name).facts
    try:
        chosen = choose(facts, snapshot.instance)
    except PlanError:
        return facts, _renamed(host, facts, snapshot)
    # Something else of the same name, such as the unit of a script, is not the server that was applied to.
    return facts, chosen if isinstance(chosen.config, ConfigFacts) else _renamed(host, facts, snapshot) or chosen


def _renamed(host: HostReader, facts: HostFacts, snapshot: Snapshot) -> Instance | None:
    """Return the server that reads the configuration of the one that was applied to: its unit has another name now."""
    with suppress(ApplyError):
        before = requests.load_instance(host, snapshot.id)
        if before is not None and isinstance(before.config, ConfigFacts):
            main = before.config.main
            each = (one for one in facts.instances if isinstance(one.config, ConfigFacts) and one.config.main == main)
            return next(each, None)
    return None


def _opposite(store: SnapshotReader, snapshot: Snapshot, footprint: ApplyRecord) -> ApplyRecord:
    """What this rollback is about to leave: the files of the snapshot; no bytes where there was none."""
    history = History(store)
    kinds = {FileKind.FILE, FileKind.ABSENT}
    saved = {str(each.status.path): each.blob for each in snapshot.paths if each.status.kind in kinds}
    return ApplyRecord(
        digests=saved,
        restarts=footprint.restarts,
        reloads=footprint.reloads,
        append_only=snapshot.append_only,
        sequence=history.next_sequence(),
        depends_on=shared.dependencies_of_redo(store, footprint),
        kernel=snapshot.kernel,
        reverts=snapshot.id,
        on_state=history.state(snapshot.instance),
        restores_state=history.before(snapshot),
    )
