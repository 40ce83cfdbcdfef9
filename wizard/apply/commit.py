"""Commit: make the changes, phase by phase, in an order in which no instant is worse than the one before.

Every act is in the journal before it is done.
"""

import time

from wizard.changes import listeners, registry
from wizard.changes.context import ApplyContext, planned_configuration
from wizard.changes.handler import CommitPhase
from wizard.changes.logins import administrator_logins
from wizard.errors import ServerError
from wizard.model.login import Endpoint
from wizard.persistence import dataset
from wizard.server.sessions import endpoints


def commit(run: ApplyContext) -> None:
    """Make every change of the plan.

    Raises:
        WizardError: whatever the first act that failed says; what was done before it stays done.
    """
    run.changed_at = time.monotonic()
    listeners.ensure_drained(run)
    if run.live:
        run.dataset_before = dataset.read_dataset_stats(run.connector.connect())
    for phase in CommitPhase:
        if phase is CommitPhase.OPEN_LISTENERS and run.live:
            # Our session is open, whatever becomes of the way that it came by.
            run.connector.connect()
        registry.do(run, phase)
        if phase is CommitPhase.CLOSE_LISTENERS and run.instance is not None:
            _use_new_access(run)


def _use_new_access(run: ApplyContext) -> None:
    """Go on by the planned endpoints and logins alone: another process may listen at the old ones."""
    planned = planned_configuration(run)
    run.connector.prefer(logins=administrator_logins(run, planned))
    run.connector.only((*endpoints(planned.values), *_until_the_restart(run)))


def _until_the_restart(run: ApplyContext) -> tuple[Endpoint, ...]:
    """List where the running server listens still, whatever the plan says; none where it closed the endpoint."""
    if not run.live:
        return ()
    try:
        found = run.connector.connect().config_get("unixsocket", "bind", "port", "tls-port")
    except ServerError:
        return tuple(run.connector.endpoints)
    words = {name: (value,) if name == "unixsocket" else tuple(value.split()) for name, value in found.items()}
    return endpoints(words)
