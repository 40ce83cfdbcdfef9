"""Finish an apply that was confirmed: it stays, so nothing here changes the host or rolls anything back.

Called by the worker, or by a recovery after an interruption.
"""

import time
from contextlib import suppress

from wizard.errors import ApplyError, HostError
from wizard.host.port import Host
from wizard.jobs import space, watchdog
from wizard.jobs.journal_writer import Journal
from wizard.jobs.requests import Request
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.exposure import Exposure
from wizard.model.snapshot import Snapshot
from wizard.model.value import replace
from wizard.persistence import unit_timeouts
from wizard.snapshots.backups import delete_backups
from wizard.snapshots.reader import SnapshotReader
from wizard.snapshots.store import Store

_TIDY_SECONDS = 10.0
_TIDY_STEP_SECONDS = 0.5


def finish(host: Host, journal: Journal, snapshot: Snapshot, outcome: Outcome) -> Outcome:
    """Mark it, remove what only an open apply needs, and write the result; safe to repeat.

    Raises:
        ApplyError: it could not be marked; it stays open, and the text says what to do.
    """
    journal.best_effort = True
    with suppress(HostError):
        space.release_space(host, snapshot.id)
    try:
        Store(host).mark(snapshot, "applied")
    except HostError as error:
        raise ApplyError(
            f"it was confirmed and stays, but this could not be recorded: {error}; "
            "fix that, then run redis-wizard recover"
        ) from error
    told = clean_up(host, snapshot.id, snapshot)
    outcome = replace(outcome, checks=(*outcome.checks, *told))
    return watchdog.close_apply(host, journal, EventKind.APPLIED, Phase.CONFIRM, outcome)


def summary(what: str, exposure: Exposure | None, *, server: bool = True) -> str:
    """Return what an outcome says first: what is still open, then what was applied, and what was verified.

    Args:
        what: The changes, counted.
        exposure: What is still open, where that is known.
        server: A server was running and was looked at.
    """
    if not server:
        return f"Applied {what}. No running server was looked at, so logins, listeners and values were not verified."
    first = exposure.sentences() if exposure else ()
    done = f"Applied {what}; everything else is" if first else f"Applied {what};"
    return " ".join((*first, f"{done} verified from outside."))


def finish_after_crash(host: Host, order: Request, journal: Journal) -> Outcome:
    """Finish what was interrupted after its confirmation: everything had been done and verified before.

    Raises:
        SnapshotError: its snapshot cannot be used.
        ApplyError: as `finish`.
    """
    exposure = journal.exposure()
    outcome = Outcome(
        result=Result.APPLIED,
        snapshot=order.id,
        summary=f"{summary(order.what, exposure)} The last step finished after an interruption.",
        exposure=exposure,
        seconds=0.0,
    )
    return finish(host, journal, SnapshotReader(host).load(order.id), outcome)


def clean_up(host: Host, identity: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Remove what only an open apply needs.

    Returns:
        One sentence for each thing that could not be removed.
    """
    with suppress(HostError):
        space.release_space(host, identity)
    with suppress(HostError):
        unit_timeouts.remove_leftovers(host)
    left, deadline = delete_backups(host, snapshot), time.monotonic() + _TIDY_SECONDS
    # A directory of the running machine may be read-only for a moment only.
    while left and host.reopen_arguments == () and time.monotonic() < deadline:
        time.sleep(_TIDY_STEP_SECONDS)
        left = delete_backups(host, snapshot)
    return left
