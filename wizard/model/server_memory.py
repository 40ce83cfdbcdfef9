"""What the memory of a server means: how much of it is data, and what a large one costs."""

from collections.abc import Mapping

from wizard.model.text import number

MIB = 1 << 20
GIB = 1 << 30
EMPTY_SERVER = MIB
"""Least that a server without data uses; it warns of a lower maxmemory itself (redis ``src/server.c``)."""
LARGE = 64 * GIB
"""From here on the fork of a save and a full sync are long enough to be felt."""
_FORK_MILLISECONDS = 10
"""A GiB of data, on current machines without Xen (redis documentation, "Diagnosing latency issues")."""
_GIGABIT = 1_000_000_000 // 8


def empty_server(info: Mapping[str, str]) -> int:
    """Return the bytes that the server used before it had data, by INFO; else the least of all servers."""
    return number(info.get("used_memory_startup")) or EMPTY_SERVER


def counted_memory(info: Mapping[str, str]) -> int | None:
    """Return the bytes that the server compares with ``maxmemory``; ``None`` where INFO does not say.

    Buffers of replicas and of the append-only file do not count, the replication backlog does (measured).
    """
    used = number(info.get("used_memory"))
    return None if used is None else used - (number(info.get("mem_not_counted_for_evict")) or 0)


def cost_of_size(limit: int) -> str:
    """Return what a full server of this size costs at each save and full sync; empty below `LARGE`."""
    if limit <= LARGE:
        return ""
    fork = limit / GIB * _FORK_MILLISECONDS / 1000
    sync = limit / _GIGABIT / 60
    return (
        f"With {limit / GIB:.0f} GiB of data, the fork of a save stops the server for about {fork:.1f} s, and a full "
        f"sync takes {sync:.0f} minutes at 1 Gbit/s. Several smaller servers avoid both."
    )
