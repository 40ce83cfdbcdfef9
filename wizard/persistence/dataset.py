"""Keep the keys safe through changes of persistence and restarts.

What may not live here: files of configuration; the restart itself; where data files lie (`datafiles`).

Source:
    Measured on five servers: `appendonly` switched on by the file alone starts an empty server; a
    stale append-only directory is replayed over newer data; a server whose save fails ignores SIGTERM.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from wizard.errors import ApplyError, ServerError
from wizard.formats.redisconf.memory import parse_memory
from wizard.model.dataset import DatasetStats
from wizard.server import replies
from wizard.server.client import Client

POLL_SECONDS = 0.05
SLOWEST_BYTES_PER_SECOND = 20 << 20
"""Bytes a second that the slowest disk worth waiting for takes."""
LIMIT, POLICY = "maxmemory", "maxmemory-policy"
DROPS_NOTHING = "noeviction"
SAFE_SAVE = "3600 1"
"""Any save point makes the server save when it is told to stop."""
PAUSE_SECONDS = 10.0
"""Writes wait for so long at most when nobody asks for more: so long after our death."""
STOP_SECONDS = 60.0
"""Writes wait for so long after the last look, that is until the server is told to stop."""
SHORT_SAVE_SECONDS = 10.0
"""A save that takes less is left to the stop where somebody writes: he waits less than for one in the background."""
_TRIES = 3
_UNDER_WAY = ("in progress", "child process is active")

DELETING_COMMANDS = frozenset(
    {
        *("del", "unlink", "getdel", "getex", "flushall", "flushdb", "move", "rename", "renamenx", "migrate"),
        *("expire", "pexpire", "expireat", "pexpireat", "hdel", "hgetdel", "hgetex", "srem", "spop", "smove", "sort"),
        *("hexpire", "hpexpire", "hexpireat", "hpexpireat", "sinterstore", "sdiffstore", "sunionstore", "bitop"),
        *("lpop", "rpop", "blpop", "brpop", "lmpop", "blmpop", "lmove", "blmove", "rpoplpush", "brpoplpush"),
        *("lrem", "ltrim", "zrem", "zpopmin", "zpopmax", "bzpopmin", "bzpopmax", "zmpop", "bzmpop"),
        *("zremrangebyrank", "zremrangebyscore", "zremrangebylex", "zrangestore", "zinterstore", "zunionstore"),
        *("zdiffstore", "georadius", "geosearchstore", "swapdb", "delifeq", "restore"),
    }
)
"""Commands after which there may be fewer keys than before, in any of the measured versions."""


# --- looking -------------------------------------------------------------------------------------


def save_timeout(client: Client) -> float:
    """Say how many seconds a save, a rewrite or a load may take, by the memory in use."""
    return 30 + int(client.info("memory").get("used_memory", "0")) / SLOWEST_BYTES_PER_SECOND


def uses_append_only(client: Client) -> bool:
    """Whether the append-only file is on, live."""
    return client.info("persistence").get("aof_enabled") == "1"


def read_dataset_stats(client: Client) -> DatasetStats:
    """Read what the server holds, and how it is kept."""
    fields = client.info("server", "persistence", "stats", "keyspace", "commandstats")
    keys, expiring = _counted(fields)
    calls = replies.command_calls(fields.items())
    return DatasetStats(
        run=fields.get("run_id", ""),
        keys=keys,
        expiring=expiring,
        expired=_number(fields, "expired_keys") + _number(fields, "rdb_last_load_keys_expired"),
        evicted=_number(fields, "evicted_keys"),
        removals=sum(count for name, count in calls.items() if name.partition("|")[0] in DELETING_COMMANDS),
        append_only=fields.get("aof_enabled") == "1",
        saved_at=_number(fields, "rdb_last_save_time"),
        unsaved=_number(fields, "rdb_changes_since_last_save"),
        saves="err" not in (fields.get("rdb_last_bgsave_status"), fields.get("aof_last_write_status")),
    )


def _counted(fields: dict[str, str]) -> tuple[int, int]:
    """Count the keys of all databases, and those among them that expire by themselves."""
    keys = expires = 0
    for name, value in fields.items():
        if name.startswith("db") and name[2:].isdecimal():
            found = dict(part.split("=", 1) for part in value.split(",") if "=" in part)
            keys += _number(found, "keys")
            expires += _number(found, "expires")
    return keys, expires


def _number(fields: dict[str, str], name: str) -> int:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else 0


# --- writing to disk -----------------------------------------------------------------------------


def save(client: Client, *, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Write the RDB file in the background and wait until it is done and good.

    Args:
        client: Logged in.
        meanwhile: Called again and again while we wait.

    Raises:
        ApplyError: it failed or took too long.
    """
    seconds = save_timeout(client)
    deadline = time.monotonic() + seconds
    _wait(client, seconds, "an RDB save that was under way", _nothing_saves, meanwhile)
    while not _begun(client, last=time.monotonic() > deadline):
        # A save point, or a replica that wants a copy, was faster.
        time.sleep(POLL_SECONDS)
        _wait(client, seconds, "an RDB save that was under way", _nothing_saves, meanwhile)
    _wait(client, seconds, "the RDB save", _nothing_saves, meanwhile)
    if client.info("persistence").get("rdb_last_bgsave_status") != "ok":
        raise ApplyError(
            "the server could not save its data (BGSAVE failed; its log says why), so it was not stopped and lost "
            "nothing; mend that (space, rights of its data directory) and try again"
        )


