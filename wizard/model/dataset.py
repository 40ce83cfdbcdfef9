"""What a running server held at one moment, how much of that was on disk, when memory makes it drop keys, and the cost.

Amounts are in bytes.
"""

from collections.abc import Iterable, Mapping

from wizard.model.text import number, number_or
from wizard.model.value import Value

LIMIT, POLICY = "maxmemory", "maxmemory-policy"
DROPS_NOTHING = "noeviction"

MIB = 1 << 20
GIB = 1 << 30
EMPTY_SERVER = MIB
"""Least that a server without data uses; it warns of a lower maxmemory itself (redis ``src/server.c``)."""
LARGE = 64 * GIB
"""From here on the fork of a save and a full sync are long enough to be felt."""
_FORK_MILLISECONDS = 10
"""A GiB of data, on current machines without Xen (redis documentation, "Diagnosing latency issues")."""
_GIGABIT = 1_000_000_000 // 8


class DatasetStats(Value, frozen=True, kw_only=True):
    """The keys of a server and the state of its persistence, by its own word."""

    run: str
    """``run_id``: another one, and the counters below began again."""
    keys: int
    """In all databases."""
    expiring: int
    """Of these, how many go by themselves."""
    expired: int = 0
    """Keys that went by themselves so far, those among them that the last load found too old."""
    evicted: int = 0
    """Keys that were dropped for want of memory so far."""
    removals: int = 0
    """Calls so far of commands that can remove keys."""
    append_only: bool
    """The append-only file is on."""
    saved_at: int = 0
    """When the last RDB save ended well, in seconds since the epoch; the start of the server without one."""
    unsaved: int = 0
    """Changes since then."""
    saves: bool = True
    """The last save, and the last write of the append-only file, went well."""

    @property
    def on_disk(self) -> bool:
        """Nothing would be lost by an end of the process now, but what the append-only file holds back for a second."""
        return self.append_only or self.unsaved == 0

    @property
    def count_cannot_drop(self) -> bool:
        """No key was removed since the process started, and none is about to be: a later count can only be higher."""
        return not (self.expiring or self.expired or self.evicted or self.removals)


def lost_keys(before: DatasetStats, after: DatasetStats) -> int | None:
    """Count the keys that are lost and that no client removed.

    Args:
        before: At a moment.
        after: Later, of the same data; perhaps after a restart.

    Returns:
        The number; ``None`` where it cannot be told, because commands that can remove keys were called in between.
    """
    same = before.run == after.run
    gone = before.keys - after.keys
    gone -= after.expired - (before.expired if same else 0)
    gone -= after.evicted - (before.evicted if same else 0)
    if gone <= 0:
        return 0
    removals = after.removals - (before.removals if same else 0)
    return None if removals > 0 else gone


class MemoryPressure(Value, frozen=True):
    """A limit of memory that makes a server drop keys at once."""

    limit: int
    policy: str
    used: int

    def __str__(self) -> str:
        return f"maxmemory {self.limit} with {self.policy} is below the {self.used} bytes in use now"


def memory_pressure(limit: int, policy: str, used: int) -> MemoryPressure | None:
    """Return the pressure of a limit on so many bytes in use; ``None`` where no key is dropped. 0 is no limit."""
    return MemoryPressure(limit, policy, used) if policy != DROPS_NOTHING and 0 < limit < used else None


def keyspace(info: Iterable[tuple[str, str]]) -> dict[int, tuple[int, int]]:
    """Return the number of keys and of those that expire, for each database of INFO: ``db0:keys=12,expires=0,…``."""
    found = {}
    for name, value in info:
        database = number(name.removeprefix("db")) if name.startswith("db") else None
        if database is not None:
            fields = dict(part.partition("=")[::2] for part in value.split(","))
            found[database] = (number_or(fields.get("keys")), number_or(fields.get("expires")))
    return found


def empty_server(info: Mapping[str, str]) -> int:
    """Return the bytes that the server used before it had data, by INFO; else the least of all servers."""
    return number(info.get("used_memory_startup")) or EMPTY_SERVER


def counted_memory(info: Mapping[str, str]) -> int | None:
    """Return the bytes that the server compares with ``maxmemory``; ``None`` where INFO does not say.

    Buffers of replicas and of the append-only file do not count, the replication backlog does (measured).
    """
    used = number(info.get("used_memory"))
    return None if used is None else used - (number(info.get("mem_not_counted_for_evict")) or 0)


def writes_per_second(info: Mapping[str, str]) -> int:
    """Return the bytes of writes for replicas in a second, on average since the start; 0 where INFO does not say."""
    seconds = number_or(info.get("uptime_in_seconds"))
    return number_or(info.get("master_repl_offset")) // seconds if seconds else 0


def seconds_of_sync(size: int) -> int:
    """Return how long a full sync of so many bytes takes at 1 Gbit/s."""
    return -(-size // _GIGABIT)


def cost_of_size(limit: int) -> str:
    """Return what a full server of this size costs at each save and full sync; empty below `LARGE`."""
    if limit <= LARGE:
        return ""
    fork = limit / GIB * _FORK_MILLISECONDS / 1000
    sync = limit / _GIGABIT / 60
    return (
        f"With {limit / GIB:.0f} GiB of data, the fork of a save stops the server for about {fork:.1f} s; "
        f"a full sync takes {sync:.0f} minutes at 1 Gbit/s. Several smaller servers avoid both."
    )
