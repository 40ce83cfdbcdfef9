"""Memory and Configuration: items 17 to 20."""

from wizard.checklist.context import CheckContext
from wizard.checklist.item import Item
from wizard.checklist.kernel import judge_kernel
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.setting import LIVE, SettingState, judge, setting
from wizard.config import configuration_of, queue_evidence
from wizard.formats.redisconf.memory import memory_or_zero
from wizard.formats.redisconf.values import limits_by_class
from wizard.model.dataset import GIB, cost_of_size, counted_memory, empty_server, keyspace
from wizard.model.facts.instance import Instance
from wizard.model.facts.limits import limits_of
from wizard.model.facts.machine import MemoryLimit
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Evidence, Severity, State
from wizard.model.text import at_least, format_amount
from wizard.model.value import replace

LEAST_RESERVE_PERCENT = 15
"""Least copy-on-write reserve in percent of maxmemory; 25 is better."""
_EVICTION_SLACK = 5
_WORDS = 4
"""Of a client-output-buffer-limit: the class, the hard limit, the soft limit and its seconds."""

_POLICIES = frozenset(
    ("noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random")
) | {"volatile-ttl"}


# --- 17 maxmemory ------------------------------------------------------------------------------------


def maxmemory(subject: CheckContext) -> Judgement:
    """Judge the limit, the policy, the memory in use, and the sum under every ceiling."""
    limit = setting(subject, "maxmemory")
    largest = max(_amounts(limit), default=0)
    parts = [
        judge(subject, "maxmemory", lambda value: memory_or_zero(value) > 0, wanted="a limit above 0"),
        judge(subject, "maxmemory-policy", lambda value: value.lower() in _POLICIES, wanted="an eviction policy"),
        _keeps_jobs(subject),
        _holds_data(subject, limit),
        _buffers(subject),
        _fits(subject, largest),
    ]
    summary = f"The limit of {format_amount(largest)} leaves room for the fork of a save. {cost_of_size(largest)}"
    return all_of(parts, summary=summary.strip())


def _keeps_jobs(subject: CheckContext) -> Judgement:
    """A queue whose keys may be evicted loses unfinished jobs."""
    policy = setting(subject, "maxmemory-policy")
    seen = queue_evidence(subject.instance)
    if not seen or not any((text or "").lower().startswith("allkeys-") for text in (policy.live, policy.file)):
        return not_applicable("")
    words = f"{seen}: these keys are a queue, and the eviction policy may drop unfinished jobs."
    return failed(words, *policy.evidence, fix="Set maxmemory-policy noeviction, live and in the file.")


def _amounts(limit: SettingState) -> list[int]:
    """The limits live and in the file: both must hold the data and fit."""
    return [size for text in (limit.live, limit.file) if (size := memory_or_zero(text or ""))]


def _holds_data(subject: CheckContext, limit: SettingState) -> Judgement:
    """Compare the lower limit with an empty server and its backlog, and with the memory in use."""
    lowest = min(_amounts(limit), default=0)
    info = subject.live.info if subject.live else {}
    if not lowest:
        return not_applicable("")
    least = empty_server(info) + _backlog(subject)
    evidence = observed("an empty server and its replication backlog", "INFO or known", format_amount(least))
    if lowest <= least:
        return failed(f"maxmemory {format_amount(lowest)} leaves no room for data.", evidence, *limit.evidence)
    if not subject.running:
        return passed("", evidence)
    used = counted_memory(info)
    if used is None:
        return subject.cannot_ask("INFO memory")
    more = observed("memory that counts", f"{LIVE}, INFO memory", format_amount(used))
    if used * 100 > lowest * (100 + _slack(subject)):
        return failed(
            f"{format_amount(used)} are in use, more than maxmemory {format_amount(lowest)}.", more, *limit.evidence
        )
    return passed("", evidence, more)


def _backlog(subject: CheckContext) -> int:
    """The replication backlog counts inside maxmemory once there was a replica (measured)."""
    active = subject.live is not None and subject.live.info.get("repl_backlog_active") == "1"
    if not active and subject.role is not Role.PRIMARY:
        return 0
    return memory_or_zero(subject.configuration.value("repl-backlog-size"))


def _slack(subject: CheckContext) -> int:
    """Percent above the limit at which a server that drops keys can be found; others refuse writes by then."""
    policy = subject.configuration.value("maxmemory-policy").lower()
    info = subject.live.info if subject.live else {}
    expires = any(expiring for _, expiring in keyspace(info.items()).values())
    drops = policy.startswith("allkeys") or (policy.startswith("volatile") and expires)
    return _EVICTION_SLACK if drops else 0


