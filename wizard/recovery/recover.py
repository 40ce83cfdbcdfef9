"""Recover an interrupted apply or rollback: finish it where it was confirmed, else roll it back.

Every watchdog calls it, in any order and more than once: the process that gets the lock first reads the
journal, does what is left, and writes the outcome.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum

from wizard.errors import BusyError, HostError, SnapshotError, WizardError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import journal, lock, requests, watchdog, worker_secrets
from wizard.jobs.boot_clock import now
from wizard.jobs.cleanup import clean_leftovers
from wizard.jobs.finish import finish_after_crash
from wizard.jobs.journal import Record
from wizard.jobs.journal_writer import Journal
from wizard.jobs.requests import Request
from wizard.jobs.status import made_no_change, unfinished, unfinished_apply
from wizard.model.change import Restart
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.facts.files import FileKind
from wizard.model.status import Operation
from wizard.snapshots.reader import SnapshotReader
from wizard.snapshots.store import Store

LIVELY_SECONDS = 60.0
"""A rollback writes a line far more often than this (`journal_writer.TICK_SECONDS`), or is frozen."""
_LEAVING_SECONDS = 15.0
"""A process that has written the outcome still disarms the watchdogs, then exits."""
_LOCK_SECONDS = 5.0


class Trigger(StrEnum):
    """Who calls."""

    STOPPED = "stopped"
    """The worker has ended, one way or another."""
    DEADLINE = "deadline"
    """A timer: the worker should have come to an end."""
    GUARD = "guard"
    """A timer that looks twice a minute: the worker was killed with all that comes after it, or is frozen."""
    RETRY = "again"
    """The same timer: what could not be restored is tried again."""
    BOOT = "boot"
    """The host boots, and the server has not been started."""
    AFTER_SERVER_START = "data"
    """The server is up after a boot: restore its keys, or all that could not be restored before."""
    OPERATOR = "asked"
    """A person."""


WORDS = {
    Trigger.STOPPED: "the worker was stopped before it finished",
    Trigger.DEADLINE: "no confirmation came in time, and the worker did not answer",
    Trigger.GUARD: "the worker was killed or was silent for a minute",
    Trigger.RETRY: "it could not be rolled back at once",
    Trigger.BOOT: "the host was restarted before it was confirmed",
    Trigger.AFTER_SERVER_START: "the host was restarted before it was confirmed",
    Trigger.OPERATOR: "it was interrupted, and you asked for a recovery",
}
"""Why it is rolled back, where that was not decided before."""


def recover(host: Host, *, reason: Trigger = Trigger.OPERATOR, identity: str = "") -> Outcome | None:
    """Recover what is open.

    Args:
        host: The machine.
        reason: What calls.
        identity: Of the apply; empty: the one that is open.

    Returns:
        Its outcome; ``None`` when nothing was open.

    Raises:
        BusyError: another process is working on it.
        ApplyError: it cannot be finished now; the text says what to do.
    """
    identity = identity or unfinished_apply(host)
    if not identity:
        _clean(host)
        return None
    if reason is Trigger.DEADLINE:
        kill_if_hung(host, identity, lambda: host.services.kill(watchdog.WORKER))
    record = journal.read(host, identity)
    if record.outcome is not None:
        with suppress(HostError):
            worker_secrets.delete(host, identity)
    if record.outcome is not None and not watchdog.is_armed(host, identity):
        # Nothing is left to do, so release the lock for the next process.
        return record.outcome
    with lock.hold(host, seconds=_LOCK_SECONDS):
        record = journal.read(host, identity)
        if record.outcome is not None:
            watchdog.disarm(host, identity)
            return record.outcome
        try:
            return _end(host, reason, requests.load(host, identity), record)
        except WizardError as error:
            if reason is Trigger.OPERATOR:
                say_why(host, identity, record, str(error))
            raise


def say_why(host: Host, identity: str, record: Record, why: str) -> None:
    """Write what prevents the recovery into the journal. This line is no progress of the job."""
    log = Journal(host, identity)
    log.best_effort = True
    log.failed(record.events[-1].phase if record.events else Phase.LOCK, why)


def end_unbegun(host: Host, identity: str, why: str) -> None:
    """Write that an apply ended before its first line, because its worker does not start.

    Raises:
        BusyError, HostError: it could not be written; perhaps another process works on it after all.
    """
    with lock.hold(host, seconds=_LOCK_SECONDS):
        record = journal.read(host, identity)
        if record.outcome is None and made_no_change(host, identity, record):
            _never_began(host, Journal(host, identity), why)


def abandon(host: Host) -> Outcome | None:
    """Leave the host as it is and close what is open, by the operator's decision, where a recovery fails.

    Returns:
        Its outcome; ``None`` when nothing was open.

    Raises:
        BusyError: another process is working on it.
    """
    identity = unfinished_apply(host)
    if not identity:
        return None
    with lock.hold(host, seconds=_LOCK_SECONDS):
        order, record = requests.load(host, identity), journal.read(host, identity)
        if record.outcome is not None:
            return record.outcome
        log = Journal(host, identity)
        log.best_effort = True
        failures = [event.text for event in record.events if event.kind is EventKind.FAILED]
        why = f" The last failure: {failures[-1]}." if failures else ""
        outcome = Outcome(
            result=Result.INCOMPLETE,
            snapshot=order.target,
            summary=f"Left as it is; redis-wizard rollback {order.target} restores what is possible.{why}",
            seconds=0.0,
        )
        return watchdog.close_apply(host, log, EventKind.FAILED, Phase.ROLLBACK, outcome)


def _clean(host: Host) -> None:
    """Nothing is open: what was left of an earlier one is taken away."""
    if host.status(host.state).kind is FileKind.ABSENT:
        return
    with suppress(BusyError, HostError), lock.hold(host, seconds=0.0):
        still_open = tuple(unfinished(host))
        clean_leftovers(host, still_open)
        if (left := watchdog.pending_apply(host)) and left not in still_open:
            watchdog.disarm(host, left)


# --- our turn --------------------------------------------------------------------------------------


def kill_if_hung(host: Host, identity: str, kill: Callable[[], None]) -> None:
    """Wait for a worker that has time left; end one that is frozen or has missed its time, and no other one's."""
    while lock.is_held(host):
        record = journal.read(host, identity)
        if not may_be_at_it(host, identity, record):
            return
        if not _lively(record):
            if record.outcome is None and _was_extended(host, identity):
                continue
            kill()
            return
        time.sleep(1)


