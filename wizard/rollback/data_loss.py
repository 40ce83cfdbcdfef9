"""Whether the configuration that a rollback restores would start the server on other data than it has.

It is checked before the first change of a requested rollback: since its apply the operator may have moved the
data, made a replica a primary, or used more databases. A failed apply rolls back only its own changes.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from wizard.changes import rollback_context
from wizard.changes.rollback_context import RollbackContext
from wizard.config import configuration_of, resolve
from wizard.errors import DataLossError, ServerError
from wizard.host.files.paths import followed
from wizard.model.dataset import LIMIT, keyspace
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import Instance
from wizard.model.snapshot import Snapshot
from wizard.model.text import number_or
from wizard.persistence.datafiles import DataFiles, data_files
from wizard.planning.risks.data_loss import Start, data_loss_risks, told_by_info
from wizard.rollback import newest
from wizard.server.client import Client
from wizard.snapshots.reader import SnapshotReader

_DEPTH = 8
"""Links to links are followed so far."""


def require_no_data_loss(work: RollbackContext, client: Client | None) -> None:
    """Let pass a rollback after which every key is loaded again, or whose losses the operator accepted.

    Raises:
        DataLossError: keys may be lost; nothing was changed.
    """
    main = rollback_context.main_config(work)
    if work.accepted or work.instance is None or main is None or not (found := _losses(work, client, main)):
        return
    more = f" ({len(found) - 1} more like it)" if len(found) > 1 else ""
    raise DataLossError(f"the rollback may lose data{more}: {found[0]}", "make both agree and try again")


def _losses(work: RollbackContext, client: Client | None, main: PurePosixPath) -> tuple[str, ...]:
    instance = work.instance
    if instance is None:
        return ()
    return data_loss_risks(_start(work, client, instance, main))


def _start(work: RollbackContext, client: Client | None, instance: Instance, main: PurePosixPath) -> Start:
    now = resolve(work.host, main, {}, instance)
    then = resolve(work.host, main, _texts(work.store, work.snapshot), instance)
    live, info = _live(client)
    uncertain = configuration_of(instance).is_uncertain

    def in_force(name: str) -> str:
        told = live[name] if name in live else told_by_info(info, name)
        return now.after_start(name) if told is None else told

    directory, following = ("", None) if uncertain("dir") else (live.get("dir", ""), _place(data_files(instance, then)))
    here = PurePosixPath(directory) if directory.startswith("/") else _place(data_files(instance, now))
    return Start(
        now=in_force,
        then=lambda name: None if uncertain(name) else then.after_start(name),
        reads_append_only=newest.aof_is_newest(work),
        directory=here and _real(work, here),
        next_directory=following and _real(work, following),
        # The rollback switches it back itself, with every key on disk in between.
        switches_append_only=True,
        highest_database=_highest(info, in_force("databases")),
        used_memory=number_or(info.get("used_memory")) if LIMIT in live else 0,
        set_before=work.snapshot.directives,
    )


def _texts(store: SnapshotReader, snapshot: Snapshot) -> Mapping[PurePosixPath, bytes]:
    """What the files of the snapshot will hold, by every name that leads to them; empty where there will be none."""
    saved = {each.status.path: each for each in snapshot.paths}
    found = {}
    for path in saved:
        end, depth = path, 0
        while end in saved and saved[end].status.target and depth < _DEPTH:
            end, depth = saved[end].status.absolute_target, depth + 1
        if end in saved and saved[end].status.kind in {FileKind.FILE, FileKind.ABSENT}:
            found[path] = store.blob(saved[end].blob) if saved[end].blob else b""
    return found


def _live(client: Client | None) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the values in force, and INFO; empty where the server does not tell."""
    if client is None:
        return {}, {}
    info = client.info("replication", "keyspace", "memory")
    try:
        return client.config_get(), info
    except ServerError:
        return {}, info


def _place(files: DataFiles | None) -> PurePosixPath | None:
    return files.dump.parent if files is not None else None


def _real(work: RollbackContext, path: PurePosixPath) -> PurePosixPath:
    return followed(path, lambda each: work.host.status(each).target)


def _highest(info: Mapping[str, str], count: str) -> int:
    """Return the last database with keys; where it is not known, the last possible one."""
    if info:
        return max(keyspace(info.items()), default=-1)
    return number_or(count) - 1
