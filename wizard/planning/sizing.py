"""The sum behind ``maxmemory``.

``(what there is - system - others) ÷ (1 + copy-on-write)``, taken for the whole machine and for every
control group on the way to the service; the smallest counts.
"""

from collections.abc import Sequence

from wizard.config import configuration_of
from wizard.errors import InvalidValueError, PlanError
from wizard.formats.redisconf.memory import memory_or_zero, parse_memory
from wizard.model.answers import MemoryAnswers
from wizard.model.dataset import GIB, MIB, empty_server
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.limits import limits_of
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.plan import SizingTerm
from wizard.model.text import format_amount, number, number_or
from wizard.model.value import Memory, Value
from wizard.planning.context import Context

_HIGHEST_PERCENT = 110
_GROWTH_PERCENT = 110


class AvailableMemory(Value, frozen=True, kw_only=True):
    """What is left for ``maxmemory`` under one ceiling."""

    terms: tuple[SizingTerm, ...]
    """The sum, the ceiling first."""
    before_copies: int
    """Bytes left before the reserve for copy-on-write; may be negative."""
    amount: int
    """Bytes for ``maxmemory``, exact; may be negative."""


class Size(Value, frozen=True, kw_only=True):
    """The amount for ``maxmemory`` and the sum behind it."""

    amount: Memory | None
    """``None`` where no amount is possible; `problem` says why."""
    terms: tuple[SizingTerm, ...]
    problem: str = ""


# --- the sum -------------------------------------------------------------------------------------


