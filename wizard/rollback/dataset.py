"""Keep the keys through a rollback that changes how they are persisted, or restarts the server.

Three cases: the server answers and we are logged in; it runs and lets nobody of ours in; it is down.
One rule for all: a start reads what holds the newest data, whatever the restored file says; the line
follows when the data has been brought over.

Source:
    Measured: switching the append-only file off by the file alone loses what was written since the
    last RDB save; leaving its directory behind replays it over newer data later.
"""

import time
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.changes import files
from wizard.changes.handlers import restart
from wizard.changes.rollback_context import RollbackContext, main_config
from wizard.config import ResolvedConfig, ResolvedFiles, resolve
from wizard.errors import ApplyError, DataLossError, HostError, LoadingError, ServerError, WizardError
from wizard.formats.redisconf.document import Document
from wizard.jobs import journal
from wizard.model.event import Phase
from wizard.model.facts import FileKind
from wizard.model.unit_state import STOPPED
from wizard.persistence import datafiles, dataset, quiesce
from wizard.persistence.datafiles import DataFiles
from wizard.persistence.unit_timeouts import raised_timeouts
from wizard.server.client import Client
from wizard.snapshots.backups import back_up

LOADING_SECONDS = 600.0
"""A server that reads its data is waited for so long before it counts as one that lets nobody in."""
STOP_SECONDS = 60.0
"""At least, for an orderly stop in which the server saves by itself."""
POLL_SECONDS = 0.1
SWITCHED = "the server keeps its keys as before"
"""Line of the journal: from here on the way of persistence is that of the snapshot."""
LOG_IN = "log in as an administrator (--user NAME --password-file FILE)"


# --- looking -------------------------------------------------------------------------------------


def connect_when_loaded(work: RollbackContext) -> Client | None:
    """Give a session, once the server has read its data; ``None`` when none of our logins is let in, or it is down."""
    deadline = time.monotonic() + LOADING_SECONDS
    while True:
        try:
            return work.connector.connect()
        except LoadingError:
            if work.loads_for_ever or time.monotonic() > deadline:
                # Asked again later in the same rollback, it is not waited for once more.
                work.loads_for_ever = True
                return None
            time.sleep(POLL_SECONDS)
        except ServerError:
            return None


def persistence_mode_differs(work: RollbackContext) -> bool:
    """The append-only file is on now and was off, or the other way round."""
    return aof_is_newest(work) is not work.snapshot.append_only


def aof_is_newest(work: RollbackContext) -> bool:
    """The append-only file holds the newest data: by the server's word, else by what is on disk.

    An apply that was to switch it on may have been interrupted between switching the server and writing the
    line, or we between putting the line back and holding it: then the files tell, not the line. A rollback
    that was asked for looked before it touched anything: whoever switched it off by hand since the apply
    left files behind that were whole once.
    """
    client = connect_when_loaded(work)
    if client is not None:
        return dataset.uses_append_only(client)
    if _is_switched(work):
        return work.snapshot.append_only
    now = _now(work)
    known = _files(work, now) if now is not None else None
    if now is None or known is None:
        return now is not None and _line(now)
    if _is_down(work) and not datafiles.aof_exists(work.host, known) and _is_absent(work, known.dump):
        # There is nothing to be read, so the line may say what it likes.
        return work.snapshot.append_only
    return _by_the_files(work, now, known)


def _by_the_files(work: RollbackContext, now: ResolvedConfig, known: DataFiles) -> bool:
    if work.aof_at_start is not None:
        return work.aof_at_start and datafiles.aof_exists(work.host, known)
    if not work.footprint.append_only:
        return _line(now)
    ours = not work.footprint.had_stale_aof or datafiles.aof_was_archived(work.host, known, work.snapshot.id)
    return ours and datafiles.is_complete_aof(work.host, known)


def _is_switched(work: RollbackContext) -> bool:
    """It was switched back by an attempt that did not come to the end, and nothing switches it again."""
    events = journal.read(work.host, work.journal.identity).events
    return any(event.phase is Phase.ROLLBACK and event.text == SWITCHED for event in events)


def _is_down(work: RollbackContext) -> bool:
    unit = work.instance.unit if work.instance else None
    if unit is None or work.host.tree is not None:
        return False
    state = work.host.services.show(unit.name)
    return state.active in STOPPED and not state.main_pid


def _is_absent(work: RollbackContext, path: PurePosixPath) -> bool:
    return work.host.status(path).kind is FileKind.ABSENT


def _now(work: RollbackContext) -> ResolvedFiles | None:
    main = main_config(work)
    return None if main is None else resolve(work.host, main, {}, work.instance)


def _line(configuration: ResolvedConfig) -> bool:
    return configuration.after_start("appendonly").lower() == "yes"


def _saves_by_itself(configuration: ResolvedConfig) -> bool:
    """It saves when it is told to stop."""
    return configuration.after_start("save") != ""


