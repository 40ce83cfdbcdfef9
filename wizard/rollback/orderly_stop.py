"""Stop the server in a rollback, with every key on disk before it ends."""

from wizard.changes.rollback_context import RollbackContext
from wizard.errors import ApplyError, DataLossError, HostError
from wizard.persistence import datafiles, dataset, quiesce
from wizard.persistence.datafiles import DataFiles
from wizard.rollback import newest
from wizard.server.client import Client

STOP_SECONDS = 60.0
"""At least, for an orderly stop in which the server saves by itself."""
LOG_IN = "log in as an administrator (--user NAME --password-file FILE)"


def require_safe_stop(work: RollbackContext, client: Client | None, *, restarts: bool) -> None:
    """Accept a rollback that loses no key; a save that fails is found here, not while the server stops.

    Args:
        work: The rollback; the server runs.
        client: Logged in, ``None`` when no login works.
        restarts: It will stop the server.

    Raises:
        ApplyError: the data cannot be saved, or (`DataLossError`) would be lost; nothing was changed.
    """
    if client is None:
        _demand_safe_stop(work)
    elif not work.snapshot.append_only and (restarts or dataset.uses_append_only(client)):
        dataset.save(client)


def _demand_safe_stop(work: RollbackContext) -> None:
    """Without a login the server cannot be asked to save: check that its stop will."""
    now = newest.configuration_now(work)
    if now is None or newest.aof_is_newest(work):
        return
    if not newest.saves_by_itself(now) and not work.accepted:
        raise DataLossError(
            "the rollback needs a restart, and the running server would lose keys",
            f"{LOG_IN}, so that the keys are saved first",
        )
    known = newest.files_of(work, now)
    if known is not None and (trouble := cannot_save(work, known)):
        raise ApplyError(f"the rollback needs a restart, and the server could not save its data: {trouble}")


def cannot_save(work: RollbackContext, known: DataFiles) -> str:
    """Say what keeps the server from saving its data; empty: nothing that can be seen."""
    space, dump = work.host.space(known.dump.parent), work.host.status(known.dump)
    if space.read_only:
        return f"{known.dump.parent} is on a read-only file system; nothing was changed"
    if space.free <= dump.size:
        return f"{known.dump.parent} has {space.free} bytes free and its last dump has {dump.size}; nothing was changed"
    return ""


def stop_server(work: RollbackContext, unit: str, client: Client | None, *, seconds: float, was_on: bool) -> bool:
    """Stop the server in order.

    Args:
        work: The rollback; its files are restored already, and the server was switched where it could be.
        unit: The server's.
        client: Logged in, ``None`` when no login works.
        seconds: For the stop.
        was_on: The append-only file held the newest data before anything was restored.

    Returns:
        Whether the append-only file must be on at the next start, to read every key.

    Raises:
        ApplyError: the keys cannot be persisted; it was not stopped.
        HostError: the service manager refuses; the server goes on as before.
    """
    if client is None:
        return _stop_unseen(work, unit, seconds=seconds, was_on=was_on)
    on = dataset.uses_append_only(client)
    held = _still(work, client, on=on)
    work.connector.close()
    try:
        work.host.services.stop(unit, seconds=seconds)
    except HostError:
        if not _may_end(work, held):
            raise
        work.host.services.kill(unit)
        work.host.services.stop(unit, seconds=seconds)
    return on


def _still(work: RollbackContext, client: Client, *, on: bool) -> quiesce.QuiescedServer:
    """Persist every key, and check that it is where the next start looks: the file may have external changes."""
    now = newest.configuration_now(work)
    known = newest.files_of(work, now) if now is not None else None
    if known is None or work.accepted:
        return quiesce.persist_and_quiesce(client, from_append_only=on, rewrite=True)
    with datafiles.detect_rewrite(work.host, known.dump) as rewritten:
        held = quiesce.persist_and_quiesce(client, from_append_only=on, rewrite=True)
        elsewhere = not datafiles.is_complete_aof(work.host, known) if on else rewritten() is False
    if elsewhere:
        held.resume(client)
        raise ApplyError(
            f"the server is not stopped: its data is elsewhere than in {known.dump.parent}, where its configuration "
            "would look for it; make both agree and try again"
        )
    return held


def _may_end(work: RollbackContext, held: quiesce.QuiescedServer) -> bool:
    """It does not stop in time: tell whether all its keys are on disk; where they are not, it goes on as before."""
    client = work.connector.connect_or_none()
    ends = client is not None and held.is_safe_to_kill(client)
    if not ends:
        held.resume(client)
    work.connector.close()
    return ends


def _stop_unseen(work: RollbackContext, unit: str, *, seconds: float, was_on: bool) -> bool:
    """Stop a server without a login, and look at the files that it left; the line is kept until then."""
    now = newest.configuration_now(work)
    known = newest.files_of(work, now) if now is not None else None
    if known is None:
        work.host.services.stop(unit, seconds=seconds)
        return was_on
    with datafiles.detect_rewrite(work.host, known.dump) as rewritten:
        work.host.services.stop(unit, seconds=max(seconds, stop_seconds(work)))
        saved = rewritten()
    if was_on:
        return work.snapshot.append_only or saved is not True
    if saved is False:
        lost = f"what it had not written to {known.dump} is lost"
        work.differences.append(f"the server did not save its data when it stopped; {lost}")
    return False


def stop_seconds(work: RollbackContext) -> float:
    """For an orderly stop in which the server saves by itself: by the size of its last dump."""
    now = newest.configuration_now(work)
    known = newest.files_of(work, now) if now is not None else None
    return STOP_SECONDS + (
        work.host.status(known.dump).size / dataset.SLOWEST_BYTES_PER_SECOND if known is not None else 0
    )
