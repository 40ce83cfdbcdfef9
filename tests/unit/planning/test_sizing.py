"""The sum behind maxmemory."""

import pytest

from tests.support import facts_builder as build
from wizard.errors import PlanError
from wizard.model.answers import MemoryAnswers
from wizard.model.dataset import GIB, MIB
from wizard.model.facts.host import HostFacts
from wizard.model.facts.machine import HUGE_PAGES, SHARED_MEMORY, MachineMemory, MemoryConsumer, MemoryLimit
from wizard.model.value import Memory, replace
from wizard.planning import sizing


def host(total: int = 32 * GIB, others: int = 512 * MIB, **over: object) -> HostFacts:
    consumer = MemoryConsumer(name="others", pid=0, resident=Memory(others))
    memory = MachineMemory(total=Memory(total), available=Memory(total), swap=Memory(0), others=(consumer,))
    return build.host(memory=replace(memory, **over))


def size(facts: HostFacts, answers: MemoryAnswers | None = None, now: int = 0) -> sizing.Size:
    return sizing.sizing(facts, facts.instances[0], answers or MemoryAnswers(), now=Memory(now) if now else None)


def test_the_sum_adds_up() -> None:
    found = size(host())
    room = sum(term.amount for term in found.terms)
    assert found.amount is not None
    assert found.amount <= room < found.amount + GIB
    assert found.amount == 23 * GIB


def test_the_limit_of_a_control_group_counts_when_it_is_the_smaller() -> None:
    limits = (MemoryLimit(limit=Memory(4 * GIB), source="/sys/fs/cgroup/system.slice/redis-server.service/memory.max"),)
    found = size(host(limits=limits))
    assert found.amount is not None
    assert found.amount <= 3 * GIB
    assert "redis-server.service" in found.terms[0].label


def test_others_do_not_count_inside_the_services_own_limit() -> None:
    limits = (MemoryLimit(limit=Memory(4 * GIB), source="redis-server.service MemoryMax"),)
    assert size(host(others=8 * GIB, limits=limits)).amount == size(host(others=0, limits=limits)).amount


@pytest.mark.parametrize(
    "source", ["redis-server.service MemoryMax", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit"]
)
def test_the_system_keeps_nothing_inside_a_control_group(source: str) -> None:
    limits = (MemoryLimit(limit=Memory(2 * GIB), source=source),)
    found = size(host(others=0, limits=limits))
    assert found.amount == 1536 * MIB
    assert [term.label for term in found.terms if term.label == "for the system"] == []


def test_memory_of_the_whole_machine_is_not_in_a_control_group() -> None:
    limits = (MemoryLimit(limit=Memory(2 * GIB), source="/sys/fs/cgroup/memory.max"),)
    shared = tuple(MemoryConsumer(name=name, pid=0, resident=Memory(8 * GIB)) for name in (SHARED_MEMORY, HUGE_PAGES))
    facts = host(limits=limits)
    assert size(replace(facts, memory=replace(facts.memory, others=shared))).amount == 1536 * MIB


def test_a_limit_below_an_empty_server_does_not_stay() -> None:
    assert size(host(), now=1).amount == 23 * GIB
    stopped = build.with_instance(host(), live=build.unreadable("the running server"), process=None)
    assert size(stopped, now=1).amount == 23 * GIB


def test_a_siblings_limit_is_kept_from_it() -> None:
    facts = host()
    sibling = build.instance(name="redis-cache", live=build.live({"maxmemory": str(8 * GIB)}))
    both = replace(facts, instances=(*facts.instances, sibling))
    alone, beside = size(facts).amount, size(both).amount
    assert alone is not None
    assert beside is not None
    assert alone - beside >= 6 * GIB


def test_a_sibling_counts_with_the_copies_of_its_own_save() -> None:
    facts = host()
    first = size(facts).amount
    assert first is not None
    before = build.instance(name="redis-first", live=build.live({"maxmemory": str(first)}))
    second = size(replace(facts, instances=(*facts.instances, before)))
    room = sum(term.amount for term in second.terms if not term.label.startswith(("instance", "for copy")))
    assert (first + (second.amount or 0)) * 125 // 100 <= room


def test_a_limit_that_fits_stays() -> None:
    assert size(host(), now=20 * GIB).amount == 20 * GIB
    assert size(host(), now=256 * MIB).amount == 256 * MIB


def test_a_limit_that_is_too_large_is_lowered() -> None:
    assert size(host(), now=30 * GIB).amount == 23 * GIB


def test_other_processes_that_come_and_go_do_not_move_a_limit() -> None:
    first = size(host()).amount
    assert first is not None
    assert size(host(others=2 * GIB), now=first).amount == first


def test_it_is_never_below_what_is_in_use() -> None:
    facts = build.with_live(host(), info={"used_memory": str(24 * GIB)})
    amount = size(facts).amount
    assert amount is not None
    assert amount >= 24 * GIB * 11 // 10


def test_where_nothing_is_left_it_says_so() -> None:
    found = size(host(total=512 * MIB))
    assert found.amount is None
    assert "are left for maxmemory" in found.problem


def test_an_unreadable_size_asks_for_an_amount() -> None:
    facts = host(total=Memory(0))
    blind = replace(facts, memory=replace(facts.memory, total=build.unreadable("/proc/meminfo")))
    assert "give maxmemory as an amount" in size(blind).problem


@pytest.mark.parametrize(("text", "amount"), [("4gb", 4 * GIB), ("4 GiB", 4 * GIB), ("512MB", 512 * MIB), ("0", 0)])
def test_an_amount_is_taken_as_it_is(text: str, amount: int) -> None:
    assert size(host(), MemoryAnswers(maxmemory=text)).amount == amount


def test_a_percentage_is_of_the_tightest_limit() -> None:
    limits = (MemoryLimit(limit=Memory(4 * GIB), source="/sys/fs/cgroup/memory.max"),)
    assert size(host(limits=limits), MemoryAnswers(maxmemory="50%")).amount == 2 * GIB


@pytest.mark.parametrize("text", ["much", "0%", "101%", "-1gb", "1.5gb", "%"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="is no"):
        size(host(), MemoryAnswers(maxmemory=text))


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        (63 * MIB + 1, 63 * MIB),
        (1000 * MIB, 960 * MIB),
        (3 * GIB + 300 * MIB, 3 * GIB + 256 * MIB),
        (19 * GIB + 1, 19 * GIB),
    ],
)
def test_amounts_are_readable(exact: int, rounded: int) -> None:
    assert sizing.round_down(exact) == rounded
    assert sizing.round_up(rounded) == rounded


def test_the_reserve_is_at_most_half() -> None:
    assert sizing.reserve(MemoryAnswers(), GIB) == GIB // 2
    assert sizing.reserve(MemoryAnswers(), 100 * GIB) == 6 * GIB
    assert sizing.reserve(MemoryAnswers(system_reserve="2gb"), GIB) == 2 * GIB