def _buffers(subject: CheckContext) -> Judgement:
    """Buffers of subscribers, and of replicas where there are any, need a limit: they grow beyond maxmemory."""
    limits = setting(subject, "client-output-buffer-limit")
    texts = [text for text in (limits.live, limits.file) if text is not None]
    classes = ["pubsub", *(["slave"] if _replicas(subject) else [])]
    endless = {name for text in texts for name in classes if _is_endless(text, name)}
    if not texts or _clients_bounded(subject):
        endless -= {"pubsub"}
    if endless:
        words = " and ".join("replicas" if name == "slave" else "subscribers" for name in sorted(endless))
        return failed(f"Output buffers of {words} have no limit: they grow beyond maxmemory.", *limits.evidence)
    return passed("", *limits.evidence) if texts else not_applicable("")


def _is_endless(text: str, name: str) -> bool:
    words = limits_by_class(text.split()).get(name, ())
    return len(words) == _WORDS and not memory_or_zero(words[1]) and not memory_or_zero(words[2])


def _clients_bounded(subject: CheckContext) -> bool:
    """Return whether ``maxmemory-clients`` bounds all clients together, replicas left out."""
    return subject.configuration.value("maxmemory-clients", "0") not in ("0", "")


def _replicas(subject: CheckContext) -> int:
    connected = len(subject.live.replicas) if subject.live else 0
    return max(connected, 1 if subject.role is Role.PRIMARY else 0)


def _fits(subject: CheckContext, limit: int) -> Judgement:
    """Compare the sum with the machine and with every limit on the way to the service."""
    if not limit:
        return not_applicable("")
    total = subject.facts.memory.total
    if isinstance(total, Unreadable):
        return unknown(f"The size of memory could not be read ({total.why}).", fix=subject.look_again("/proc/meminfo"))
    own = limit + _replica_buffers(subject)
    parts = [_machine_fits(subject, own, int(total))]
    parts += [_limit_fits(own, each) for each in limits_of(subject.facts, subject.instance)]
    return all_of(parts, summary="")


def _replica_buffers(subject: CheckContext) -> int:
    """What may wait for replicas, which is not part of maxmemory."""
    words = limits_by_class(subject.configuration.value("client-output-buffer-limit").split()).get("slave", ())
    return _replicas(subject) * memory_or_zero(words[1]) if len(words) == _WORDS else 0


def _machine(total: int) -> Evidence:
    return observed("memory of the machine", "/proc/meminfo", format_amount(total))


def _machine_fits(subject: CheckContext, limit: int, total: int) -> Judgement:
    """All that shares the machine, with the limit and its copy-on-write reserve."""
    others = subject.facts.memory.taken
    others_here = (each for each in subject.facts.instances if each.name != subject.instance.name and each.in_use)
    siblings = [(each.name, _sibling(each)) for each in others_here]
    system = _system(total)
    copies = limit * LEAST_RESERVE_PERCENT // 100
    evidence = (
        _machine(total),
        observed("maxmemory and buffers of replicas", "live server and file", format_amount(limit)),
        observed("copy-on-write reserve", f"{LEAST_RESERVE_PERCENT} % of maxmemory", format_amount(copies)),
        observed("other processes", "memory of their own, and what they share", format_amount(others)),
        *(
            observed(f"instance {name}", "its maxmemory or resident memory", format_amount(size))
            for name, size in siblings
        ),
        observed("reserved for the system", "3 % of memory, at least 512 MiB", format_amount(system)),
    )
    needed = limit + copies + others + system + sum(size for _, size in siblings)
    if needed > total:
        return failed(
            f"maxmemory and all other needs add up to {format_amount(needed)}; the machine has {format_amount(total)}.",
            *evidence,
        )
    return passed("", *evidence, observed("sum", "of the above", f"{format_amount(needed)} of {format_amount(total)}"))


def _limit_fits(limit: int, ceiling: MemoryLimit) -> Judgement:
    """The process alone counts under the limit of its own group."""
    needed = limit * (100 + LEAST_RESERVE_PERCENT) // 100
    evidence = observed("memory limit", ceiling.source, format_amount(ceiling.limit))
    if needed <= ceiling.limit:
        return passed("", evidence)
    words = (
        f"maxmemory and its copy-on-write reserve need {format_amount(needed)}; "
        f"{ceiling.source} allows {format_amount(ceiling.limit)}."
    )
    return failed(words, evidence)


