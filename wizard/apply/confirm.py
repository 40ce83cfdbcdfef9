"""The operator's decision after a change: confirm it, or roll it back. Without one it is rolled back.

The decision is a line in the journal, so it can come from any login, and survives the worker.
"""

import time

from wizard.apply.client_watch import ClientWatch
from wizard.changes.context import ApplyContext
from wizard.changes.handlers import restart
from wizard.errors import RolledBackError
from wizard.jobs import watchdog
from wizard.jobs.boot_clock import boot_id, now
from wizard.jobs.journal import read
from wizard.model.event import Event, EventKind, Phase

POLL_SECONDS = 0.1


def await_confirmation(run: ApplyContext) -> None:
    """Wait for the operator's confirmation where one is required.

    Raises:
        RolledBackError: the operator decided to roll back, or did not confirm in time.
        HostError: the decision cannot be written, so it does not count.
    """
    word = _word(run) if run.confirm_within else run.journal.decide(EventKind.CONFIRMED, "no confirmation was required")
    if word.kind is not EventKind.CONFIRMED:
        raise RolledBackError(word.text)


def _word(run: ApplyContext) -> Event:
    """Wait for the decision; silence decides as well."""
    # Each program that confirms or extends reads the deadline from the journal, so all use the same one.
    began = now()
    watchdog.arm_confirmation_deadline(run.host, run.confirm_within)
    text = f"Waiting {run.confirm_within} seconds for a confirmation"
    run.journal.begin(Phase.CONFIRM, text, deadline=round(began + run.confirm_within, 3), boot=boot_id())
    server = run.instance.unit.name if run.is_running_host and run.instance and run.instance.unit else ""
    vigil = restart.CrashWatcher(run.host, server)
    clients = ClientWatch(run)
    while True:
        record = read(run.host, run.identity)
        if record.decision is not None:
            return record.decision
        if record.deadline is not None and now() >= record.deadline:
            silence = f"no confirmation came within {round(record.deadline - began)} s"
            if (word := run.journal.expire(silence)) is not None:
                return word
        if death := vigil.crash():
            return run.journal.decide(EventKind.REVOKED, f"{death} while the apply waited for a confirmation")
        clients.look()
        time.sleep(POLL_SECONDS)
