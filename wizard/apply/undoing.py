"""The rollback command: one snapshot put back under the host's lock, after a snapshot of its own.

What may not live here: how it is put back (`rollback`).
"""

import time
from datetime import UTC, datetime
from pathlib import PurePosixPath

from wizard.apply import lock
from wizard.apply.feed import Feed
from wizard.apply.journal import Journal, describe
from wizard.apply.rollback import comparison, roll_back
from wizard.apply.steps import package
from wizard.apply.undo import Undo
from wizard.apply.worker import doors_of, fresh_identity, operator
from wizard.detect.collect import collect
from wizard.errors import ApplyError, PlanError, SnapshotError
from wizard.host.port import Host
from wizard.model.event import Ending, EventKind, Outcome, Phase
from wizard.model.facts import FileKind, HostFacts, Instance
from wizard.model.login import Login
from wizard.model.snapshot import Snapshot
from wizard.planning.choose import choose
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.scope import scope_again
from wizard.snapshots.store import Store


def undo(host: Host, snapshot_id: str, *, login: Login | None, feed: Feed) -> Outcome:
    """Put a snapshot back.

    Raises:
        BusyError: an apply or rollback is at work.
        SnapshotError: there is none, it is damaged, or of another machine.
        ApplyError: it could not be put back; the text says what to do.
    """
    started = time.monotonic()
    journal = Journal(host, feed)
    with lock.hold(host):
        store = Store(host)
        snapshot = store.load(snapshot_id)
        if problems := store.verify(snapshot):
            raise SnapshotError(f"snapshot {snapshot_id} is damaged, so it is not put back: {problems[0]}")
        work = _prepare(host, store, snapshot, login, journal)
        try:
            return _roll_back(work, started)
        finally:
            work.doors.close()


def _prepare(host: Host, store: Store, snapshot: Snapshot, login: Login | None, journal: Journal) -> Undo:
    facts, instance = _look(host, snapshot, login)
    footprint = store.footprint(snapshot.id)
    identity = fresh_identity(store)
    with journal.act(Phase.SNAPSHOT, "remember the present state, so that this can be undone"):
        store.take(
            scope_again(snapshot),
            facts,
            instance,
            snapshot_id=identity,
            by=operator(),
            now=datetime.now(UTC),
            state="undo",
            footprint=_opposite(snapshot, footprint),
        )
    journal.open(identity)
    journal.forgiving = True
    return Undo(
        host=host,
        journal=journal,
        store=store,
        snapshot=snapshot,
        footprint=footprint,
        instance=instance,
        doors=doors_of(instance, login),
        restarted=bool(footprint.restarts),
    )


def _look(host: Host, snapshot: Snapshot, login: Login | None) -> tuple[HostFacts, Instance | None]:
    config = PurePosixPath(snapshot.instance) if snapshot.instance.startswith("/") else None
    facts = collect(host, config=config, login=login).facts
    try:
        return facts, choose(facts, snapshot.instance)
    except PlanError:
        return facts, None


def _opposite(snapshot: Snapshot, footprint: Footprint) -> Footprint:
    """What this rollback is about to leave: the files of the snapshot; no bytes where there was none."""
    kinds = {FileKind.FILE, FileKind.ABSENT}
    saved = {str(each.status.path): each.blob for each in snapshot.paths if each.status.kind in kinds}
    return Footprint(
        digests=saved,
        restarts=footprint.restarts,
        reloads=footprint.reloads,
        append_only=snapshot.append_only,
    )


def _roll_back(work: Undo, started: float) -> Outcome:
    try:
        with work.journal.act(Phase.ROLLBACK, f"put back snapshot {work.snapshot.id}"):
            roll_back(work)
    except ApplyError:
        raise
    except Exception as error:
        text = f"the rollback stopped: {describe(error)}; mend that and run redis-wizard rollback {work.snapshot.id}"
        raise ApplyError(text) from error
    work.store.mark(work.snapshot, "rolled-back")
    compared = comparison(work)
    work.journal.decide(EventKind.ROLLED_BACK, Phase.ROLLBACK, compared)
    state = compared if work.kept else "; ".join(("the host is as it was", *package.undo(work.snapshot)))
    return Outcome(
        ending=Ending.INCOMPLETE if work.kept else Ending.ROLLED_BACK,
        snapshot=work.snapshot.id,
        summary=f"Rolled back to {work.snapshot.id}: {state}",
        seconds=round(time.monotonic() - started, 3),
        downtime_seconds=work.downtime_seconds,
        keys_before=work.keys_before,
        keys_after=work.keys_after,
        checks=(*work.done, compared),
    )