def _begun(client: Client, *, last: bool) -> bool:
    try:
        client.save_in_background()
    except ServerError as error:
        if not last and any(words in str(error) for words in _UNDER_WAY):
            return False
        raise ApplyError(f"the server does not save its data on demand, so it is not stopped: {error}") from None
    return True


def append_only_on(client: Client) -> None:
    """Switch the append-only file on in the running server and wait until it holds everything.

    Raises:
        ApplyError: it failed or took too long; it is off again, as it was.
        ServerError: the server refuses.
    """
    failed_before = client.info("persistence").get("aof_last_bgrewrite_status") != "ok"
    client.config_set({"appendonly": "yes"})
    try:
        _see_it_whole(client, failed_before=failed_before)
    except BaseException:
        # Never whole, so nothing rests on it; left on, the server would try for ever and nobody could tell.
        client.config_set({"appendonly": "no"})
        raise


def _see_it_whole(client: Client, *, failed_before: bool) -> None:
    def decided(fields: dict[str, str]) -> bool:
        # One that fails is begun again at once.
        failed = not failed_before and fields.get("aof_last_bgrewrite_status") == "err"
        return failed or _nothing_rewrites(fields)

    _wait(client, save_timeout(client), "the first append-only file", decided)
    fields = client.info("persistence")
    if fields.get("aof_enabled") != "1" or fields.get("aof_last_bgrewrite_status") != "ok":
        raise ApplyError("the server could not write its append-only file; its log says why")


def append_only_off(client: Client) -> None:
    """Write every key to the RDB file, then switch the append-only file off in the running server.

    Raises:
        ApplyError: the keys could not be saved; it is still on.
        ServerError: the server refuses.
    """
    save(client)
    client.config_set({"appendonly": "no"})


def rewrite_append_only(client: Client) -> None:
    """Write the append-only file anew, so that it holds no command that is about to lose its name.

    Raises:
        ApplyError: it failed or took too long.
    """
    seconds = save_timeout(client)
    _wait(client, seconds, "an append-only rewrite that was under way", _nothing_rewrites)
    client.execute("BGREWRITEAOF")
    _wait(client, seconds, "the append-only rewrite", _nothing_rewrites)
    if client.info("persistence").get("aof_last_bgrewrite_status") != "ok":
        raise ApplyError("the server could not rewrite its append-only file; its log says why")


def order_memory_directives(values: Mapping[str, str]) -> dict[str, str]:
    """Sort directives so that a server which takes them one by one (6.2) drops no key in between.

    A policy that drops nothing comes before the limit; one that drops keys comes after it.
    """
    policy = values.get(POLICY)
    if policy is None or LIMIT not in values:
        return dict(values)
    rest = {name: value for name, value in values.items() if name not in {POLICY, LIMIT}}
    first, second = (POLICY, LIMIT) if policy == DROPS_NOTHING else (LIMIT, POLICY)
    return {**rest, first: values[first], second: values[second]}


@dataclass(frozen=True, slots=True)
class MemoryPressure:
    """A limit of memory that makes a server drop keys at once."""

    limit: int
    policy: str
    used: int

    def __str__(self) -> str:
        return f"maxmemory {self.limit} with {self.policy} is below the {self.used} bytes in use now"


def memory_pressure(client: Client, values: Mapping[str, str]) -> MemoryPressure | None:
    """Tell whether a server would drop keys with these values beside those that it has; the memory in use is of now.

    Raises:
        ServerError: it does not tell its values.
        InvalidValueError: a limit has no known form.
    """
    found = client.config_get(LIMIT, POLICY) | {name: values[name] for name in (LIMIT, POLICY) if name in values}
    limit, policy = int(parse_memory(found.get(LIMIT) or "0")), found.get(POLICY, DROPS_NOTHING)
    used = int(client.info("memory").get("used_memory", "0"))
    return MemoryPressure(limit, policy, used) if policy != DROPS_NOTHING and 0 < limit < used else None


