"""Whether the configuration that a rollback puts back would bring the server up on other data than it has.

It is asked before the first change of a rollback that was asked for: since its apply the operator may have moved the
data, made a primary of a replica, or taken more databases. An apply that is taken back only undoes itself. What may
not live here: the reasons (`wizard.planning.risks.data_loss`), and bringing keys to disk (`dataset`).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from wizard.changes import rollback_context
from wizard.changes.handlers import directives
from wizard.changes.rollback_context import RollbackContext
from wizard.config import ResolvedConfig, configuration_of, resolve
from wizard.errors import DataLossError, ServerError
from wizard.host.files.paths import followed
from wizard.model.facts import FileKind, Instance
from wizard.model.snapshot import Snapshot
from wizard.persistence import datafiles, eviction
from wizard.persistence.datafiles import DataFiles
from wizard.planning.risks import data_loss
from wizard.rollback import dataset
from wizard.server.client import Client
from wizard.snapshots.reader import SnapshotReader

_DUMP, _APPEND_ONLY = ("dbfilename",), ("appendfilename", "appenddirname")
_LIMITS = {eviction.LIMIT: "0", eviction.POLICY: eviction.DROPS_NOTHING}
"""What a server has where its file does not say."""
_DEPTH = 8
"""Links to links are followed so far."""


def require_no_data_loss(work: RollbackContext, client: Client | None) -> None:
    """Let pass a rollback after which every key is loaded again, or whose losses the operator accepted.

    Raises:
        DataLossError: keys may be lost; nothing was changed.
    """
    main = rollback_context.main_config(work)
    if work.accepted or work.instance is None or main is None or not (found := list(_losses(work, client, main))):
        return
    more = f" ({len(found) - 1} more like it)" if len(found) > 1 else ""
    raise DataLossError(f"going back may lose data{more}: {found[0]}", "let both agree and try again")


def _losses(work: RollbackContext, client: Client | None, main: PurePosixPath) -> Iterator[str]:
    instance = work.instance
    if instance is None:
        return
    now = resolve(work.host, main, {}, instance)
    then = resolve(work.host, main, _texts(work.store, work.snapshot), instance)
    live, info = _live(client)
    uncertain = configuration_of(instance).is_uncertain
    values = data_loss.Values(
        now=lambda name, default: live[name] if name in live else now.value(name, default),
        then=lambda name, default: None if uncertain(name) else then.value(name, default),
    )
    yield from data_loss.file_name_risks(values, _APPEND_ONLY if dataset.aof_is_newest(work) else _DUMP)
    if not uncertain("dir"):
        yield from _directory(work, instance, live.get("dir", ""), now, then)
    if then.value("cluster-enabled", "no").lower() != "yes":
        # In a cluster the nodes tell each other who follows whom.
        yield from data_loss.role_risks(values)
    yield from data_loss.database_risks(values, highest=_highest(info, values))
    yield from _memory(work, client, then)


def _memory(work: RollbackContext, client: Client | None, then: ResolvedConfig) -> Iterator[str]:
    """The data have grown beyond the limit to which it goes back, live or by its file, and its policy drops keys."""
    if client is None:
        return
    filed = {name: then.value(name, default) for name, default in _LIMITS.items()}
    with suppress(ServerError):
        for values in (filed, {**filed, **work.snapshot.directives}):
            # A full one that stays as it is drops what it dropped before.
            moves = directives.differing(client, {name: values[name] for name in _LIMITS})
            if moves and (found := eviction.memory_pressure(client, values)):
                yield f"{found}: keys would be dropped at once"
                return


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
    """Values in force, and INFO; empty where the server does not tell."""
    if client is None:
        return {}, {}
    info = client.info("replication", "keyspace")
    follows = f"{info['master_host']} {info.get('master_port', '')}" if "master_host" in info else ""
    try:
        return {"replicaof": follows, **client.config_get()}, info
    except ServerError:
        return {"replicaof": follows}, info


def _directory(
    work: RollbackContext, instance: Instance, live: str, now: ResolvedConfig, then: ResolvedConfig
) -> Iterator[str]:
    old, new = (datafiles.data_files(instance, each) for each in (now, then))
    place = PurePosixPath(live) if live.startswith("/") else _place(old)
    there = _place(new)
    if place is not None and there is not None:
        yield from data_loss.directory_risks(_real(work, place), _real(work, there))


def _place(files: DataFiles | None) -> PurePosixPath | None:
    return files.dump.parent if files is not None else None


def _real(work: RollbackContext, path: PurePosixPath) -> PurePosixPath:
    return followed(path, lambda each: work.host.status(each).target)


def _highest(info: Mapping[str, str], values: data_loss.Values) -> int:
    """The last database with keys; where nobody can see it, the last one that there may be."""
    if info:
        return max(data_loss.databases(info), default=-1)
    count = values.now("databases", "16") or ""
    return int(count) - 1 if count.isdecimal() else -1
