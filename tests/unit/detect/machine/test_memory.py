from pathlib import PurePosixPath

import pytest

from tests.support.host_trees import load
from tests.support.memory_host.host import MemoryHost
from wizard.detect.collect import collect
from wizard.detect.machine.memory import limits_of, read_memory, unit_amount
from wizard.detect.reader import Reader
from wizard.model.facts.limits import limits_of as limits_for
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Memory, replace

GIB = 1 << 30
MIB = 1 << 20


def test_reads_amounts_in_bytes() -> None:
    memory = collect(load("by-hand")).facts.memory
    assert (memory.total, memory.available, memory.swap) == (8000000 * 1024, 3000000 * 1024, 2000000 * 1024)


def test_says_what_a_host_does_not_show() -> None:
    memory = read_memory(Reader(MemoryHost({PurePosixPath("/proc/meminfo"): b"garbage\n\xff: x kB\n"})), (), ())
    assert isinstance(memory.total, Unreadable)
    assert isinstance(memory.available, Unreadable)
    assert isinstance(memory.swap, Unreadable)


def test_names_the_others_and_leaves_servers_and_their_forks_out() -> None:
    others = collect(load("by-hand")).facts.memory.others
    assert [(each.name, each.resident) for each in others] == [("java", 3000000000)]


def with_processes(meminfo: str, *sizes: tuple[int, int]) -> MemoryHost:
    """A host with processes of these resident and shared MiB."""
    host = load("bare")
    host.put(PurePosixPath("/proc/meminfo"), meminfo.encode())
    first = load("debian13-redis").process_list[0]
    host.process_list = tuple(
        replace(first, pid=pid, parent=1, name="postgres", resident=resident * MIB, shared=shared * MIB)
        for pid, (resident, shared) in enumerate(sizes, 100)
    )
    return host


def taken(host: MemoryHost) -> int:
    return collect(host).facts.memory.taken // MIB


def test_memory_that_processes_share_counts_once() -> None:
    meminfo = f"MemTotal: {4096 * 1024} kB\nMemAvailable: {3400 * 1024} kB\nShmem: {300 * 1024} kB\n"
    assert taken(with_processes(meminfo, *[(330, 328)] * 20)) == 340


def test_reserved_huge_pages_count_though_no_process_has_them() -> None:
    meminfo = f"MemTotal: {4096 * 1024} kB\nMemAvailable: {1000 * 1024} kB\nHugetlb: {2048 * 1024} kB\n"
    found = collect(with_processes(meminfo, (100, 0))).facts.memory
    assert [(each.name, each.resident // MIB) for each in found.others] == [
        ("postgres", 100),
        ("reserved huge pages", 2048),
    ]
    assert found.taken_by_processes // MIB == 100


def test_forked_processes_have_no_more_than_is_in_use() -> None:
    meminfo = f"MemTotal: {8192 * 1024} kB\nMemAvailable: {7192 * 1024} kB\n"
    assert 998 <= taken(with_processes(meminfo, *[(250, 10)] * 50)) <= 1000


def test_a_kernel_that_does_not_say_what_is_available_has_all_counted() -> None:
    assert taken(with_processes(f"MemTotal: {8192 * 1024} kB\n", *[(250, 10)] * 50)) == 50 * 240


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


def test_lists_the_resource_limits_of_the_process_that_bound_its_memory() -> None:
    host = load("debian13-redis")
    (process,) = (each for each in host.process_list if each.name == "redis-server")
    host.put(
        PurePosixPath(f"/proc/{process.pid}/limits"),
        b"Limit                     Soft Limit           Hard Limit           Units     \n"
        b"Max data size             unlimited            unlimited            bytes     \n"
        b"Max address space         1073741824           unlimited            bytes     \n"
        b"Max open files            65535                65535                files     \n",
    )
    facts = collect(host).facts
    assert [(each.source, each.limit) for each in facts.memory.limits] == [("RLIMIT_AS of redis-server", GIB)]
    assert limits_for(facts, facts.instances[0]) == facts.memory.limits
    assert limits_for(facts, replace(facts.instances[0], name="other")) == ()


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
