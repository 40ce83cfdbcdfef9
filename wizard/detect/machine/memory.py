"""How much memory there is, which ceilings hold for the servers, and who else has it."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.host.reader import ProcessFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.limits import resource_limit
from wizard.model.facts.machine import HUGE_PAGES, SHARED_MEMORY, MachineMemory, MemoryConsumer, MemoryLimit
from wizard.model.facts.service import Unit
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import number
from wizard.model.value import Memory

MEMINFO = PurePosixPath("/proc/meminfo")
CGROUPS = PurePosixPath("/sys/fs/cgroup")

NAMED_CONSUMERS = 5
"""So many of the largest are named; the rest is summed."""

_UNLIMITED = 1 << 60
"""Version 1 writes "no limit" as the largest multiple of the page size."""


def read_memory(reader: Reader, instances: Sequence[Instance], processes: Sequence[ProcessFacts]) -> MachineMemory:
    """Read memory, the ceilings of every instance, and the other processes."""
    fields = _meminfo(reader)
    limits = (limit for instance in instances for limit in limits_of(reader, instance))
    return MachineMemory(
        total=_field(fields, "MemTotal"),
        available=_field(fields, "MemAvailable"),
        swap=_field(fields, "SwapTotal"),
        limits=tuple(dict.fromkeys(limits)) or _nested(reader, "/"),
        others=_others(fields, instances, processes),
    )


def _meminfo(reader: Reader) -> dict[str, int]:
    return _amounts(reader.lines(MEMINFO))


def _amounts(lines: Iterable[str]) -> dict[str, int]:
    """Read ``Name:  123 kB`` lines into bytes (proc_meminfo(5); its kB are 1024 bytes)."""
    fields = {}
    for line in lines:
        name, _, rest = line.partition(":")
        amount = number(next(iter(rest.split()), None))
        if amount is not None:
            fields[name] = amount * 1024
    return fields


def _field(fields: Mapping[str, int], name: str, path: PurePosixPath = MEMINFO) -> Memory | Unreadable:
    if name in fields:
        return Memory(fields[name])
    return Unreadable(what=f"{name} of {path}", why="this host does not report it")


# --- ceilings --------------------------------------------------------------------------------


def limits_of(reader: Reader, instance: Instance) -> tuple[MemoryLimit, ...]:
    """List every ceiling on the way from the root control group to an instance, its unit's and its process's own."""
    if instance.process is not None:
        groups = _nested(reader, instance.process.control_group or "/")
    elif instance.unit is not None:
        groups = _nested(reader, f"/{instance.unit.properties.get('Slice') or 'system.slice'}/{instance.unit.name}")
    else:
        groups = _nested(reader, "/")
    return (*groups, *(_unit_limits(instance.unit) if instance.unit else ()), *_process_limits(reader, instance))


def _nested(reader: Reader, group: str) -> tuple[MemoryLimit, ...]:
    """Walk from the root group down to `group`, in the hierarchies of version 2 and 1.

    A path that leaves the part we can see (``/../..``) is cut: then only the root of our view counts.
    """
    if reader.host.tree is not None:
        return ()
    parts = [part for part in PurePosixPath(group).parts if part not in ("/", "..")]
    found = []
    for depth in range(len(parts) + 1):
        below = PurePosixPath(*parts[:depth])
        for top, names in _HIERARCHIES:
            found += [limit for name in names if (limit := _limit(reader, CGROUPS / top / below / name))]
    return tuple(found)


_HIERARCHIES = (
    ("", ("memory.max", "memory.high")),
    ("unified", ("memory.max", "memory.high")),
    ("memory", ("memory.limit_in_bytes",)),
)
"""Where a hierarchy is mounted (cgroups(7): version 2, version 2 beside 1, version 1), and its limits."""


def _limit(reader: Reader, path: PurePosixPath) -> MemoryLimit | None:
    """Read one limit; ``max`` and the like of version 1 are none (kernel ``cgroup-v2``, "Memory")."""
    limit = number(reader.text(path))
    if limit is None or limit >= _UNLIMITED:
        return None
    return MemoryLimit(limit=Memory(limit), source=str(path))


def _unit_limits(unit: Unit) -> tuple[MemoryLimit, ...]:
    """The unit's own limits, which hold from the next start even where no control group shows them."""
    found = []
    for name in ("MemoryMax", "MemoryHigh"):
        amount = unit_amount(unit.properties.get(name, ""))
        if amount is not None:
            found.append(MemoryLimit(limit=Memory(amount), source=f"{unit.name} {name}"))
    return tuple(found)