def _was_extended(host: Host, identity: str) -> bool:
    """Decide that it is rolled back, unless it was given more time since its journal was read."""
    with suppress(HostError, BusyError):
        return Journal(host, identity).expire(WORDS[Trigger.DEADLINE]) is None
    return False


def may_be_at_it(host: HostReader, identity: str, record: Record) -> bool:
    """Return whether the lock is held for this job: the watchdogs name it, or none while it is unfinished."""
    named = watchdog.pending_apply(host)
    return named == identity or (not named and record.outcome is None)


def _lively(record: Record) -> bool:
    """Return whether the holder of the lock does what was decided, or still has time."""
    if record.deadline is not None and record.decision is None:
        return now() < record.deadline
    if record.events and record.outcome is not None:
        return age(record) < _LEAVING_SECONDS
    if record.decision is None or not record.events:
        return False
    return age(record) < LIVELY_SECONDS


def age(record: Record) -> float:
    """Seconds since the newest line, by a clock that may have been set."""
    return abs((datetime.now(UTC) - datetime.fromisoformat(record.events[-1].at)).total_seconds())


# --- the end ---------------------------------------------------------------------------------------


def _end(host: Host, reason: Trigger, order: Request, record: Record) -> Outcome:
    log = Journal(host, order.id)
    log.best_effort = True
    if reason in {Trigger.RETRY, Trigger.AFTER_SERVER_START}:
        log.buffer()
    clean_leftovers(host, tuple(unfinished(host)))
    for sentence in record.damage:
        log.note(Phase.LOCK, sentence)
    if not record.may_have_changed_host:
        return _never_began(host, log, WORDS[reason])
    decision = record.decision
    if order.kind is Operation.APPLY and decision is not None and decision.kind is EventKind.CONFIRMED:
        return finish_after_crash(host, order, log)
    return _take_back(host, reason, order, record, log)


def _never_began(host: Host, log: Journal, why: str) -> Outcome:
    store = Store(host)
    with suppress(SnapshotError, HostError):
        store.delete_unused(store.load(log.identity))
    refused = Outcome(result=Result.REFUSED, summary=f"Nothing was changed: {why}.", seconds=0.0)
    return watchdog.close_apply(host, log, EventKind.REFUSED, Phase.LOCK, refused)


def _take_back(host: Host, reason: Trigger, order: Request, record: Record, log: Journal) -> Outcome:
    from wizard.rollback import RollbackTask, connector_of, roll_back  # noqa: PLC0415 - most find nothing to roll back

    secrets = worker_secrets.load(host, order.id)
    instance = requests.load_instance(host, order.id)
    decision = record.decision
    return roll_back(
        RollbackTask(
            host=host,
            order=order,
            journal=log,
            secrets=secrets,
            instance=instance,
            connector=connector_of(host, instance, secrets.login),
            restarted=_restarted(host, reason, order, record),
            reason=decision.text if decision else WORDS[reason],
            booting=reason is Trigger.BOOT or _goes_down(host),
        )
    )


def _goes_down(host: Host) -> bool:
    """A host that shuts down starts and stops no server for a recovery; only the files count."""
    program = host.find_program("systemctl") if watchdog.has_systemd(host) else None
    return program is not None and host.run((str(program), "is-system-running")).output.strip() == "stopping"


def _restarted(host: HostReader, reason: Trigger, order: Request, record: Record) -> bool:
    """The server was asked to restart, or may have been."""
    from wizard.changes.handlers import restart  # noqa: PLC0415 - as above

    if reason is Trigger.AFTER_SERVER_START:
        # The boot has started it: with the files that were restored, or with those that could not be.
        return not watchdog.only_dataset_left(host)
    if order.plan is None:
        return bool(SnapshotReader(host).footprint(order.target).restarts)
    restarts = {change.id for change in order.plan.changes if isinstance(change, Restart)}
    told = any(event.change in restarts for event in record.events)
    return told or restart.was_restarted(host, requests.load_instance(host, order.id))
