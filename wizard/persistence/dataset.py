"""Read the keys and the persistence of a running server, and make it write every key to disk.

Source:
    Measured on five servers: `appendonly` switched on by the file alone starts an empty server; a
    stale append-only directory is replayed over newer data; a server whose save fails ignores SIGTERM.
"""

import time
from collections.abc import Callable

from wizard.errors import ApplyError, ServerError
from wizard.model.dataset import DatasetStats, keyspace
from wizard.model.text import number_or
from wizard.server import replies
from wizard.server.client import Client

POLL_SECONDS = 0.05
SLOWEST_BYTES_PER_SECOND = 20 << 20
"""Bytes a second that the slowest disk worth waiting for takes."""
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
    """Return whether the append-only file is on, live."""
    return client.info("persistence").get("aof_enabled") == "1"


def read_dataset_stats(client: Client) -> DatasetStats:
    """Read what the server holds, and how it is kept."""
    fields = client.info("server", "persistence", "stats", "keyspace", "commandstats")
    databases = keyspace(fields.items()).values()
    calls = replies.command_calls(fields.items())
    return DatasetStats(
        run=fields.get("run_id", ""),
        keys=sum(keys for keys, _ in databases),
        expiring=sum(expires for _, expires in databases),
        expired=number_or(fields.get("expired_keys")) + number_or(fields.get("rdb_last_load_keys_expired")),
        evicted=number_or(fields.get("evicted_keys")),
        removals=sum(count for name, count in calls.items() if name.partition("|")[0] in DELETING_COMMANDS),
        append_only=fields.get("aof_enabled") == "1",
        saved_at=number_or(fields.get("rdb_last_save_time")),
        unsaved=number_or(fields.get("rdb_changes_since_last_save")),
        saves="err" not in (fields.get("rdb_last_bgsave_status"), fields.get("aof_last_write_status")),
    )


# --- writing to disk -----------------------------------------------------------------------------


def save(client: Client, *, in_between: Callable[[], None] = lambda: None) -> None:
    """Write the RDB file in the background and wait until it is done and good.

    Args:
        client: Logged in.
        in_between: Called again and again while we wait.

    Raises:
        ApplyError: it failed or took too long.
    """
    seconds = save_timeout(client)
    deadline = time.monotonic() + seconds
    wait_for(client, seconds, "the running RDB save", nothing_saves, in_between)
    while not _begun(client, last=time.monotonic() > deadline):
        # A save point, or a replica that wants a copy, was faster.
        time.sleep(POLL_SECONDS)
        wait_for(client, seconds, "the running RDB save", nothing_saves, in_between)
    wait_for(client, seconds, "the RDB save", nothing_saves, in_between)
    if client.info("persistence").get("rdb_last_bgsave_status") != "ok":
        raise ApplyError(
            "the server could not save its data (BGSAVE failed), so it was not stopped and lost "
            "nothing; read its log (space, permissions of its data directory) and try again"
        )


def _begun(client: Client, *, last: bool) -> bool:
    try:
        client.save_in_background()
    except ServerError as error:
        if not last and any(words in str(error) for words in _UNDER_WAY):
            return False
        raise ApplyError(f"the server refuses to save its data, so it is not stopped: {error}") from None
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
        # Never complete, so nothing depends on it; left on, the server would try for ever without a visible error.
        client.config_set({"appendonly": "no"})
        raise


def _see_it_whole(client: Client, *, failed_before: bool) -> None:
    def decided(fields: dict[str, str]) -> bool:
        # The server starts a failed one again at once.
        failed = not failed_before and fields.get("aof_last_bgrewrite_status") == "err"
        return failed or nothing_rewrites(fields)

    wait_for(client, save_timeout(client), "the first append-only file", decided)
    fields = client.info("persistence")
    if fields.get("aof_enabled") != "1" or fields.get("aof_last_bgrewrite_status") != "ok":
        raise ApplyError("the server could not write its append-only file; read its log")


def append_only_off(client: Client) -> None:
    """Write every key to the RDB file, then switch the append-only file off in the running server.

    Raises:
        ApplyError: the keys could not be saved; it is still on.
        ServerError: the server refuses.
    """
    save(client)
    client.config_set({"appendonly": "no"})


def rewrite_append_only(client: Client) -> None:
    """Rewrite the append-only file, so that it holds no command that is about to be renamed.

    Raises:
        ApplyError: it failed or took too long.
    """
    seconds = save_timeout(client)
    wait_for(client, seconds, "the running append-only rewrite", nothing_rewrites)
    client.execute("BGREWRITEAOF")
    wait_for(client, seconds, "the append-only rewrite", nothing_rewrites)
    if client.info("persistence").get("aof_last_bgrewrite_status") != "ok":
        raise ApplyError("the server could not rewrite its append-only file; read its log")


def nothing_saves(fields: dict[str, str]) -> bool:
    """Return whether no save is under way, by ``INFO persistence``."""
    return fields.get("rdb_bgsave_in_progress") == "0" and fields.get("aof_rewrite_in_progress") == "0"


def nothing_rewrites(fields: dict[str, str]) -> bool:
    """Return whether no append-only rewrite is under way or scheduled, by ``INFO persistence``."""
    return fields.get("aof_rewrite_in_progress") == "0" and fields.get("aof_rewrite_scheduled") == "0"


def wait_for(
    client: Client,
    seconds: float,
    what: str,
    ready: Callable[[dict[str, str]], bool],
    in_between: Callable[[], None] = lambda: None,
) -> None:
    """Wait until `ready` accepts ``INFO persistence``.

    Raises:
        ApplyError: it took longer than `seconds`; `what` names it.
    """
    deadline = time.monotonic() + seconds
    while not ready(client.info("persistence")):
        if time.monotonic() > deadline:
            raise ApplyError(f"{what} did not finish within {max(seconds, 0):.0f} seconds")
        in_between()
        time.sleep(POLL_SECONDS)
