"""Items 17 to 20: memory, time-outs and the kernel."""

from tests.scenarios.checklist.cases.hosts import (
    BARE,
    BLIND,
    FAIL,
    HARD,
    NOT_APPLICABLE,
    PASS,
    REFUSED,
    STOPPED,
    UNKNOWN,
    Case,
    case,
    with_process,
    with_role,
)
from tests.support.facts_builder import (
    CONF,
    GIB,
    unreadable,
    with_both,
    with_file,
    with_instance,
    with_kernel,
    with_live,
)
from wizard.model.facts.host import HostFacts
from wizard.model.facts.limits import resource_limit
from wizard.model.facts.machine import MemoryLimit
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Memory, replace


def setting(item: str, name: str, good: str, bad: str) -> list[Case]:
    """Live and file both good, both bad, one of each, and not to be seen."""
    key = name.replace("-", "_")
    hard = with_both(HARD, **{key: good})
    return [
        case(item, PASS, hard, ""),
        case(item, FAIL, with_both(HARD, **{key: bad}), "live and in the file"),
        case(item, FAIL, with_file(hard, f"{name} {bad}"), "The next restart changes"),
        case(item, FAIL, with_live(hard, {name: bad}), "in the running server"),
        case(item, UNKNOWN, with_instance(hard, live=REFUSED), "could not be read"),
        case(item, UNKNOWN, with_instance(hard, config=unreadable(str(CONF))), "could not be read"),
        case(item, FAIL, with_file(with_instance(hard, live=REFUSED), f"{name} {bad}"), f"{name} is"),
        case(item, UNKNOWN, without_config(hard), "could not be read"),
    ]


def without_config(facts: HostFacts) -> HostFacts:
    """The user that looks may not run CONFIG GET."""
    server = facts.instances[0].live
    assert not isinstance(server, Unreadable)
    refused = (unreadable("CONFIG GET", "NOPERM"),)
    return with_instance(facts, live=replace(server, config={}, unreadable=refused))


def _kernel(item: str, key: str, good: str, bad: str) -> list[Case]:
    return [
        case(item, PASS, HARD, "now and after a reboot"),
        case(item, PASS, replace(with_kernel(HARD, key, unreadable(), good), tree=CONF.parent), "The next boot sets"),
        case(item, FAIL, BARE, f"{key} is"),
        case(item, FAIL, with_kernel(HARD, key, good), "No file or unit sets"),
        case(item, FAIL, with_kernel(HARD, key, good, bad), f"to {bad} at the next boot"),
        case(item, FAIL, with_kernel(HARD, key, bad, good), "until the next boot"),
        case(item, UNKNOWN, with_kernel(HARD, key, unreadable(), good), "could not be read"),
        case(item, UNKNOWN, replace(HARD, kernel=()), "was not read"),
        case(
            item,
            UNKNOWN,
            with_kernel(replace(HARD, os=replace(HARD.os, container=True)), key, good),
            "belongs to the host of this container",
        ),
    ]


_SIBLING = replace(HARD.instances[0], name="other")

_BUFFERS = "client-output-buffer-limit"
_LARGE = replace(HARD, memory=replace(HARD.memory, total=Memory(256 * GIB), available=Memory(250 * GIB)))


def using(used: int, info: dict[str, str] | None = None, **directives: str) -> HostFacts:
    """The hardened host with so much memory in use."""
    facts = with_both(HARD, **directives)
    server = facts.instances[0].live
    assert not isinstance(server, Unreadable)
    return with_live(facts, info={**server.info, "used_memory": str(used), **(info or {})})


