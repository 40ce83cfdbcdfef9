"""Keep the keys through a rollback that changes how they are persisted, or restarts the server.

Three cases: the server answers and we are logged in; it runs and lets nobody of ours in; it is down.
What may not live here: files of configuration other than the one line that must wait.

Source:
    Measured: switching the append-only file off by the file alone loses what was written since the
    last RDB save; leaving its directory behind replays it over newer data later.
"""

from pathlib import PurePosixPath

from wizard.apply import data
from wizard.apply.effective import effective
from wizard.apply.undo import Undo
from wizard.errors import ApplyError
from wizard.model.facts import ConfigFacts, FileKind
from wizard.redisconf.document import Document
from wizard.server.client import Client


def differs(work: Undo) -> bool:
    """The append-only file is on now and was off, or the other way round."""
    return is_on(work) is not work.snapshot.append_only


def is_on(work: Undo) -> bool:
    """The append-only file is on: live where we are logged in, else by the configuration as it stands."""
    client = work.doors.try_session()
    if client is not None:
        return data.uses_append_only(client)
    main = main_file(work)
    return main is not None and effective(work.host, main, {}).value("appendonly", "no") == "yes"


def switch(work: Undo, client: Client) -> None:
    """Switch the append-only file of a running server to what it was, with every key on disk in between.

    Raises:
        ApplyError: the data could not be saved; nothing was switched.
    """
    if work.snapshot.append_only:
        data.append_only_on(client)
        work.done.append("The append-only file was switched on again and holds every key.")
        return
    data.save(client)
    client.config_set({"appendonly": "no"})
    work.done.append("Every key was saved to the RDB file, then the append-only file was switched off.")


def check_without_login(work: Undo) -> None:
    """Refuse to stop a server whose keys would not survive it, when nobody of ours can ask it to save.

    Raises:
        ApplyError: log in and try again; nothing was changed.
    """
    main = main_file(work)
    if main is None or work.snapshot.keys == 0:
        return
    now = effective(work.host, main, {})
    saves = now.value("save", "3600 1") != ""
    on = now.value("appendonly", "no") == "yes"
    loses = work.snapshot.append_only and not on
    if (not saves and not (on and work.snapshot.append_only)) or loses:
        raise ApplyError(
            "going back needs a restart, and the running server would lose keys with it: log in with a user that may "
            "administrate (--user NAME --password-file FILE), so that they are saved first; nothing was changed"
        )


def set_aside(work: Undo) -> None:
    """Rename append-only files that belong to the state left behind; they are kept, never replayed, never deleted."""
    status = work.instance.append_only if work.instance else None
    if work.snapshot.append_only or not work.footprint.append_only or status is None:
        return
    aside = status.path.with_name(f"{status.path.name}.rw-{work.snapshot.id}")
    present = work.host.status(status.path).kind is not FileKind.ABSENT
    if present and work.host.status(aside).kind is FileKind.ABSENT:
        work.host.rename(status.path, aside)
        work.done.append(f"The append-only files were moved to {aside}; remove them when you no longer need them.")


def hold_line(work: Undo, *, on: bool) -> PurePosixPath | None:
    """Let the restored configuration start with the append-only file as the data on disk needs it.

    Returns:
        The file that must be put back once more, ``None`` when there is none.
    """
    main = main_file(work)
    if main is None:
        return None
    status = work.host.status(main, digest=True)
    text = Document.parse(work.host.read(main)).set("appendonly", (("yes" if on else "no",),)).data()
    work.host.write(main, text, expected=status.digest, owner=status.owner, group=status.group, mode=status.mode)
    return main


def main_file(work: Undo) -> PurePosixPath | None:
    """The main configuration file of the instance."""
    if work.instance is None or not isinstance(work.instance.config, ConfigFacts):
        return None
    return work.instance.config.main
