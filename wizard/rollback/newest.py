"""Where the newest data of the server is: in its append-only file or in its RDB file.

Source:
    Measured: switching the append-only file off by the file alone loses what was written since the
    last RDB save; leaving its directory behind replays it over newer data later.
"""

import time
from pathlib import PurePosixPath

from wizard.changes.rollback_context import RollbackContext, main_config
from wizard.config import ResolvedConfig, ResolvedFiles, resolve
from wizard.errors import LoadingError, ServerError
from wizard.jobs import journal
from wizard.model.event import Phase
from wizard.model.facts.files import FileKind
from wizard.model.unit_state import STOPPED
from wizard.persistence import datafiles, dataset
from wizard.persistence.datafiles import DataFiles
from wizard.server.client import Client

LOADING_SECONDS = 600.0
"""A server that reads its data is waited for so long before it counts as one that refuses every login."""
POLL_SECONDS = 0.1
SWITCHED = "the server keeps its keys as before"
"""Line of the journal: from here on the way of persistence is that of the snapshot."""


def connect_when_loaded(work: RollbackContext) -> Client | None:
    """Give a session, once the server has read its data; ``None`` when it refuses every login, or is down."""
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
    """Return whether the append-only file holds the newest data: as the server says, else by the files.

    An apply that was to switch it on may have been interrupted between switching the server and writing the
    line, or a rollback between restoring the line and keeping it: then the files decide, not the line. A
    requested rollback looked before its first change: an administrator who switched it off since the apply
    left complete but old files behind.
    """
    client = connect_when_loaded(work)
    if client is not None:
        return dataset.uses_append_only(client)
    if _is_switched(work):
        return work.snapshot.append_only
    now = configuration_now(work)
    known = files_of(work, now) if now is not None else None
    if now is None or known is None:
        return now is not None and appendonly_line(now)
    if _is_down(work) and not datafiles.aof_exists(work.host, known) and _is_absent(work, known.dump):
        # There is nothing to be read, so the line may say what it likes.
        return work.snapshot.append_only
    return _by_the_files(work, now, known)


def _by_the_files(work: RollbackContext, now: ResolvedConfig, known: DataFiles) -> bool:
    if work.aof_at_start is not None:
        return work.aof_at_start and datafiles.aof_exists(work.host, known)
    if not work.footprint.append_only:
        return appendonly_line(now)
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


def configuration_now(work: RollbackContext) -> ResolvedFiles | None:
    """Read the configuration as it is on disk; ``None`` where no file of it is known."""
    main = main_config(work)
    return None if main is None else resolve(work.host, main, {}, work.instance)


def appendonly_line(configuration: ResolvedConfig) -> bool:
    """Tell whether the next start switches the append-only file on."""
    return configuration.after_start("appendonly").lower() == "yes"


def saves_by_itself(configuration: ResolvedConfig) -> bool:
    """It saves when it is asked to stop."""
    return configuration.after_start("save") != ""


def files_of(work: RollbackContext, configuration: ResolvedConfig) -> DataFiles | None:
    """Give the place of the data; ``None`` where no instance is known."""
    return datafiles.data_files(work.instance, configuration) if work.instance else None
