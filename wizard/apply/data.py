"""Keep the keys safe through changes of persistence and restarts.

What may not live here: files of configuration; the restart itself.

Source:
    Measured on five servers: `appendonly` switched on by the file alone starts an empty server; a
    stale append-only directory is replayed over newer data; a server whose save fails ignores SIGTERM.
"""

import time
from collections.abc import Callable

from wizard.errors import ApplyError
from wizard.server.client import Client

POLL_SECONDS = 0.05
SLOWEST = 20 << 20
"""Bytes a second that the slowest disk worth waiting for takes."""
SAFE_SAVE = "3600 1"
"""Any save point makes the server save when it is told to stop."""


def patience(client: Client) -> float:
    """Say how many seconds a save, a rewrite or a load may take, by the memory in use."""
    return 30 + int(client.info("memory").get("used_memory", "0")) / SLOWEST


def save(client: Client) -> None:
    """Write the RDB file in the background and wait until it is done and good.

    Raises:
        ApplyError: it failed or took too long.
    """
    seconds = patience(client)
    _wait(client, seconds, "an RDB save that was under way", _nothing_saves)
    before = client.info("persistence").get("rdb_saves", "")
    client.save_in_background()
    _wait(client, seconds, "the RDB save", lambda fields: _nothing_saves(fields) and _counted(fields, before))
    if client.info("persistence").get("rdb_last_bgsave_status") != "ok":
        raise ApplyError("the server could not save its data (BGSAVE failed; its log says why); nothing was restarted")


def append_only_on(client: Client) -> None:
    """Switch the append-only file on in the running server and wait until it holds everything.

    Raises:
        ApplyError: it failed or took too long.
        ServerError: the server refuses.
    """
    seconds = patience(client)
    client.config_set({"appendonly": "yes"})
    _wait(client, seconds, "the first append-only file", _nothing_rewrites)
    fields = client.info("persistence")
    if fields.get("aof_enabled") != "1" or fields.get("aof_last_bgrewrite_status") != "ok":
        raise ApplyError("the server could not write its append-only file; its log says why")


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


def uses_append_only(client: Client) -> bool:
    """Whether the append-only file is on, live."""
    return client.info("persistence").get("aof_enabled") == "1"


def make_stop_safe(client: Client) -> None:
    """See to it that all keys are on disk when the server stops in order.

    With the append-only file on they are. Else the server saves on SIGTERM only while it has a save
    point; one is set for the rest of this process where there is none.
    """
    if not uses_append_only(client) and not client.config_get("save").get("save"):
        client.config_set({"save": SAFE_SAVE})


def lost(before: tuple[int, int] | None, after: int) -> bool:
    """Tell whether keys are missing that had no time to live.

    Args:
        before: Keys, and how many of them expire by themselves; ``None`` when not known.
        after: Keys now.
    """
    return before is not None and after < before[0] - before[1]


def count(client: Client) -> tuple[int, int]:
    """Count the keys of all databases, and those among them that expire by themselves."""
    keys = expires = 0
    for name, value in client.info("keyspace").items():
        if name.startswith("db"):
            fields = dict(part.split("=", 1) for part in value.split(",") if "=" in part)
            keys += int(fields.get("keys", "0"))
            expires += int(fields.get("expires", "0"))
    return keys, expires


def _nothing_saves(fields: dict[str, str]) -> bool:
    return fields.get("rdb_bgsave_in_progress") == "0" and fields.get("aof_rewrite_in_progress") == "0"


def _nothing_rewrites(fields: dict[str, str]) -> bool:
    return fields.get("aof_rewrite_in_progress") == "0" and fields.get("aof_rewrite_scheduled") == "0"


def _counted(fields: dict[str, str], before: str) -> bool:
    """The counter moved; 6.2 has none, there the flag alone must do."""
    return not before or fields.get("rdb_saves") != before or fields.get("rdb_last_bgsave_status") != "ok"


def _wait(client: Client, seconds: float, what: str, ready: Callable[[dict[str, str]], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not ready(client.info("persistence")):
        if time.monotonic() > deadline:
            raise ApplyError(f"{what} did not end within {seconds:.0f} seconds")
        time.sleep(POLL_SECONDS)