def _system(total: int) -> int:
    """Least that the system needs: half of what planning keeps, so that a small change is no failure."""
    return min(max(GIB // 2, total * 3 // 100), total // 4)


def _sibling(instance: Instance) -> int:
    """What another server on this host may take."""
    limit = configuration_of(instance).value("maxmemory")
    return max(memory_or_zero(limit), instance.process.resident if instance.process else 0)


# --- 18 timeout --------------------------------------------------------------------------------------


def timeout(subject: CheckContext) -> Judgement:
    """Any positive number of seconds."""
    return judge(subject, "timeout", lambda value: at_least(value, 1), wanted="more than 0, such as 300")


# --- 19 huge pages -----------------------------------------------------------------------------------


def _sizes_on(subject: CheckContext) -> Judgement:
    """Judge the sizes that are on whatever ``enabled`` says, on kernels that have more than one."""
    found = subject.kernel("thp.sizes")
    if found is None or isinstance(found.live, Unreadable):
        return not_applicable("")
    words = found.live.replace(" ", ", ").replace("=", " is ")
    return failed(
        f"Huge pages are on by their size, whatever thp.enabled says: {words}.",
        observed("hugepages-*/enabled", "kernel", found.live),
        fix="Write inherit to /sys/kernel/mm/transparent_hugepage/hugepages-*/enabled, now and by a unit at each boot.",
    )


def huge_pages(subject: CheckContext) -> Judgement:
    """Judge the kernel now and at boot, and what the process still has of them."""
    judged = judge_kernel(subject, "thp.enabled", "never")
    judged = all_of((judged, _sizes_on(subject)), summary=judged.summary)
    process = subject.instance.process
    if process is None or isinstance(process.anonymous_huge_pages, Unreadable):
        return judged
    size = process.anonymous_huge_pages
    evidence = observed("huge pages of the server", f"/proc/{process.pid}/smaps_rollup", format_amount(size))
    if judged.state is State.PASS and size:
        return failed(
            f"The server has {format_amount(size)} of huge pages from before they were switched off.",
            *judged.evidence,
            evidence,
            fix="Restart the server: it gets small pages.",
        )
    return replace(judged, evidence=(*judged.evidence, evidence))


ITEMS = (
    Item(
        id="17",
        title="maxmemory leaves room for a save",
        sentence="maxmemory is set with a 15–25% buffer for BGSAVE COW overhead; eviction policy is configured.",
        severity=Severity.HIGH,
        step="memory",
        check=maxmemory,
        not_on_sentinel="A Sentinel keeps no data, so it needs no maxmemory.",
        fix="Set a maxmemory that fits in memory and in every limit of the service. Count its copy-on-write reserve, "
        "other processes and the system.",
        source="Chapter 9, item 17, and 5.1. The least of memory and every control group limit counts, not memory "
        "alone.",
    ),
    Item(
        id="18",
        title="Idle connections are closed",
        sentence="timeout is set (e.g., 300 seconds) to auto-close idle connections and prevent connection leaks.",
        severity=Severity.LOW,
        step="audit",
        check=timeout,
        not_on_sentinel="A Sentinel serves no application: its clients stay connected to hear of a failover.",
        fix="Set timeout 300; pools that keep idle connections need a health check or a shorter idle time.",
        source="Chapter 9, item 18. The chapter's line ends in a comment, with which the server does not start "
        "(measured). Replicas and subscribers are not closed.",
    ),
    Item(
        id="19",
        title="Transparent huge pages are off",
        sentence="Transparent Huge Pages are disabled: echo never > .../transparent_hugepage/enabled (system-wide).",
        severity=Severity.MEDIUM,
        step="kernel",
        check=huge_pages,
        fix="Write never to /sys/kernel/mm/transparent_hugepage/enabled, and let a unit do so at each boot.",
        source="Chapter 9, item 19, and 6. The redirection lasts until the next boot; a unit before the server repeats "
        "it.",
    ),
    Item(
        id="20",
        title="The kernel allows memory overcommit",
        sentence="vm.overcommit_memory = 1 prevents BGSAVE fork failure under high memory pressure.",
        severity=Severity.MEDIUM,
        step="kernel",
        check=lambda subject: judge_kernel(subject, "vm.overcommit_memory", "1"),
        fix="Set vm.overcommit_memory = 1 now and in the last file of /etc/sysctl.d that sets it.",
        source="Chapter 9, item 20, and 6. Of several files in sysctl.d the last name wins (sysctl.d(5)).",
    ),
)
