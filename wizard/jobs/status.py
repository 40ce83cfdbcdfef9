"""Follow an apply by its journal, from any process and login, and return its status."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from wizard.errors import ApplyError
from wizard.host.reader import HostReader
from wizard.jobs import journal, lock, requests, retries, watchdog, worker_secrets
from wizard.jobs.boot_clock import now
from wizard.jobs.journal import Record
from wizard.jobs.requests import Request
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.facts.files import FileKind
from wizard.model.status import ApplyStatus, Operation, Stage

_NEWEST = 8
"""An apply begins only when none is open, so an open one is among the newest."""
BEGINNING_SECONDS = 30.0
"""So long a worker may take to write its first line."""

INTERRUPTED_BEFORE_CHANGE = Outcome(
    result=Result.REFUSED, summary="Interrupted before its first change; nothing to do.", seconds=0.0
)
"""The outcome of a job that changed nothing and whose journal has no outcome."""


def status_of(host: HostReader, identity: str) -> ApplyStatus:
    """Return the status of one apply or rollback.

    Raises:
        ApplyError: there is none of this name.
    """
    order, record = requests.load(host, identity), journal.read(host, identity)
    stage, outcome = _stage(host, order, record), record.outcome
    if stage is Stage.INTERRUPTED and record.events and made_no_change(host, identity, record):
        stage, outcome = Stage.ENDED, INTERRUPTED_BEFORE_CHANGE
    newest = record.events[-1] if record.events else None
    waiting = host.status(worker_secrets.place(host, identity)).kind is FileKind.FILE
    told = retries.read(host, identity) if stage is not Stage.ENDED else None
    working = lock.is_held(host)
    return ApplyStatus(
        id=identity,
        kind=order.kind,
        stage=stage,
        what=order.what,
        instance=order.instance,
        by=order.by,
        begun_at=order.begun_at,
        phase=newest.phase if newest else Phase.LOCK,
        text=told.why if told and not working else newest.text if newest else _unbegun(stage),
        seconds_left=_seconds_left(record),
        secrets_to=order.secrets_to,
        secrets_waiting=waiting and bool(worker_secrets.load(host, identity).passwords),
        damage=record.damage if outcome is not None or not working else (),
        exposure=record.exposure if _in_force(stage, outcome) else None,
        tries=retries.sentence(told) if told is not None else "",
        outcome=outcome,
    )


def _in_force(stage: Stage, outcome: Outcome | None) -> bool:
    """Return whether what was observed after the change still holds."""
    return stage is Stage.WAITING or (outcome is not None and outcome.result is Result.APPLIED)


def _unbegun(stage: Stage) -> str:
    return "it was never started: nothing was changed" if stage is Stage.INTERRUPTED else "it is about to start"


def _stage(host: HostReader, order: Request, record: Record) -> Stage:
    if record.outcome is not None:
        return Stage.ENDED
    decision = record.decision
    if not lock.is_held(host) and not is_starting(host, order.id, record):
        if not watchdog.retry_scheduled(host, order.id):
            return Stage.INTERRUPTED
        kept = decision is not None and decision.kind is EventKind.CONFIRMED
        return Stage.WORKING if kept else Stage.UNDOING
    if order.kind is Operation.APPLY and decision is not None and decision.kind is EventKind.REVOKED:
        return Stage.UNDOING
    if record.deadline is not None and decision is None:
        return Stage.WAITING
    return Stage.WORKING


def _seconds_left(record: Record) -> float | None:
    if record.deadline is None or record.decision is not None:
        return None
    return round(max(0.0, record.deadline - now()), 1)


def unfinished_apply(host: HostReader) -> str:
    """Name the apply or rollback that has no end yet; empty when there is none."""
    return next((each for each in unfinished(host) if not is_starting(host, each, journal.read(host, each))), "")


def unfinished(host: HostReader) -> Iterator[str]:
    """Return the ids of all unfinished jobs: first the one that the watchdogs are armed for."""
    known = requests.identities(host)
    held = watchdog.pending_apply(host)
    for identity in dict.fromkeys((*([held] if held in known else ()), *known[:_NEWEST])):
        if journal.read(host, identity).outcome is None:
            yield identity


def is_starting(host: HostReader, identity: str, record: Record) -> bool:
    """Its worker is about to start; nothing has been done so far."""
    if record.events:
        return False
    with suppress(ApplyError, ValueError):
        begun = datetime.fromisoformat(requests.load(host, identity).begun_at)
        young = abs((datetime.now(UTC) - begun).total_seconds()) < BEGINNING_SECONDS
        return young or watchdog.worker_is_stopping(host)
    return False


def made_no_change(host: HostReader, identity: str, record: Record) -> bool:
    """Return whether it has made no change: its journal is whole and says so, and no net was spread for it."""
    return not record.may_have_changed_host and not record.damage and watchdog.pending_apply(host) != identity
