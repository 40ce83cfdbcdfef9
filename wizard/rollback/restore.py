"""Rollback: restore what a snapshot has, in an order that keeps keys and access, and compare.

It works from the snapshot alone, so it serves a failed apply, the command, and a recovery after a
crash. Each part goes on when one path or value cannot be restored, and says so.
"""

from contextlib import ExitStack, suppress
from pathlib import PurePosixPath

from wizard.changes import files, live_config, live_users, merge, registry, rollback_context
from wizard.changes.handler import RollbackPhase
from wizard.changes.handlers import restart
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig, resolve
from wizard.errors import ApplyError, HostError, ServerError, SnapshotError, WizardError
from wizard.model.event import Phase
from wizard.model.facts.files import FileKind
from wizard.model.snapshot import SavedPath, SavedUnit
from wizard.model.unit_state import RUNNING, STARTED
from wizard.persistence import dataset
from wizard.persistence.unit_timeouts import raised_timeouts
from wizard.rollback import appendonly, client_view, data_loss, missing_unit, newest, orderly_stop, shield
from wizard.rollback.differences import differences, dropped, server_differences, server_unit
from wizard.server.client import Client
from wizard.server.downtime import DowntimeProbe
from wizard.server.sessions import endpoints
from wizard.snapshots.manual_changes import lines, manual_changes

START_SECONDS = 60.0


def require_safe(work: RollbackContext) -> None:
    """Refuse a rollback that was asked for and would lose keys, before anything is touched.

    Raises:
        ApplyError: it would; the text says what to do.
    """
    if work.booting or work.host.tree is not None:
        return
    client = newest.connect_when_loaded(work)
    data_loss.require_no_data_loss(work, client)
    _demand_safe(work, client)


def _demand_safe(work: RollbackContext, client: Client | None) -> None:
    if not work.booting and _restarts(work) and _up(work):
        orderly_stop.require_safe_stop(work, client, restarts=client is None or work.restarted)


def restore_snapshot(work: RollbackContext) -> None:
    """Put everything back; what could not be is in `work.kept` afterwards.

    Raises:
        ApplyError: keys would be lost; nothing was changed.
        SnapshotError: the bytes of a file are lost or damaged.
    """
    client = None if work.booting else newest.connect_when_loaded(work)
    _note_hand_made(work, client)
    shield.tighten(work)
    if client is not None:
        work.dataset_before = dataset.read_dataset_stats(client)
    live_config.detect_external(work, client)
    live_users.meet(work, client)
    hot = client is not None and not work.restarted
    _demand_safe(work, client)
    was_on = newest.aof_is_newest(work)
    switched = _switch_persistence(work, client)
    was_on = work.snapshot.append_only if switched else was_on
    work.retryable.clear()
    registry.undo(work, RollbackPhase.STOP_UNITS)
    existed, absent, directories = _split(work)
    changed = [saved for saved in existed if _put(work, saved)]
    live_users.write(work, hot=hot)
    _hold_data(work, was_on=was_on)
    if hot:
        hot = _restore_live(work)
    changed += [saved for saved in absent if _put(work, saved)]
    for phase in (RollbackPhase.KERNEL, RollbackPhase.UNIT_FILES, RollbackPhase.START_UNITS):
        registry.undo(work, phase)
    if work.booting:
        work.waits_for_server = _holds(work, was_on=was_on)
    elif not hot and _restarts(work) and (changed or not _settled(work)):
        _restart(work, was_on=was_on)
    elif client is not None and not was_on:
        appendonly.archive_aof(work)
    if not work.booting and work.host.tree is None:
        _serve_as_before(work)
    registry.undo(work, RollbackPhase.FORGOTTEN)
    _demand_running(work)
    shield.loosen(work)
    for saved in directories:
        _put(work, saved)
    _report(work)


def _report(work: RollbackContext) -> None:
    """Tell what stays, and what is not as before."""
    registry.undo(work, RollbackPhase.REPORT)
    work.differences += live_config.messages(work)
    work.differences += live_users.finish(work)
    work.differences += differences(work)
    work.messages += dropped(work)


def describe_comparison(work: RollbackContext) -> str:
    """Say in one sentence how the host compares with the snapshot."""
    if work.differences:
        return f"Not as before: {'; '.join(work.differences)}."
    counted = (
        f"{len(work.snapshot.paths)} paths",
        f"{len(work.snapshot.kernel)} kernel values",
        f"{len(work.snapshot.directives)} live directives",
        f"{len(work.snapshot.units)} units",
    )
    return f"SAME: {', '.join(counted)} are as in snapshot {work.snapshot.id}."


