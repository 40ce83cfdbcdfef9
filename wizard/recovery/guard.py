"""One look of the guard: does a process work on the apply, and is it not frozen? Where not, recover it.

::

    the lock is held, its journal grows, or it waits for a confirmation   →  nothing
    the lock is held, and its journal is silent for a minute              →  stop that process, recover
    no process holds the lock                                             →  recover
    the last try failed                                                   →  again, when the next try is due

It runs in a unit of its own, so what stops the worker's control group does not stop it; a timer starts it
again whatever happens to one look.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress

from wizard.errors import BusyError, HostError, WizardError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import boot_clock, journal, journal_writer, lock, requests, retries, watchdog
from wizard.jobs.journal import Record
from wizard.model.event import EventKind
from wizard.recovery.recover import LIVELY_SECONDS, WORDS, Trigger, age, may_be_at_it, recover, say_why

SILENT_SECONDS = journal_writer.TICK_SECONDS + 5.0
"""A process that works writes a line within this time, measured by a clock that cannot be set."""
_STEP_SECONDS = 0.5
_LOOKS, _SHORT_SECONDS = 3, 0.05


def look(host: Host, identity: str, *, wait: Callable[[float], None] = time.sleep) -> bool:
    """Look once; return whether the apply has ended, or will without us.

    Args:
        host: The machine.
        identity: Of the apply.
        wait: Lets so many seconds pass.
    """
    while True:
        record = journal.read(host, identity)
        ended = record.outcome is not None and not watchdog.is_armed(host, identity)
        if ended or _is_removed(host, identity):
            watchdog.stop_watching(host, identity)
            return True
        if _is_held(host, wait) and not ended_frozen(host, identity, lambda: _kill(host, identity), wait=wait):
            return True
        told = retries.read(host, identity)
        if told is not None and not _is_due(host, identity, told, wait):
            return False
        try:
            attempt(host, _reason(told), identity)
        except BusyError:
            return True
        except WizardError as error:
            _say(f"apply {identity} is tried again: {error}")
            continue
        return True


def attempt(host: Host, reason: Trigger, identity: str) -> None:
    """Recover; record what prevents it, for followers and for the next try.

    Raises:
        BusyError: another process works on it.
        WizardError: it cannot be finished now.
    """
    if reason is Trigger.STOPPED and _is_removed(host, identity):
        return
    try:
        recover(host, reason=reason, identity=identity)
        if journal.read(host, identity).outcome is None:
            raise HostError("its result could not be recorded")
    except BusyError:
        raise
    except WizardError as error:
        if not watchdog.only_dataset_left(host):
            _count(host, identity, reason, str(error))
        raise


# --- a worker that does not answer -----------------------------------------------------------------


def _is_removed(host: HostReader, identity: str) -> bool:
    """Return whether the record of an apply was removed after its end: nothing of it can be left to finish."""
    return identity not in requests.identities(host) and watchdog.pending_apply(host) != identity


def _is_held(host: HostReader, wait: Callable[[float], None]) -> bool:
    """Return whether a process works under the lock; one that only looks holds it for a moment."""
    for _ in range(_LOOKS):
        if not lock.is_held(host):
            return False
        wait(_SHORT_SECONDS)
    return True


def ended_frozen(
    host: Host, identity: str, kill: Callable[[], None], *, wait: Callable[[float], None] = time.sleep
) -> bool:
    """End the process that holds the lock and no longer works on this apply; return whether the lock is free."""
    record = journal.read(host, identity)
    if not may_be_at_it(host, identity, record) or not is_silent(record, watchdog.limit_of(host, identity)):
        return False
    # A clock that was set makes an old line of a new one: only a journal that does not grow is silent.
    for _ in range(int(SILENT_SECONDS / _STEP_SECONDS)):
        wait(_STEP_SECONDS)
        if not lock.is_held(host):
            return True
        if _grew(record, journal.read(host, identity)) and boot_clock.now() < watchdog.limit_of(host, identity):
            return False
    _revoke(host, identity)
    kill()
    return True


def end_silent(host: Host, identity: str) -> None:
    """End the process that holds the lock, where it may work on this apply; for a follower that has waited enough."""
    if lock.is_held(host) and may_be_at_it(host, identity, journal.read(host, identity)):
        _revoke(host, identity)
        _kill(host, identity)


def _revoke(host: Host, identity: str) -> None:
    if journal.read(host, identity).outcome is None:
        with suppress(HostError, BusyError):
            journal.decide(host, identity, EventKind.REVOKED, WORDS[Trigger.GUARD])


def _kill(host: Host, identity: str) -> None:
    for unit in watchdog.workers(identity):
        with suppress(HostError):
            host.services.kill(unit)


def is_silent(record: Record, limit: float) -> bool:
    """Return whether who works has stopped writing, or is over its time.

    Args:
        record: The journal.
        limit: When a worker must have asked for a confirmation, in seconds of CLOCK_BOOTTIME.
    """
    if record.deadline is not None and record.decision is None:
        return boot_clock.now() > record.deadline + watchdog.LATER_SECONDS
    if not record.events:
        return False
    over = record.decision is None and record.outcome is None and boot_clock.now() > limit
    return over or age(record) > LIVELY_SECONDS


def _grew(before: Record, after: Record) -> bool:
    return len(after.events) > len(before.events)


# --- trying again ----------------------------------------------------------------------------------


def _reason(told: retries.Tries | None) -> Trigger:
    if told is None:
        return Trigger.GUARD
    return Trigger.AFTER_SERVER_START if told.data else Trigger.RETRY


def _is_due(host: Host, identity: str, told: retries.Tries, wait: Callable[[float], None]) -> bool:
    """Return whether it is tried again in this look, and wait for that moment where it is near."""
    if told.over:
        _say(f"apply {identity}: no further try before the next boot: {told.why}")
        watchdog.stop_watching(host, identity)
        return False
    if told.next - boot_clock.now() > watchdog.GUARD_SECONDS:
        return False
    while boot_clock.now() < told.next:
        if journal.read(host, identity).outcome is not None:
            return True
        wait(_STEP_SECONDS)
    return True


def _count(host: Host, identity: str, reason: Trigger, why: str) -> None:
    before = retries.read(host, identity)
    retries.failed(host, identity, why, data=reason is Trigger.AFTER_SERVER_START)
    if reason is not Trigger.OPERATOR and (before is None or before.why != why):
        say_why(host, identity, journal.read(host, identity), why)


def _say(text: str) -> None:
    sys.stderr.write(f"redis-wizard: {text}\n")
