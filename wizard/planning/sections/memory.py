"""The memory limit, and what happens when memory is full."""

from wizard.formats.redisconf.memory import memory_or_zero, render_memory
from wizard.model.answers import EvictionPolicy, MemoryAnswers, Purpose
from wizard.model.change import Risk
from wizard.model.dataset import MIB, cost_of_size, writes_per_second
from wizard.model.facts.service import Role
from wizard.model.plan import Note
from wizard.model.text import format_amount, number_or
from wizard.model.value import Memory, replace
from wizard.planning.context import Context
from wizard.planning.goals import DirectiveGoal, SectionPlan, goal
from wizard.planning.sizing import Size, current, round_up, sizing, used_memory

POLICIES = {
    Purpose.STORE: EvictionPolicy.NOEVICTION,
    Purpose.CACHE_HOT: EvictionPolicy.ALLKEYS_LFU,
    Purpose.CACHE_RECENT: EvictionPolicy.ALLKEYS_LRU,
    Purpose.CACHE_MIXED: EvictionPolicy.VOLATILE_LRU,
    Purpose.QUEUE: EvictionPolicy.NOEVICTION,
}


_OUTAGE_SECONDS = 300
"""How long a replica may be away without a full sync: a restart or a lost network."""
_MOST_BACKLOG = 512 * MIB


def plan_section(context: Context) -> SectionPlan:
    """Want the limit, the policy and the samples."""
    answers = context.answers.memory
    if context.is_replicated:
        note = f"not changed: this server is a {context.role}, and a change without its group can break the group"
        return SectionPlan(notes=(Note(subject="memory", text=note),))
    size = sizing(context.facts, context.instance, answers, now=current(context))
    wanted = [_policy(context, size), goal("maxmemory-samples", (str(answers.samples),))]
    texts = (size.problem, cost_of_size(_limit_then(context, size)))
    if backlog := _backlog(context):
        wanted.append(backlog)
    notes = tuple(Note(subject="memory", text=text) for text in texts if text)
    if size.amount is not None:
        wanted.insert(0, _limit(context, size))
    return SectionPlan(wanted=tuple(wanted), notes=notes)


def _limit(context: Context, size: Size) -> DirectiveGoal:
    amount = size.amount or Memory(0)
    used = used_memory(context.instance)
    evicts = policy(context.answers.memory) is not EvictionPolicy.NOEVICTION
    low = bool(amount) and used > amount
    loses = "keys are evicted at once" if evicts else "writes are refused at once"
    limit = goal("maxmemory", (render_memory(amount),))
    return replace(
        limit,
        why=f"{limit.why.removesuffix('.')}: {_sum(size)}.",
        risk=Risk.NONE if not low else Risk.DATA if evicts else Risk.DENY,
        evidence=f"{format_amount(used)} are in use now, more than this limit: {loses}" if low else "",
        requires_consent=low and evicts,
    )


def _sum(size: Size) -> str:
    if not size.terms:
        return "as answered"
    first, *rest = size.terms
    return " - ".join(
        [f"{format_amount(first.amount)} {first.label}", *(f"{format_amount(-t.amount)} {t.label}" for t in rest)]
    )


def policy(answers: MemoryAnswers) -> EvictionPolicy:
    """Return the policy that follows from the purpose, or the named one."""
    return POLICIES.get(answers.purpose, answers.policy)


def _policy(context: Context, size: Size) -> DirectiveGoal:
    wanted = policy(context.answers.memory)
    old = context.value("maxmemory-policy", EvictionPolicy.NOEVICTION)
    starts = old == EvictionPolicy.NOEVICTION and wanted is not EvictionPolicy.NOEVICTION
    used, limit = used_memory(context.instance), _limit_then(context, size)
    at_once = starts and 0 < limit < used
    evidence = "no key is evicted now; with this policy keys are evicted when memory is full"
    if at_once:
        evidence += f", and {format_amount(used)} of {format_amount(limit)} are in use: that is at once"
    return replace(
        goal("maxmemory-policy", (wanted.value,)),
        why=f"Purpose {context.answers.memory.purpose}: what happens when memory is full.",
        risk=Risk.DATA if starts else Risk.NONE,
        evidence=evidence if starts else "",
        requires_consent=at_once,
    )


def _backlog(context: Context) -> DirectiveGoal | None:
    """Hold the writes of an outage of a replica, so that it needs no full sync; never less than now."""
    in_force = context.in_force("repl-backlog-size")
    if context.live is None or in_force is None or context.role is not Role.PRIMARY:
        return None
    rate, now = writes_per_second(context.live.info), memory_or_zero(in_force)
    needed = min(int(round_up(rate * _OUTAGE_SECONDS)), _MOST_BACKLOG)
    if needed <= now:
        return None
    size = goal("repl-backlog-size", (render_memory(Memory(needed)),))
    return replace(size, why=f"{format_amount(rate)} are written in a second: {size.why[:1].lower()}{size.why[1:]}")


def _limit_then(context: Context, size: Size) -> int:
    """The limit that will be in force: the planned one, else the one of now; 0 for none."""
    if size.amount is not None:
        return int(size.amount)
    return number_or(context.in_force("maxmemory"))
