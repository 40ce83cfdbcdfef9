from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.collect import collect
from wizard.detect.machine.memory import limits_of, read_memory, unit_amount
from wizard.detect.reader import Reader
from wizard.model.facts import Memory, Unreadable

GIB = 1 << 30


def test_reads_amounts_in_bytes() -> None:
    memory = collect(load("by-hand")).facts.memory
    assert (memory.total, memory.available, memory.swap) == (8000000 * 1024, 3000000 * 1024, 2000000 * 1024)


def test_says_what_a_host_does_not_show() -> None:
    memory = read_memory(Reader(MemoryHost({PurePosixPath("/proc/meminfo"): b"garbage\n\xff: x kB\n"})), (), ())
    assert isinstance(memory.total, Unreadable)
    assert isinstance(memory.available, Unreadable)
    assert memory.swap == 0


def test_names_the_others_and_leaves_servers_and_their_forks_out() -> None:
    others = collect(load("by-hand")).facts.memory.others
    assert [(each.name, each.resident) for each in others] == [("java", 3000000000)]


def test_takes_the_share_instead_of_the_resident_size_where_root_can_see_it() -> None:
    host = load("debian13-redis")
    host.put(PurePosixPath("/proc/1/smaps_rollup"), b"Rss: 9 kB\nPss: 7 kB\n")
    assert collect(host).facts.memory.others[0].resident == 7 * 1024


def test_sums_the_small_ones() -> None:
    host = load("bare")
    first = load("debian13-redis").process_list[0]
    host.process_list = tuple(
        type(first)(pid=pid, parent=1, name=f"p{pid}", arguments=(), user="root", resident=pid, started=0.0)
        for pid in range(100, 110)
    )
    others = collect(host).facts.memory.others
    assert [each.name for each in others] == ["p109", "p108", "p107", "p106", "p105", "all others"]
    assert others[-1].resident == sum(range(100, 105))
    assert others[-1].pid == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("container-v2", [("/sys/fs/cgroup/memory.max", 512 << 20)]),
        (
            "cgroup-v1",
            [
                ("/sys/fs/cgroup/memory/system.slice/redis-server.service/memory.limit_in_bytes", 2 * GIB),
                ("redis-server.service MemoryMax", 2 * GIB),
            ],
        ),
        ("debian13-redis", []),
    ],
)
def test_lists_every_limit_and_no_unlimited_one(name: str, expected: list[tuple[str, int]]) -> None:
    limits = collect(load(name)).facts.memory.limits
    assert [(limit.source, limit.limit) for limit in limits] == expected


def test_finds_the_limit_of_a_slice_above_a_stopped_service() -> None:
    host = load("debian13-redis")
    host.process_list = ()
    host.put(PurePosixPath("/sys/fs/cgroup/system.slice/memory.max"), b"1073741824\n")
    instance = collect(host).facts.instances[0]
    assert [limit.limit for limit in limits_of(Reader(host), instance)] == [GIB]


def test_reads_the_limit_of_a_unit_file_in_a_tree() -> None:
    host = load("two-instances")
    host.tree = PurePosixPath("/image")
    limits = collect(host).facts.memory.limits
    assert [(limit.source, limit.limit) for limit in limits] == [("redis-server@b.service MemoryMax", GIB)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("infinity", None),
        ("", None),
        ("80%", None),
        ("2G", 2 * GIB),
        ("512M", 512 << 20),
        ("1073741824", GIB),
        ("18446744073709551615", None),
    ],
)
def test_reads_the_amounts_of_units(text: str, amount: int | None) -> None:
    assert unit_amount(text) == (None if amount is None else Memory(amount))