def sizing(facts: HostFacts, instance: Instance, answers: MemoryAnswers, *, now: Memory | None = None) -> Size:
    """Return the amount that the answers come to on this host.

    Args:
        facts: The host.
        instance: The server in question.
        answers: What the operator wants.
        now: The limit that the file sets now. With ``auto`` it stays as long as it fits: at most 110 %
            of the exact sum, and a tenth more than the data needs unless keys are evicted. So a limit
            that an administrator chose is respected, and passing memory of other processes does not
            change the plan.

    Raises:
        PlanError: the amount, percentage or reserve has another form.
    """
    if answers.maxmemory == "keep":
        return Size(amount=None, terms=())
    if answers.maxmemory != "auto" and not answers.maxmemory.endswith("%"):
        return Size(amount=amount_of(answers.maxmemory), terms=())
    ceilings = _ceilings(facts, instance, answers)
    if not ceilings:
        return Size(amount=None, terms=(), problem="the size of memory could not be read; give maxmemory as an amount")
    if answers.maxmemory.endswith("%"):
        lowest = min(each.total for each in ceilings)
        return Size(amount=round_down(lowest * percent_of(answers.maxmemory) // 100), terms=())
    rooms = [_room(facts, instance, answers, ceiling) for ceiling in ceilings]
    info = instance.live.info if isinstance(instance.live, LiveServer) else {}
    return _auto(
        min(rooms, key=lambda room: room.amount),
        used_memory(instance),
        now if now and now > empty_server(info) else None,
        holds=evicts(instance) or not isinstance(instance.live, LiveServer),
    )


def _auto(room: AvailableMemory, used: int, now: Memory | None, *, holds: bool) -> Size:
    """Size by the sum; `holds` says that a limit which fits is enough, whatever the data has."""
    if now and now * 100 <= room.amount * _HIGHEST_PERCENT and (holds or used * _GROWTH_PERCENT <= now * 100):
        return Size(amount=now, terms=room.terms)
    wanted = max(round_down(max(room.amount, 0)), round_up(used * _GROWTH_PERCENT // 100) if used else 0)
    if wanted <= 0 or wanted > room.before_copies:
        text = (
            f"{format_amount(max(room.amount, 0))} are left for maxmemory and {format_amount(used)} are in use now; "
            "free memory, or give maxmemory as an amount"
        )
        return Size(amount=None, terms=room.terms, problem=text)
    return Size(amount=Memory(wanted), terms=room.terms)


def available_memory(facts: HostFacts, instance: Instance, answers: MemoryAnswers) -> int | None:
    """Give the bytes that the tightest ceiling leaves for ``maxmemory`` before copies, ``None`` where unknown."""
    rooms = [_room(facts, instance, answers, ceiling) for ceiling in _ceilings(facts, instance, answers)]
    return max(0, min(room.before_copies for room in rooms)) if rooms else None


def tightest(facts: HostFacts, instance: Instance, answers: MemoryAnswers) -> AvailableMemory | None:
    """Return what the tightest ceiling leaves, with the sum behind it; ``None`` where no ceiling is known.

    Raises:
        PlanError: the reserve has another form.
    """
    rooms = [_room(facts, instance, answers, ceiling) for ceiling in _ceilings(facts, instance, answers)]
    return min(rooms, key=lambda room: room.amount, default=None)


class _Ceiling(Value, frozen=True, kw_only=True):
    """Memory that the server may not exceed."""

    label: str
    total: int
    reserve: int = 0
    """Bytes for the system, which has nothing inside a control group."""
    others: int = 0
    """Bytes of other processes under it."""
    shared: bool
    """Other servers may be under it too."""


def _ceilings(facts: HostFacts, instance: Instance, answers: MemoryAnswers) -> list[_Ceiling]:
    """Return the machine and each control group."""
    unit = instance.unit.name if instance.unit else ""
    found = []
    if not isinstance(facts.memory.total, Unreadable):
        total = int(facts.memory.total)
        kept, others = reserve(answers, total), facts.memory.taken
        found = [_Ceiling(label="memory of the machine", total=total, reserve=kept, others=others, shared=True)]
    for limit in limits_of(facts, instance):
        own = bool(unit) and (unit in limit.source or limit.source.endswith("MemoryMax"))
        others = 0 if own else facts.memory.taken_by_processes
        found.append(_Ceiling(label=f"limit in {limit.source}", total=int(limit.limit), others=others, shared=not own))
    return found


def _room(facts: HostFacts, instance: Instance, answers: MemoryAnswers, ceiling: _Ceiling) -> AvailableMemory:
    terms = [SizingTerm(label=ceiling.label, amount=ceiling.total, source="read from the kernel")]
    if ceiling.reserve:
        terms.append(SizingTerm(label="for the system", amount=-ceiling.reserve, source="answer system_reserve"))
    if ceiling.shared:
        source = "memory of their own, and what they share"
        terms.append(SizingTerm(label="other processes", amount=-ceiling.others, source=source))
        siblings = (each for each in facts.instances if each.name != instance.name and each.in_use)
        terms += [_sibling(each, answers.copy_on_write_percent) for each in siblings]
    left = sum(term.amount for term in terms)
    amount = left * 100 // (100 + answers.copy_on_write_percent)
    source = f"{answers.copy_on_write_percent} % of maxmemory, for the fork of a save"
    terms.append(SizingTerm(label="for copy-on-write", amount=amount - left if left > 0 else 0, source=source))
    return AvailableMemory(terms=tuple(terms), before_copies=left, amount=amount)


def _sibling(sibling: Instance, copies_percent: int) -> SizingTerm:
    """Count a sibling with its own copies during a save: only then do the sums of both agree."""
    resident = sibling.process.resident if sibling.process else 0
    full = _limit_of(sibling) * (100 + copies_percent) // 100
    source = "its maxmemory with the copies of a save, or what it has now"
    return SizingTerm(label=f"instance {sibling.name}", amount=-max(full, resident), source=source)


def _limit_of(instance: Instance) -> int:
    return memory_or_zero(configuration_of(instance).value("maxmemory"))


def reserve(answers: MemoryAnswers, total: int) -> int:
    """Return what is kept for the system: by answer, else the larger of 1 GiB and 6 %, at most half."""
    if answers.system_reserve != "auto":
        return amount_of(answers.system_reserve)
    return min(max(GIB, total * 6 // 100), total // 2)


def round_down(amount: int) -> Memory:
    """Round to a readable amount: whole MiB below 64, steps of 64 MiB below 1 GiB, of 256 MiB below 8, then GiB."""
    step = _step(amount)
    return Memory(amount // step * step)


def round_up(amount: int) -> Memory:
    """Round up to an amount of the same steps as `round_down`."""
    step = _step(amount)
    return Memory(-(-amount // step) * step)


def _step(amount: int) -> int:
    steps: Sequence[tuple[int, int]] = ((64 * MIB, MIB), (GIB, 64 * MIB), (8 * GIB, 256 * MIB))
    return next((step for below, step in steps if amount < below), GIB)


# --- reading -------------------------------------------------------------------------------------


def amount_of(text: str) -> Memory:
    """Read an amount of an answer; ``4gb`` as the server writes it, ``4 GiB`` as people do.

    Raises:
        PlanError: it has another form.
    """
    plain = text.lower().replace(" ", "").replace("ib", "b")
    try:
        return parse_memory(plain)
    except InvalidValueError:
        raise PlanError(f"{text!r} is not an amount of memory; write for example 4gb, 60% or auto") from None


def percent_of(text: str) -> int:
    """Read a percentage of an answer, 1 to 100.

    Raises:
        PlanError: it has another form.
    """
    found = number(text.removesuffix("%").strip())
    if found is not None and 1 <= found <= 100:  # noqa: PLR2004 - percent
        return found
    raise PlanError(f"{text!r} is not a percentage; write 1% to 100%")


def used_memory(instance: Instance) -> int:
    """Return the bytes that the data uses now: by the server's word, else what its process has resident."""
    if not isinstance(instance.live, LiveServer):
        return instance.process.resident if instance.process else 0
    return number_or(instance.live.info.get("used_memory"))


def evicts(instance: Instance) -> bool:
    """Return whether a full server drops keys now."""
    return configuration_of(instance).value("maxmemory-policy") != "noeviction"


def current(context: Context) -> Memory | None:
    """Return the limit that the file sets, ``None`` without one."""
    amount = memory_or_zero(" ".join(context.next_start("maxmemory") or ()))
    return Memory(amount) if amount else None
