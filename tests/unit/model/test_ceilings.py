from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from wizard.model.ceilings import limits_of
from wizard.model.facts import Memory, MemoryLimit
from wizard.model.value import replace

GROUPS = "/sys/fs/cgroup"


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("redis-server.service MemoryMax", True),
        ("redis-b.service MemoryMax", False),
        ("redis-b.service MemoryHigh", False),
        (f"{GROUPS}/memory.max", True),
        (f"{GROUPS}/system.slice/memory.high", True),
        (f"{GROUPS}/system.slice/redis-server.service/memory.max", True),
        (f"{GROUPS}/system.slice/redis-b.service/memory.max", False),
        (f"{GROUPS}/small.slice/memory.max", False),
        (f"{GROUPS}/unified/system.slice/redis-b.service/memory.max", False),
        (f"{GROUPS}/memory/memory.limit_in_bytes", True),
        (f"{GROUPS}/memory/small.slice/memory.limit_in_bytes", False),
    ],
)
def test_a_limit_of_another_server_does_not_hold(source: str, *, holds: bool) -> None:
    facts = build.host()
    limit = MemoryLimit(limit=Memory(1 << 30), source=source)
    facts = replace(facts, memory=replace(facts.memory, limits=(limit,)))
    assert bool(limits_of(facts, facts.instances[0])) is holds


def test_without_a_process_the_units_slice_counts() -> None:
    facts = build.host()
    (instance,) = facts.instances
    assert instance.unit is not None
    stopped = replace(instance, process=None, unit=replace(instance.unit, properties={"Slice": "a.slice"}))
    limits = tuple(
        MemoryLimit(limit=Memory(1), source=f"{GROUPS}/{name}/memory.max") for name in ("a.slice", "system.slice")
    )
    facts = replace(facts, memory=replace(facts.memory, limits=limits))
    assert limits_of(facts, stopped) == limits[:1]
    assert PurePosixPath(limits[0].source).parts[-2] == "a.slice"
