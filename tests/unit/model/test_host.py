import pytest

from tests.support import facts_builder as build
from wizard.model.facts.limits import limits_of
from wizard.model.facts.machine import MemoryLimit
from wizard.model.value import Memory, replace

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
        (f"{GROUPS}/nobodys.slice/memory.max", True),
        (f"{GROUPS}/unified/system.slice/redis-b.service/memory.max", False),
        (f"{GROUPS}/memory/memory.limit_in_bytes", True),
        (f"{GROUPS}/memory/small.slice/memory.limit_in_bytes", False),
    ],
)
def test_a_limit_of_another_server_does_not_hold(source: str, *, holds: bool) -> None:
    facts = build.host()
    first = facts.instances[0]
    assert first.unit is not None
    assert first.process is not None
    beside = replace(first, name="redis-b", unit=replace(first.unit, name="redis-b.service"))
    beside = replace(beside, process=replace(first.process, control_group="/system.slice/redis-b.service"))
    small = replace(beside, name="redis-c", unit=None)
    small = replace(small, process=replace(first.process, control_group="/small.slice/session.scope"))
    facts = replace(facts, instances=(first, beside, small))
    limit = MemoryLimit(limit=Memory(1 << 30), source=source)
    facts = replace(facts, memory=replace(facts.memory, limits=(limit,)))
    assert bool(limits_of(facts, facts.instances[0])) is holds


def test_without_a_process_the_units_slice_counts() -> None:
    facts = build.host()
    (first,) = facts.instances
    assert first.unit is not None
    stopped = replace(first, name="redis-b", process=None)
    stopped = replace(stopped, unit=replace(first.unit, name="redis-b.service", properties={"Slice": "a.slice"}))
    limit = MemoryLimit(limit=Memory(1), source=f"{GROUPS}/a.slice/memory.max")
    facts = replace(facts, instances=(first, stopped), memory=replace(facts.memory, limits=(limit,)))
    assert [limits_of(facts, each) for each in facts.instances] == [(), (limit,)]