def _files(work: RollbackContext, configuration: ResolvedConfig) -> DataFiles | None:
    return datafiles.data_files(work.instance, configuration) if work.instance else None


# --- before anything is restored -----------------------------------------------------------------


def require_safe_stop(work: RollbackContext, client: Client | None, *, restarts: bool) -> None:
    """Let pass a rollback whose way back loses no key; a failing save is met here, not while the server stops.

    Args:
        work: The rollback; the server runs.
        client: Logged in, ``None`` when nobody of ours is let in.
        restarts: It will stop the server.

    Raises:
        ApplyError: the data cannot be saved, or (`DataLossError`) would be lost; nothing was changed.
    """
    if client is None:
        _demand_safe_stop(work)
    elif not work.snapshot.append_only and (restarts or dataset.uses_append_only(client)):
        dataset.save(client)


def _demand_safe_stop(work: RollbackContext) -> None:
    """Nobody can ask the server to save: see that its stop will."""
    now = _now(work)
    if now is None or aof_is_newest(work):
        return
    if not _saves_by_itself(now) and not work.accepted:
        raise DataLossError(
            "the rollback needs a restart, and the running server would lose keys",
            f"{LOG_IN}, so that the keys are saved first",
        )
    known = _files(work, now)
    if known is not None and (trouble := _cannot_save(work, known)):
        raise ApplyError(f"the rollback needs a restart, and the server could not save its data: {trouble}")


def _cannot_save(work: RollbackContext, known: DataFiles) -> str:
    space, dump = work.host.space(known.dump.parent), work.host.status(known.dump)
    if space.read_only:
        return f"{known.dump.parent} is on a read-only file system; nothing was changed"
    if space.free <= dump.size:
        return f"{known.dump.parent} has {space.free} bytes free and its last dump has {dump.size}; nothing was changed"
    return ""


# --- the running server --------------------------------------------------------------------------


def switch(work: RollbackContext, client: Client) -> None:
    """Switch the append-only file of a running server to what it was, with every key on disk in between.

    Raises:
        ApplyError: the data could not be saved; nothing was switched.
    """
    if work.snapshot.append_only:
        dataset.append_only_on(client)
        work.messages.append("The append-only file is on again and has every key.")
    else:
        dataset.append_only_off(client)
        work.messages.append("Every key was saved to the RDB file; the append-only file is off.")
    work.journal.checkpoint(Phase.ROLLBACK, SWITCHED)