# --- before a stop -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersistedDataset:
    """A running server whose keys are on disk, and how the rest gets there."""

    run: str
    """``run_id`` of the process."""
    points: str | None
    """Its save points, ``None`` where they may not be read."""
    hz: str | None = None
    """How often a second it looks whether it is told to stop, ``None`` where that may not be read."""
    append_only: bool = False
    """The next start reads the append-only file, which is complete at any time."""
    renames: bool = False
    """That file was written anew, and nothing more may come to it."""
    replica: bool = False
    brief: bool = False
    """What comes from now on can be left to the stop: it saves, and that does not take long."""


@dataclass(slots=True)
class QuiescedServer:
    """What was done to a running server so that its end loses nothing; it goes with the process."""

    run: str
    """``run_id`` of the process."""
    points: str | None = None
    """Save points that it had, ``None`` where they are untouched."""
    hz: str | None = None
    """Its own ``hz``, ``None`` where that is untouched."""
    paused: bool = False
    """Writes wait."""
    waited: float = 0.0
    """Seconds that they have waited until now."""
    last: DatasetStats | None = None
    """What it held at the last look. Where writes do not wait, keys may still come, but none goes."""

    def is_safe_to_kill(self, client: Client) -> bool:
        """Tell whether the process could end in any way now, without losing a key."""
        now = read_dataset_stats(client)
        return now.run == self.run and now.saves and now.on_disk

    def resume(self, client: Client | None) -> None:
        """Let a server that was not stopped after all go on as before; another process, or none, is left alone."""
        if client is None or client.info("server").get("run_id") != self.run:
            return
        if self.paused:
            client.execute("CLIENT", "UNPAUSE")
        if self.points is not None:
            client.config_set({"save": self.points})
        if self.hz is not None:
            client.config_set({"hz": self.hz})


def persist(client: Client, *, from_append_only: bool, rewrite: bool = False) -> PersistedDataset:
    """Bring every key to disk while everybody goes on, as far as that can be done before a stop.

    Args:
        client: Logged in, as a user who may administrate.
        from_append_only: What the next start reads, by the configuration that it will find.
        rewrite: The append-only file may hold commands that are about to lose their names.

    Raises:
        ApplyError: the keys cannot be brought to disk; nothing was done.
    """
    run, points = client.info("server").get("run_id", ""), _live(client, "save")
    hz = _live(client, "hz")
    if from_append_only:
        _demand_append_only(client, rewrite=rewrite)
        return PersistedDataset(run, points, hz, append_only=True, renames=rewrite)
    begun = time.monotonic()
    save(client)
    if client.info("replication").get("role") == "slave":
        return PersistedDataset(run, points, hz, replica=True)
    brief = time.monotonic() - begun < SHORT_SAVE_SECONDS and _saves_when_told_to_stop(client)
    return PersistedDataset(run, points, hz, brief=brief)


def quiesce(client: Client, brought: PersistedDataset) -> QuiescedServer:
    """See that no key is lost or gone uncounted from now on; to be called just before the server is told to stop.

    The next start reads the append-only file: then the stop itself need not save. Or it reads the RDB
    file: where nobody wrote since it was brought to disk, no save is left for the stop either; else a
    short one is, as in any other restart. One that takes long is made once more before, while writes
    wait and reads are served: the stop would hold up both for as long, and could fail.

    Writes wait only where something rests on it: a save that the stop no longer makes, or the count of
    the keys where somebody ever removed one, since a new process counts removals anew.

    Raises:
        ApplyError: the keys cannot be brought to disk; the server goes on as before.
    """
    stilled = QuiescedServer(brought.run)
    try:
        _hold(client, brought, stilled)
    except BaseException:
        with suppress(ServerError):
            stilled.resume(client)
        raise
    return stilled


@contextmanager
def quiesced(
    client: Client, brought: PersistedDataset, *, enter: Callable[[], Client | None]
) -> Iterator[QuiescedServer]:
    """`hold` the server for the context, in which it is stopped; where that fails it goes on as before.

    Args:
        client: Logged in.
        brought: What `persist` returned.
        enter: Gives a new session, if the server still lets somebody in.
    """
    stilled = quiesce(client, brought)
    try:
        yield stilled
    except BaseException:
        with suppress(ServerError):
            stilled.resume(enter())
        raise


def persist_and_quiesce(client: Client, *, from_append_only: bool, rewrite: bool = False) -> QuiescedServer:
    """Persist and quiesce at once.

    Raises:
        ApplyError: the keys cannot be brought to disk; nothing was done.
    """
    return quiesce(client, persist(client, from_append_only=from_append_only, rewrite=rewrite))