# --- the parts -----------------------------------------------------------------------------------


def _note_hand_made(work: RollbackContext, client: Client | None) -> None:
    """Name external changes, with the lines that are lost; the snapshot taken before this rollback has them."""
    if work.known is not None and not work.known.remembered:
        return
    with suppress(HostError, SnapshotError, ServerError):
        now = client.config_get() if client is not None else {}
        edits = manual_changes(work.host, work.store, work.snapshot, now)
        work.messages += [edit.what for edit in edits]
        for line in lines(edits):
            work.journal.note(Phase.ROLLBACK, line)


def _switch_persistence(work: RollbackContext, client: Client | None) -> bool:
    if client is None or not newest.persistence_mode_differs(work):
        return False
    with work.journal.step(Phase.ROLLBACK, "persist every key and restore the persistence mode"):
        appendonly.switch(work, client)
    return True


def _split(work: RollbackContext) -> tuple[list[SavedPath], list[SavedPath], list[SavedPath]]:
    """Return what existed, what did not, and the directories, whose rights come back last, the innermost first."""
    ordered = files.in_order(work.snapshot.paths)
    kinds = {FileKind.ABSENT, FileKind.DIRECTORY}
    existed = [saved for saved in ordered if saved.status.kind not in kinds]
    absent = [saved for saved in ordered if saved.status.kind is FileKind.ABSENT]
    return existed, absent, [saved for saved in reversed(ordered) if saved.status.kind is FileKind.DIRECTORY]


def _put(work: RollbackContext, saved: SavedPath) -> bool:
    try:
        return files.undo(work, saved)
    except HostError as error:
        work.retryable.append(f"{saved.status.path} could not be restored: {error}")
        return False


def _restore_live(work: RollbackContext) -> bool:
    """Restore by commands a server that was not restarted; false when it must be restarted after all."""
    try:
        with work.journal.step(Phase.ROLLBACK, "restore the values of the running server"):
            if work.connector.connect_or_none() is None:
                return False
            registry.undo(work, RollbackPhase.RUNNING_SERVER)
            work.connector.connect()
    except ServerError:
        return False
    return True


def _settled(work: RollbackContext) -> bool:
    """The server is up or down as it was, and has its old values, as far as a session can see."""
    server = server_unit(work)
    if server is None or server.active not in RUNNING:
        return not _up(work)
    if client_view.not_running(work.host, server.name, seconds=0, main=_has_main(work)):
        return False
    return work.connector.connect_or_none() is not None and not server_differences(work)


def _restart(work: RollbackContext, *, was_on: bool, again: bool = False) -> None:
    """Restart into the old state, or leave the server stopped where it was stopped."""
    name = server_unit(work)
    if name is None:
        return
    if missing_unit.is_gone(work, name):
        work.differences.append(missing_unit.sentence(work, name, holds_line=_holds(work, was_on=was_on)))
        return
    try:
        with work.journal.step(Phase.ROLLBACK, f"restart {name.name} with its old configuration"):
            _restart_unit(work, name, was_on=was_on)
    except WizardError as error:
        if not again and merge.restore_whole_config(work):
            _restart(work, was_on=was_on, again=True)
        else:
            held = _holder(work)
            why = held if held and held not in str(error) else ""
            work.retryable.append(f"{name.name} could not be restarted: {'; '.join(filter(None, (why, str(error))))}")


def _demand_free(work: RollbackContext) -> None:
    """Start nothing that cannot listen.

    Raises:
        ApplyError: another process listens where the server will; the text names it.
    """
    if held := _holder(work):
        raise ApplyError(held)


def _holder(work: RollbackContext) -> str:
    now = _configuration(work)
    return client_view.holder(work, now) if now is not None else ""


def _configuration(work: RollbackContext) -> ResolvedConfig | None:
    main = rollback_context.main_config(work)
    return None if main is None else resolve(work.host, main, {}, work.instance)


def _serve_as_before(work: RollbackContext) -> None:
    """Have the old certificate served again: the server reads its files again, by a command or by a restart."""
    now, server = _configuration(work), server_unit(work)
    if work.retryable or now is None or not (_restorable(work, now) or _trusts_others(work, now)):
        return
    client = work.connector.connect_or_none()
    if client is not None:
        with work.journal.step(Phase.ROLLBACK, "reload the earlier certificate in the server"):
            client_view.read_certificates(client, now)
    if _restorable(work, now) and server is not None and server.active in RUNNING:
        _restart(work, was_on=newest.aof_is_newest(work))


