"""Restore the persistence mode that the snapshot has.

Three cases: the server answers and a login works; it runs and refuses every login; it is down.
One rule for all: a start reads what holds the newest data, whatever the restored file says; the line
follows when the data is persisted in the restored mode.
"""

from contextlib import suppress
from pathlib import PurePosixPath

from wizard.changes import files
from wizard.changes.handlers import restart
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig
from wizard.errors import HostError, WizardError
from wizard.formats.redisconf.document import Document
from wizard.model.event import Phase
from wizard.persistence import datafiles, dataset
from wizard.persistence.datafiles import DataFiles
from wizard.persistence.unit_timeouts import raised_timeouts
from wizard.rollback import newest, orderly_stop
from wizard.server.client import Client
from wizard.snapshots.backups import back_up


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
    work.journal.checkpoint(Phase.ROLLBACK, newest.SWITCHED)


def archive_aof(work: RollbackContext) -> None:
    """Rename append-only files that belong to the state left behind; they are kept, never replayed, never deleted."""
    now = newest.configuration_now(work)
    known = newest.files_of(work, now) if now is not None else None
    if work.snapshot.append_only or not work.footprint.append_only or known is None:
        return
    for aside in datafiles.archive_aof(work.host, known, work.snapshot.id):
        work.messages.append(f"The append-only files were moved to {aside}; remove them when you no longer need them.")


def defer_appendonly(work: RollbackContext, *, on: bool) -> PurePosixPath | None:
    """Let the restored configuration start with the append-only file as the data on disk needs it.

    Returns:
        The file that must be restored once more, ``None`` when there is none.
    """
    now = newest.configuration_now(work)
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
    """Persist the data in the mode that the snapshot has, then restore the line.

    For a server that runs on the newest data, after a rollback that had to keep the line.
    Can be repeated, and continues where it was interrupted.

    Returns:
        Whether it is done; ``None`` when there was nothing to do. Where it is not, `work.kept` says why.

    Raises:
        ApplyError: the data could not be saved; nothing was switched.
        HostError, ServerError: the machine or the server refuses.
    """
    now = newest.configuration_now(work)
    if now is None:
        return None
    client, wanted = newest.connect_when_loaded(work), work.snapshot.append_only
    on = newest.appendonly_line(now) if client is None else dataset.uses_append_only(client)
    if on is wanted and newest.appendonly_line(now) is wanted:
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
    """No login works: an orderly stop writes the RDB file, and then the file is checked to be new."""
    known, unit = newest.files_of(work, now), work.instance.unit.name if work.instance and work.instance.unit else ""
    wants = "on" if work.snapshot.append_only else "off"
    login = "with --user NAME --password-file FILE"
    left = f"the append-only file could not be switched {wants} again; to finish, run {_again(work)} {login}"
    if work.snapshot.append_only or not newest.saves_by_itself(now) or known is None or not unit:
        work.differences.append(left)
        return False
    if trouble := orderly_stop.cannot_save(work, known):
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
    seconds = orderly_stop.stop_seconds(work)
    with raised_timeouts(work.host, unit, max(seconds, newest.LOADING_SECONDS)):
        with datafiles.detect_rewrite(work.host, known.dump) as rewritten:
            work.host.services.stop(unit, seconds=seconds)
            saved = rewritten() is True
        saved = saved and restore_appendonly(work)
        if saved:
            archive_aof(work)
        work.host.services.start(unit, seconds=newest.LOADING_SECONDS)
    restart.wait_until_up(work.connector, seconds=newest.LOADING_SECONDS, host=work.host, unit=unit)
    return saved


def restore_appendonly(work: RollbackContext) -> bool:
    """Put the configuration back once more, as the snapshot has it; tell whether its line is as it was."""
    now = newest.configuration_now(work)
    ours = (
        {each for path in now.contents for each in (path, work.host.resolve_target(path))} if now is not None else set()
    )
    for saved in work.snapshot.paths:
        if saved.status.path in ours:
            with suppress(HostError):
                files.undo(work, saved)
    if not _line_is_back(work):
        # In a text with external changes only this line belongs to the apply.
        with suppress(HostError):
            defer_appendonly(work, on=work.snapshot.append_only)
    return _line_is_back(work)


def _line_is_back(work: RollbackContext) -> bool:
    now = newest.configuration_now(work)
    return now is None or newest.appendonly_line(now) is work.snapshot.append_only