MEMORY = [
    *setting("17", "maxmemory", str(12 * GIB), "0"),
    case("17", PASS, with_both(HARD, maxmemory="23gb"), "The limit of 23.0 GiB"),
    case("17", FAIL, with_both(HARD, maxmemory="30gb"), "machine has 32.0 GiB"),
    case(
        "17", FAIL, with_both(replace(HARD, instances=(*HARD.instances, _SIBLING)), maxmemory="20gb"), "all other needs"
    ),
    case(
        "17",
        FAIL,
        replace(
            HARD,
            memory=replace(
                HARD.memory, limits=(MemoryLimit(limit=Memory(8 * GIB), source="/sys/fs/cgroup/x/memory.max"),)
            ),
        ),
        "/sys/fs/cgroup/x/memory.max allows 8.0 GiB",
    ),
    case(
        "17",
        FAIL,
        replace(
            HARD,
            memory=replace(
                HARD.memory,
                limits=(MemoryLimit(limit=Memory(8 * GIB), source=resource_limit("RLIMIT_AS", "redis-server")),),
            ),
        ),
        "RLIMIT_AS of redis-server allows 8.0 GiB",
    ),
    case(
        "17",
        UNKNOWN,
        replace(HARD, memory=replace(HARD.memory, total=unreadable("/proc/meminfo"))),
        "could not be read",
    ),
    # A limit that no data fits into, and one that is exceeded.
    case("17", FAIL, with_both(HARD, maxmemory="1"), "maxmemory 1 byte leaves no room for data"),
    case("17", FAIL, with_file(STOPPED, "maxmemory 1"), "leaves no room for data"),
    case("17", FAIL, with_file(HARD, "maxmemory 500kb"), "leaves no room for data"),
    case("17", FAIL, using(2 * GIB, maxmemory="1gb"), "2.0 GiB are in use, more than maxmemory 1.0 GiB"),
    case("17", FAIL, with_file(using(2 * GIB, maxmemory="4gb"), "maxmemory 1gb"), "more than maxmemory 1.0 GiB"),
    case("17", PASS, using(2 * GIB, maxmemory="1gb", info={"mem_not_counted_for_evict": str(GIB)})),
    case("17", FAIL, using(GIB + 1, maxmemory="1gb"), "more than maxmemory"),
    case("17", PASS, using(GIB + 1, maxmemory="1gb", maxmemory_policy="allkeys-lru")),
    case("17", FAIL, using(2 * GIB, maxmemory="1gb", maxmemory_policy="allkeys-lru"), "more than maxmemory"),
    case("17", FAIL, using(GIB + 1, maxmemory="1gb", maxmemory_policy="volatile-lru"), "more than maxmemory"),
    case(
        "17",
        PASS,
        using(GIB + 1, maxmemory="1gb", maxmemory_policy="volatile-lru", info={"db0": "keys=9,expires=3,avg_ttl=1"}),
    ),
    # The backlog is a part of maxmemory, the buffers of replicas are not.
    case("17", FAIL, with_both(with_role(HARD, Role.PRIMARY), maxmemory="64mb", repl_backlog_size="64mb"), "leaves no"),
    case("17", PASS, with_both(HARD, maxmemory="64mb", repl_backlog_size="64mb")),
    case(
        "17",
        FAIL,
        with_live(with_role(with_both(HARD, maxmemory="23gb"), Role.PRIMARY), {_BUFFERS: "slave 8gb 4gb 60"}),
        "all other needs",
    ),
    case(
        "17",
        FAIL,
        with_live(with_role(HARD, Role.PRIMARY), {_BUFFERS: "slave 0 0 0"}),
        "Output buffers of replicas have no limit",
    ),
    case("17", FAIL, with_live(HARD, {_BUFFERS: "pubsub 0 0 0"}), "Output buffers of subscribers have no limit"),
    case("17", FAIL, with_file(HARD, f"{_BUFFERS} pubsub 0 0 0"), "Output buffers of subscribers"),
    case("17", PASS, with_live(HARD, {_BUFFERS: "pubsub 0 0 0", "maxmemory-clients": "5%"})),
    # A large one passes, and its price is said.
    case("17", PASS, with_both(_LARGE, maxmemory="96gb"), "fork of a save stops the server for about 1.0 s"),
    # What was not seen is not judged.
    case("17", UNKNOWN, BLIND, "could not be read"),
    case("17", UNKNOWN, with_live(HARD, info={"aof_enabled": "1"}), "INFO memory"),
    case("17", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "Sentinel keeps no data"),
    case("17", FAIL, with_live(with_both(HARD, maxmemory_policy="allkeys-lru"), command_calls={"brpop": 7}), "a queue"),
    *setting("18", "timeout", "300", "0"),
    *_kernel("19", "thp.enabled", "never", "always"),
    case(
        "19",
        FAIL,
        with_kernel(HARD, "thp.sizes", "64kB=always"),
        "on by their size, whatever thp.enabled says: 64kB is",
    ),
    case("19", PASS, with_process(HARD, anonymous_huge_pages=unreadable("/proc/1/smaps_rollup"))),
    case("19", FAIL, with_process(HARD, anonymous_huge_pages=Memory(1 << 21)), "has 2 MiB of huge pages"),
    *_kernel("20", "vm.overcommit_memory", "1", "2"),
]