def _process_limits(reader: Reader, instance: Instance) -> tuple[MemoryLimit, ...]:
    """The resource limits that bound the memory of the process (getrlimit(2)): all that it maps, and its data."""
    if instance.process is None:
        return ()
    found = []
    for line in reader.lines(PurePosixPath(f"/proc/{instance.process.pid}/limits")):
        name = next((name for title, name in _RESOURCES.items() if line.startswith(title)), "")
        soft = number(next(iter(line[_SOFT_LIMIT:].split()), None))
        if name and soft is not None:
            found.append(MemoryLimit(limit=Memory(soft), source=resource_limit(name, instance.name)))
    return tuple(found)


_RESOURCES = {"Max address space ": "RLIMIT_AS", "Max data size ": "RLIMIT_DATA"}
_SOFT_LIMIT = 26
"""Column of ``/proc/PID/limits`` in which the soft limit begins (linux ``fs/proc/base.c``, ``proc_pid_limits()``)."""


def unit_amount(text: str) -> int | None:
    """Read an amount of a unit: bytes, or with K, M, G, T to the base 1024; ``None`` for no limit.

    A percentage is ``None`` too: systemctl shows it in bytes, and a unit file alone cannot tell.

    Source:
        systemd.resource-control(5), ``MemoryMax=``.
    """
    word = text.strip().upper()
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}.get(word[-1:], 1)
    digits = number(word.rstrip("KMGTB"))
    if digits is None:
        return None
    amount = digits * factor
    return amount if amount < _UNLIMITED else None


# --- others ----------------------------------------------------------------------------------


def _others(
    fields: Mapping[str, int], instances: Sequence[Instance], processes: Sequence[ProcessFacts]
) -> tuple[MemoryConsumer, ...]:
    """Count what each process has to itself, and once what processes share.

    A process that was forked still shares pages with its parent, which nothing but PSS tells, and PSS takes 20 ms a
    GiB (measured): together they have no more than the machine has in use.
    """
    servers = {instance.process.pid for instance in instances if instance.process}
    # A fork that saves shares its memory with its server.
    others_running = [p for p in processes if p.pid not in servers and p.parent not in servers]
    shared = [
        MemoryConsumer(name=name, pid=0, resident=Memory(fields[field]))
        for name, field in ((SHARED_MEMORY, "Shmem"), (HUGE_PAGES, "Hugetlb"))
        if fields.get(field)
    ]
    own = sum(_private(p) for p in processes if p.pid in servers)
    most = _in_use(fields) - own - sum(each.resident for each in shared)
    private = sum(map(_private, others_running))
    scale = Fraction(most, private) if 0 < most < private else Fraction(1)
    others = sorted(((int(_private(p) * scale), p) for p in others_running), key=lambda each: (-each[0], each[1].pid))
    named = [MemoryConsumer(name=p.name, pid=p.pid, resident=Memory(size)) for size, p in others[:NAMED_CONSUMERS]]
    rest = sum(size for size, _ in others[NAMED_CONSUMERS:])
    summed = [MemoryConsumer(name="all others", pid=0, resident=Memory(rest))] if rest else []
    return (*named, *summed, *shared)


def _private(process: ProcessFacts) -> int:
    return max(0, process.resident - process.shared)


def _in_use(fields: Mapping[str, int]) -> int:
    """Return what is not available; 0 where the kernel does not say."""
    return fields.get("MemTotal", 0) - fields["MemAvailable"] if "MemAvailable" in fields else 0


def huge_pages_of(reader: Reader, pid: int) -> Memory | Unreadable:
    """Read ``AnonHugePages`` of a process; where none has any, without the 20 ms a GiB that it takes (measured)."""
    if _meminfo(reader).get("AnonHugePages") == 0:
        return Memory(0)
    path = PurePosixPath(f"/proc/{pid}/smaps_rollup")
    data = reader.read(path)
    if isinstance(data, Unreadable):
        return data
    fields = _amounts(data.decode(errors="replace").splitlines())
    return _field(fields, "AnonHugePages", path)
