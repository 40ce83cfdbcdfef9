"""Keep the keys safe through changes of persistence and restarts.

What may not live here: files of configuration; the restart itself; where data files lie (`datafiles`).

Source:
    Measured on five servers: `appendonly` switched on by the file alone starts an empty server; a
    stale append-only directory is replayed over newer data; a server whose save fails ignores SIGTERM.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wizard.errors import ApplyError, ServerError
from wizard.model.holding import Holding
from wizard.server import replies
from wizard.server.client import Client

POLL_SECONDS = 0.05
SLOWEST = 20 << 20
"""Bytes a second that the slowest disk worth waiting for takes."""
LIMIT, POLICY = "maxmemory", "maxmemory-policy"
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

REMOVERS = frozenset(
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


def patience(client: Client) -> float:
    """Say how many seconds a save, a rewrite or a load may take, by the memory in use."""
    return 30 + int(client.info("memory").get("used_memory", "0")) / SLOWEST


def uses_append_only(client: Client) -> bool:
    """Whether the append-only file is on, live."""
    return client.info("persistence").get("aof_enabled") == "1"


def holding(client: Client) -> Holding:
    """Read what the server holds, and how it is kept."""
    fields = client.info("server", "persistence", "stats", "keyspace", "commandstats")
    keys, expiring = _counted(fields)
    calls = replies.command_calls(fields.items())
    return Holding(
        run=fields.get("run_id", ""),
        keys=keys,
        expiring=expiring,
        expired=_number(fields, "expired_keys") + _number(fields, "rdb_last_load_keys_expired"),
        evicted=_number(fields, "evicted_keys"),
        removals=sum(count for name, count in calls.items() if name.partition("|")[0] in REMOVERS),
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
    seconds = patience(client)
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

    _wait(client, patience(client), "the first append-only file", decided)
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
    seconds = patience(client)
    _wait(client, seconds, "an append-only rewrite that was under way", _nothing_rewrites)
    client.execute("BGREWRITEAOF")
    _wait(client, seconds, "the append-only rewrite", _nothing_rewrites)
    if client.info("persistence").get("aof_last_bgrewrite_status") != "ok":
        raise ApplyError("the server could not rewrite its append-only file; its log says why")


def in_safe_order(values: Mapping[str, str]) -> dict[str, str]:
    """Sort directives so that a server which takes them one by one (6.2) drops no key in between.

    A policy that drops nothing comes before the limit; one that drops keys comes after it.
    """
    policy = values.get(POLICY)
    if policy is None or LIMIT not in values:
        return dict(values)
    rest = {name: value for name, value in values.items() if name not in {POLICY, LIMIT}}
    first, second = (POLICY, LIMIT) if policy == "noeviction" else (LIMIT, POLICY)
    return {**rest, first: values[first], second: values[second]}


# --- before a stop -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stilled:
    """What was done to a running server so that its end loses nothing; it goes with the process."""

    run: str
    """``run_id`` of the process."""
    points: str | None = None
    """Save points that it had, ``None`` where they are untouched."""
    paused: bool = False
    """Writes wait."""

    def lasts(self, client: Client) -> bool:
        """Tell whether the process could end in any way now, without losing a key."""
        now = holding(client)
        return now.run == self.run and now.saves and now.on_disk

    def release(self, client: Client | None) -> None:
        """Let a server that was not stopped after all go on as before; another process, or none, is left alone."""
        if client is None or client.info("server").get("run_id") != self.run:
            return
        if self.points is not None:
            client.config_set({"save": self.points})
        if self.paused:
            client.execute("CLIENT", "UNPAUSE")


def still(client: Client, *, from_append_only: bool, rewrite: bool = False) -> Stilled:
    """Bring every key to disk, and let nothing new come before the server is told to stop.

    The next start reads the append-only file, which is complete at any time: then the stop itself need
    not save. Or it reads the RDB file, and that is written before while everybody goes on. Where nobody
    wrote meanwhile, no save is left for the stop either; else a short one is, during which whoever
    writes waits no longer than in any other restart. One that takes long is made once more before, while
    writes wait and reads are served: the stop would hold up both for as long, and could fail.

    Args:
        client: Logged in, as a user who may administrate.
        from_append_only: What the next start reads, by the configuration that it will find.
        rewrite: The append-only file may hold commands that are about to lose their names.

    Raises:
        ApplyError: the keys cannot be brought to disk; nothing was done.
    """
    run = client.info("server").get("run_id", "")
    if from_append_only:
        _demand_append_only(client, rewrite=rewrite)
        return Stilled(run, points=_without_save_points(client), paused=_try_pause(client))
    if client.info("replication").get("role") == "slave":
        # Its writes come from its primary, which waits for nobody; they come again after the start.
        save(client)
        return Stilled(run, points=_stop_that_saves(client))
    return _stilled_by_save(client, run)


def _demand_append_only(client: Client, *, rewrite: bool) -> None:
    fields = client.info("persistence")
    if fields.get("aof_enabled") != "1":
        raise ApplyError(
            "the next start would read an append-only file, and the running server has it off: it would start empty, "
            "or with old data; nothing was stopped"
        )
    if fields.get("aof_last_write_status") == "err":
        raise ApplyError("the server cannot write its append-only file; its log says why; nothing was stopped")
    _wait(client, patience(client), "an append-only rewrite that was under way", _nothing_rewrites)
    if rewrite or client.info("persistence").get("aof_last_bgrewrite_status") != "ok":
        # It may never have been whole: a first rewrite that fails is tried again and again.
        rewrite_append_only(client)


def _stilled_by_save(client: Client, run: str) -> Stilled:
    begun = time.monotonic()
    save(client)
    short = time.monotonic() - begun < SHORT_SAVE_SECONDS and _saves_when_told_to_stop(client)
    if not _try_pause(client):
        return Stilled(run, points=_stop_that_saves(client))
    held = Stilled(run, paused=True)
    try:
        for _ in range(_TRIES):
            if client.info("persistence").get("rdb_changes_since_last_save") == "0":
                return Stilled(run, points=_without_save_points(client), paused=True)
            if short:
                break
            save(client, meanwhile=_Beat(client))
            _pause(client, STOP_SECONDS)
        return Stilled(run, points=_stop_that_saves(client), paused=True)
    except BaseException:
        held.release(client)
        raise


def _try_pause(client: Client) -> bool:
    """Let writes wait until the stop; false where there is no such command for us, as before 6.2."""
    try:
        _pause(client, STOP_SECONDS)
    except ServerError:
        return False
    return True


def _pause(client: Client, seconds: float) -> None:
    client.execute("CLIENT", "PAUSE", str(int(seconds * 1000)), "WRITE")


class _Beat:
    """Keeps a pause alive while it is called often."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._at = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._at > PAUSE_SECONDS / 3:
            _pause(self._client, PAUSE_SECONDS)
            self._at = time.monotonic()


def _without_save_points(client: Client) -> str | None:
    """Take the save points away for the rest of this process; give them, ``None`` when nothing was done."""
    points = _save_points(client)
    if not points:
        return None
    client.config_set({"save": ""})
    return points


def _stop_that_saves(client: Client) -> str | None:
    """Let the server save when it is told to stop; it does so only while it has a save point."""
    if _save_points(client) != "":
        return None
    client.config_set({"save": SAFE_SAVE})
    return ""


def _saves_when_told_to_stop(client: Client) -> bool:
    """SIGTERM can be told not to save, since 7.0."""
    try:
        words = client.config_get("shutdown-on-sigterm").get("shutdown-on-sigterm", "default")
    except ServerError:
        return True
    return "nosave" not in words.split()


def _save_points(client: Client) -> str | None:
    """The live save points, empty without any, ``None`` where they may not be read."""
    try:
        return client.config_get("save").get("save")
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