def _restorable(work: RollbackContext, now: ResolvedConfig) -> bool:
    return client_view.is_in_file(work, now, client_view.other_certificates(work))


def _trusts_others(work: RollbackContext, now: ResolvedConfig) -> bool:
    """Return whether the running server had TLS, and its file of authorities was restored: no handshake shows that."""
    authorities = PurePosixPath(now.value("tls-ca-cert-file") or "/")
    return bool(work.snapshot.served) and any(each.status.path == authorities for each in work.snapshot.paths)


def _demand_running(work: RollbackContext) -> None:
    """A server that ran before and does not now is put right later: it is tried again."""
    server = server_unit(work)
    if server is None or server.active not in RUNNING or work.retryable or work.booting or work.host.tree is not None:
        return
    if missing_unit.is_gone(work, server):
        return
    why = client_view.not_running(work.host, server.name, seconds=client_view.SETTLE_SECONDS, main=_has_main(work))
    if why := why or client_view.without_server(work):
        held = f": {text}" if (text := _holder(work)) else ""
        work.retryable.append(f"{server.name} is {why}, was {server.active}{held}")


def _has_main(work: RollbackContext) -> bool:
    return bool(work.instance and work.instance.unit and work.instance.unit.main_pid)


def _hold_data(work: RollbackContext, *, was_on: bool) -> None:
    """Whenever the server starts, it does so on the data that is newest; what its configuration says follows then."""
    if _holds(work, was_on=was_on):
        appendonly.defer_appendonly(work, on=was_on)


def _holds(work: RollbackContext, *, was_on: bool) -> bool:
    return (
        work.host.tree is None
        and was_on is not work.snapshot.append_only
        and rollback_context.main_config(work) is not None
    )


def _restart_unit(work: RollbackContext, server: SavedUnit, *, was_on: bool) -> None:
    """Stop and start, on the data that is newest; the line of the append-only file follows where it differs."""
    was_up, seconds = _up(work), START_SECONDS
    _know_old_doors(work)
    client = newest.connect_when_loaded(work)
    if client is not None:
        seconds = dataset.save_timeout(client)
    # Both limits are raised before the stop: one that saves would be killed, and it takes time.
    with ExitStack() as around:
        pulse = around.enter_context(DowntimeProbe(work.connector)) if was_up else None
        around.enter_context(raised_timeouts(work.host, server.name, max(seconds, orderly_stop.stop_seconds(work))))
        if was_up:
            on = orderly_stop.stop_server(work, server.name, client, seconds=seconds, was_on=was_on)
        else:
            # It may hang in a start that fails again and again.
            work.host.services.stop(server.name, seconds=seconds)
            on = was_on
        _forget_new_doors(work)
        waiting = _set_line(work, on=on, was_on=was_on)
        if server.active not in RUNNING:
            if waiting:
                again = f"run redis-wizard rollback {work.snapshot.id} then"
                work.differences.append(f"the line appendonly is restored after {server.name} is started: {again}")
            return
        if not was_up:
            _demand_free(work)
        work.host.services.start(server.name, seconds=seconds)
        restart.wait_until_up(work.connector, seconds=seconds, host=work.host, unit=server.name)
        work.downtime_seconds = round(pulse.longest_gap(), 3) if pulse is not None else 0.0
    if waiting:
        appendonly.migrate_back(work)


def _set_line(work: RollbackContext, *, on: bool, was_on: bool) -> bool:
    """Let the stopped server start on the data that is newest; tell whether its line must wait until it is up."""
    waiting = on is not work.snapshot.append_only or not appendonly.restore_appendonly(work)
    if waiting:
        appendonly.defer_appendonly(work, on=on if on is not work.snapshot.append_only else was_on)
    else:
        appendonly.archive_aof(work)
    return waiting


def _know_old_doors(work: RollbackContext) -> None:
    """The restored configuration says where the server will listen; it may ask for no login."""
    now = _configuration(work)
    if now is not None:
        work.connector.prefer(places=endpoints(now.values))


def _forget_new_doors(work: RollbackContext) -> None:
    """Forget the endpoints of the change: another process may listen there from now on."""
    old = _configuration(work)
    if old is not None:
        work.connector.only(endpoints(old.values))


def _restarts(work: RollbackContext) -> bool:
    return work.host.tree is None and server_unit(work) is not None


def _up(work: RollbackContext) -> bool:
    """It serves; so does one that was asked to stop and could not save its data."""
    server = server_unit(work)
    if server is None:
        return False
    state = work.host.services.show(server.name)
    return state.active in STARTED and bool(state.main_pid) and not client_view.without_server(work)