def stop_server(work: RollbackContext, unit: str, client: Client | None, *, seconds: float, was_on: bool) -> bool:
    """Stop the server in order.

    Args:
        work: The rollback; its files are back already, and the server was switched where it could be.
        unit: The server's.
        client: Logged in, ``None`` when nobody is let in.
        seconds: For the stop.
        was_on: The append-only file held the newest data before anything was restored.

    Returns:
        Whether the append-only file must be on at the next start, to read every key.

    Raises:
        ApplyError: the keys cannot be brought to disk; it was not stopped.
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
    """Bring every key to disk, and see that it is where the next start looks: others may have edited the file."""
    now = _now(work)
    known = _files(work, now) if now is not None else None
    if known is None or work.accepted:
        return quiesce.persist_and_quiesce(client, from_append_only=on, rewrite=True)
    with datafiles.detect_rewrite(work.host, known.dump) as anew:
        held = quiesce.persist_and_quiesce(client, from_append_only=on, rewrite=True)
        elsewhere = not datafiles.is_complete_aof(work.host, known) if on else anew() is False
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
    """Stop a server that nobody of ours can ask, and look at what it left; the line is held until then."""
    now = _now(work)
    known = _files(work, now) if now is not None else None
    if known is None:
        work.host.services.stop(unit, seconds=seconds)
        return was_on
    with datafiles.detect_rewrite(work.host, known.dump) as anew:
        work.host.services.stop(unit, seconds=max(seconds, stop_seconds(work)))
        saved = anew()
    if was_on:
        return work.snapshot.append_only or saved is not True
    if saved is False:
        lost = f"what it had not written to {known.dump} is lost"
        work.differences.append(f"the server did not save its data when it stopped; {lost}")
    return False


def stop_seconds(work: RollbackContext) -> float:
    """For an orderly stop in which the server saves by itself: by the size of its last dump."""
    now = _now(work)
    known = _files(work, now) if now is not None else None
    return STOP_SECONDS + (
        work.host.status(known.dump).size / dataset.SLOWEST_BYTES_PER_SECOND if known is not None else 0
    )


# --- the line, and stale files -------------------------------------------------------------------


def archive_aof(work: RollbackContext) -> None:
    """Rename append-only files that belong to the state left behind; they are kept, never replayed, never deleted."""
    now = _now(work)
    known = _files(work, now) if now is not None else None
    if work.snapshot.append_only or not work.footprint.append_only or known is None:
        return
    for aside in datafiles.archive_aof(work.host, known, work.snapshot.id):
        work.messages.append(f"The append-only files were moved to {aside}; remove them when you no longer need them.")


def defer_appendonly(work: RollbackContext, *, on: bool) -> PurePosixPath | None:
    """Let the restored configuration start with the append-only file as the data on disk needs it.

    Returns:
        The file that must be restored once more, ``None`` when there is none.
    """
    now = _now(work)
    if now is None:
        return None
    lines = now.lines_of("appendonly")
    path = lines[-1].path if lines else now.main
    file = work.host.resolve_target(path)
    status = work.host.status(file, digest=True)
    text = Document.parse(now.contents[path]).set("appendonly", (("yes" if on else "no",),)).data()
    # The old file has just come back; the line holds for a while only.
    back_up(work.host, work.snapshot, file)
    work.host.write(file, text, expected=status.digest, owner=status.owner, group=status.group, mode=status.mode)
    return path


def migrate_back(work: RollbackContext) -> bool | None:
    """Bring the data over to the way of persistence that the snapshot has, and let the line follow.

    For a server that is up on the data that was newest, after a rollback that had to hold the line.
    Can be repeated, and goes on wherever it was interrupted.

    Returns:
        Whether it is done; ``None`` when there was nothing to do. Where it is not, `work.kept` says why.

    Raises:
        ApplyError: the data could not be saved; nothing was switched.
        HostError, ServerError: the machine or the server refuses.
    """
    now = _now(work)
    if now is None:
        return None
    client, wanted = connect_when_loaded(work), work.snapshot.append_only
    on = _line(now) if client is None else dataset.uses_append_only(client)
    if on is wanted and _line(now) is wanted:
        if not wanted:
            archive_aof(work)
        return None
    if client is None:
        return _finish_unseen(work, now)
    if on is not wanted:
        with work.journal.step(Phase.ROLLBACK, "persist every key and restore the persistence mode"):
            switch(work, client)
    if not restore_appendonly(work):
        work.differences.append(f"the line appendonly could not be restored: fix that, then run {_again(work)}")
        return False
    archive_aof(work)
    return True


def _finish_unseen(work: RollbackContext, now: ResolvedConfig) -> bool:
    """Nobody of ours is let in: an orderly stop writes the RDB file, and then it is seen to be new."""
    known, unit = _files(work, now), work.instance.unit.name if work.instance and work.instance.unit else ""
    wants = "on" if work.snapshot.append_only else "off"
    login = "with --user NAME --password-file FILE"
    left = f"the append-only file could not be switched {wants} again; to finish, run {_again(work)} {login}"
    if work.snapshot.append_only or not _saves_by_itself(now) or known is None or not unit:
        work.differences.append(left)
        return False
    if trouble := _cannot_save(work, known):
        work.differences.append(f"{left} ({trouble})")
        return False
    try:
        with work.journal.step(Phase.ROLLBACK, "stop the server so that it saves, and restore the persistence mode"):
            saved = _restart_on_the_dump(work, known, unit)
    except WizardError as error:
        work.differences.append(f"{left} ({error})")
        return False
    if not saved:
        work.differences.append(left)
    return saved


def _again(work: RollbackContext) -> str:
    return f"redis-wizard rollback {work.snapshot.id}"


def _restart_on_the_dump(work: RollbackContext, known: DataFiles, unit: str) -> bool:
    work.connector.close()
    seconds = stop_seconds(work)
    with raised_timeouts(work.host, unit, max(seconds, LOADING_SECONDS)):
        with datafiles.detect_rewrite(work.host, known.dump) as anew:
            work.host.services.stop(unit, seconds=seconds)
            saved = anew() is True
        saved = saved and restore_appendonly(work)
        if saved:
            archive_aof(work)
        work.host.services.start(unit, seconds=LOADING_SECONDS)
    restart.wait_until_up(work.connector, seconds=LOADING_SECONDS, host=work.host, unit=unit)
    return saved


def restore_appendonly(work: RollbackContext) -> bool:
    """Put the configuration back once more, as the snapshot has it; tell whether its line is as it was."""
    now = _now(work)
    ours = (
        {each for path in now.contents for each in (path, work.host.resolve_target(path))} if now is not None else set()
    )
    for saved in work.snapshot.paths:
        if saved.status.path in ours:
            with suppress(HostError):
                files.undo(work, saved)
    if not _line_is_back(work):
        # In a text that others wrote too only this line is ours.
        with suppress(HostError):
            defer_appendonly(work, on=work.snapshot.append_only)
    return _line_is_back(work)


def _line_is_back(work: RollbackContext) -> bool:
    now = _now(work)
    return now is None or _line(now) is work.snapshot.append_only
