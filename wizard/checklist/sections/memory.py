"""Memory and Configuration: items 17 to 20."""

from wizard.checklist.context import AS_ROOT, CheckContext
from wizard.checklist.item import Item
from wizard.checklist.kernel import judge_kernel
from wizard.checklist.result import Judgement, all_of, failed, observed, passed, unknown
from wizard.checklist.setting import Setting, judge, setting
from wizard.config import configuration_of
from wizard.formats.redisconf.memory import memory_or_zero
from wizard.model.facts import MemoryLimit, Unreadable
from wizard.model.finding import Evidence, Severity
from wizard.model.host import Instance, limits_of
from wizard.model.text import at_least

MIB = 1 << 20
GIB = 1 << 30
LEAST_RESERVE_PERCENT = 15
"""Least copy-on-write reserve in percent of maxmemory; 25 is better."""

_POLICIES = frozenset(
    ("noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random")
) | {"volatile-ttl"}


# --- 17 maxmemory ------------------------------------------------------------------------------------


def maxmemory(subject: CheckContext) -> Judgement:
    """Judge the limit, the policy, and the sum under every ceiling."""
    limit = setting(subject, "maxmemory")
    parts = [
        judge(subject, "maxmemory", lambda value: memory_or_zero(value) > 0, wanted="a limit above 0"),
        judge(subject, "maxmemory-policy", lambda value: value.lower() in _POLICIES, wanted="an eviction policy"),
        _fits(subject, _largest(limit)),
    ]
    return all_of(parts, summary=f"The limit of {readable(_largest(limit))} leaves room for the fork of a save.")


def _largest(limit: Setting) -> int:
    """The larger of live and file: both must fit."""
    return max(memory_or_zero(limit.live or ""), memory_or_zero(limit.file or ""))


def _fits(subject: CheckContext, limit: int) -> Judgement:
    """Compare the sum with the machine and with every limit on the way to the service."""
    total = subject.facts.memory.total
    if isinstance(total, Unreadable):
        return unknown(f"The size of memory could not be read ({total.why}).", fix=AS_ROOT)
    if not limit:
        return failed("Without a limit the kernel kills the server when memory is full.", _machine(total))
    parts = [_machine_fits(subject, limit, int(total))]
    parts += [_limit_fits(limit, each) for each in limits_of(subject.facts, subject.instance)]
    return all_of(parts, summary="")


def _machine(total: int) -> Evidence:
    return observed("memory of the machine", "/proc/meminfo", readable(total))


def _machine_fits(subject: CheckContext, limit: int, total: int) -> Judgement:
    """All that shares the machine, with the limit and its copy-on-write reserve."""
    others = sum(each.resident for each in subject.facts.memory.others)
    others_here = (each for each in subject.facts.instances if each.name != subject.instance.name and each.in_use)
    siblings = [(each.name, _sibling(each)) for each in others_here]
    system = _system(total)
    copies = limit * LEAST_RESERVE_PERCENT // 100
    evidence = (
        _machine(total),
        observed("maxmemory", "live server and file", readable(limit)),
        observed("copy-on-write reserve", f"{LEAST_RESERVE_PERCENT} % of maxmemory", readable(copies)),
        observed("other processes", "resident memory", readable(others)),
        *(observed(f"instance {name}", "its maxmemory or resident memory", readable(size)) for name, size in siblings),
        observed("reserved for the system", "3 % of memory, at least 512 MiB", readable(system)),
    )
    needed = limit + copies + others + system + sum(size for _, size in siblings)
    if needed > total:
        return failed(
            f"maxmemory and all other needs add up to {readable(needed)}; the machine has {readable(total)}.", *evidence
        )
    return passed("", *evidence, observed("sum", "of the above", f"{readable(needed)} of {readable(total)}"))


def _limit_fits(limit: int, ceiling: MemoryLimit) -> Judgement:
    """The process alone counts under the limit of its own group."""
    needed = limit * (100 + LEAST_RESERVE_PERCENT) // 100
    evidence = observed("memory limit", ceiling.source, readable(ceiling.limit))
    if needed <= ceiling.limit:
        return passed("", evidence)
    words = (
        f"maxmemory and its copy-on-write reserve need {readable(needed)}; "
        f"{ceiling.source} allows {readable(ceiling.limit)}."
    )
    return failed(words, evidence)


def _system(total: int) -> int:
    """Least that the system needs: half of what planning keeps, so that a small change is no failure."""
    return min(max(GIB // 2, total * 3 // 100), total // 4)


def _sibling(instance: Instance) -> int:
    """What another server on this host may take."""
    limit = configuration_of(instance).value("maxmemory")
    return max(memory_or_zero(limit), instance.process.resident if instance.process else 0)


def readable(size: int) -> str:
    """Write an amount for people."""
    if size >= GIB:
        return f"{size / GIB:.1f} GiB"
    return f"{size / MIB:.0f} MiB"


# --- 18 timeout --------------------------------------------------------------------------------------


def timeout(subject: CheckContext) -> Judgement:
    """Any positive number of seconds."""
    return judge(subject, "timeout", lambda value: at_least(value, 1), wanted="more than 0, such as 300")


ITEMS = (
    Item(
        id="17",
        title="maxmemory leaves room for a save",
        sentence="maxmemory is set with a 15–25% buffer for BGSAVE COW overhead; eviction policy is configured.",
        severity=Severity.HIGH,
        step="memory",
        check=maxmemory,
        not_on_sentinel="A Sentinel keeps no data, so it needs no maxmemory.",
        fix="Set a maxmemory that fits, with its copy-on-write reserve, other processes and the system, in memory and "
        "in every limit of the service.",
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
        check=lambda subject: judge_kernel(subject, "thp.enabled", "never"),
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