def _hold(client: Client, brought: PersistedDataset, stilled: QuiescedServer) -> None:
    if brought.append_only:
        _take_points(client, brought, stilled)
    stilled.last = read_dataset_stats(client)
    if brought.append_only:
        if brought.renames or not stilled.last.count_cannot_drop:
            _hold_writes(client, brought, stilled)
    elif brought.replica or (brought.brief and stilled.last.unsaved and stilled.last.count_cannot_drop):
        # A replica's writes come from its primary, which waits for nobody; they come again after the start.
        _let_it_save(client, brought, stilled)
    elif _hold_writes(client, brought, stilled) and _is_saved(client, brought, stilled):
        _take_points(client, brought, stilled)
    else:
        _let_it_save(client, brought, stilled)


def _hold_writes(client: Client, brought: PersistedDataset, stilled: QuiescedServer) -> bool:
    """Let writes wait until the stop; false where there is no such command for us, as before 6.2.

    Source:
        redis ``src/server.c``, ``serverCron()``: it looks `hz` times a second whether a signal told it to stop.
    """
    if brought.hz:
        stilled.hz = brought.hz
        client.config_set({"hz": "500"})
    stilled.paused = True
    try:
        _pause(client, STOP_SECONDS)
    except ServerError:
        stilled.paused = False
        return False
    stilled.last = read_dataset_stats(client)
    return True


def _is_saved(client: Client, brought: PersistedDataset, stilled: QuiescedServer) -> bool:
    """Tell whether the RDB file has everything; where the stop had better not save it is written once more."""
    begun = time.monotonic()
    for _ in range(_TRIES):
        stilled.last = read_dataset_stats(client)
        if not stilled.last.unsaved:
            return True
        if brought.brief:
            break
        save(client, meanwhile=_PauseKeepalive(client))
        _pause(client, STOP_SECONDS)
        stilled.waited = time.monotonic() - begun
    return False


def _demand_append_only(client: Client, *, rewrite: bool) -> None:
    fields = client.info("persistence")
    if fields.get("aof_enabled") != "1":
        raise ApplyError(
            "the next start would read an append-only file, and the running server has it off: it would start empty, "
            "or with old data; nothing was stopped"
        )
    if fields.get("aof_last_write_status") == "err":
        raise ApplyError("the server cannot write its append-only file; its log says why; nothing was stopped")
    _wait(client, save_timeout(client), "an append-only rewrite that was under way", _nothing_rewrites)
    if rewrite or client.info("persistence").get("aof_last_bgrewrite_status") != "ok":
        # It may never have been whole: a first rewrite that fails is tried again and again.
        rewrite_append_only(client)


def _pause(client: Client, seconds: float) -> None:
    client.execute("CLIENT", "PAUSE", str(int(seconds * 1000)), "WRITE")


class _PauseKeepalive:
    """Keeps a pause alive while it is called often."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._at = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._at > PAUSE_SECONDS / 3:
            _pause(self._client, PAUSE_SECONDS)
            self._at = time.monotonic()


def _take_points(client: Client, brought: PersistedDataset, stilled: QuiescedServer) -> None:
    """Take the save points away for the rest of this process: the stop need not save."""
    if brought.points:
        stilled.points = brought.points
        client.config_set({"save": ""})


def _let_it_save(client: Client, brought: PersistedDataset, stilled: QuiescedServer) -> None:
    """Let the server save when it is told to stop; it does so only while it has a save point."""
    if brought.points == "":
        stilled.points = ""
        client.config_set({"save": SAFE_SAVE})


def _saves_when_told_to_stop(client: Client) -> bool:
    """SIGTERM can be told not to save, since 7.0."""
    try:
        words = client.config_get("shutdown-on-sigterm").get("shutdown-on-sigterm", "default")
    except ServerError:
        return True
    return "nosave" not in words.split()


def _live(client: Client, name: str) -> str | None:
    """A live value, ``None`` where it may not be read."""
    try:
        return client.config_get(name).get(name)
    except ServerError:
        return None


def _nothing_saves(fields: dict[str, str]) -> bool:
    return fields.get("rdb_bgsave_in_progress") == "0" and fields.get("aof_rewrite_in_progress") == "0"


def _nothing_rewrites(fields: dict[str, str]) -> bool:
    return fields.get("aof_rewrite_in_progress") == "0" and fields.get("aof_rewrite_scheduled") == "0"


def _wait(
    client: Client,
    seconds: float,
    what: str,
    ready: Callable[[dict[str, str]], bool],
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    deadline = time.monotonic() + seconds
    while not ready(client.info("persistence")):
        if time.monotonic() > deadline:
            raise ApplyError(f"{what} did not end within {max(seconds, 0):.0f} seconds")
        meanwhile()
        time.sleep(POLL_SECONDS)
