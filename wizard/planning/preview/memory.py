"""Where the memory goes by the answers: the system, other programs, the data, copies during a save, and the rest."""

from wizard.config import intended_configuration
from wizard.formats.redisconf.memory import memory_or_zero
from wizard.model.answers import EvictionPolicy, MemoryAnswers
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.text import format_amount
from wizard.model.value import Memory, Value, replace
from wizard.planning.preview.new_server import NEW_SERVER
from wizard.planning.sections.memory import policy
from wizard.planning.sizing import AvailableMemory, sizing, tightest, used_memory


class MemoryPart(Value, frozen=True, kw_only=True):
    """A part of the memory."""

    label: str
    amount: int
    """Bytes."""


class MemoryUse(Value, frozen=True, kw_only=True):
    """The memory under the tightest limit, in parts."""

    total: MemoryPart
    """The limit itself; 0 bytes where it could not be read."""
    kept: tuple[MemoryPart, ...] = ()
    """What is not for this server."""
    data: MemoryPart
    """``maxmemory``; 0 bytes for no limit."""
    copies: MemoryPart
    """Copies of changed pages during a save."""
    used: int | None
    """Bytes that the data uses now; ``None`` where the server could not be asked."""
    consequence: str
    """What the limit does, as a sentence."""
    harmful: bool = False
    """The consequence needs a second look."""

    @property
    def left(self) -> int:
        """The bytes that no part takes; negative where the parts do not fit."""
        return self.total.amount - sum(part.amount for part in (*self.kept, self.data, self.copies))


def memory_use(facts: HostFacts, instance: Instance | None, answers: MemoryAnswers) -> MemoryUse:
    """Return where the memory goes by the answers; without an instance, for a server that is installed first.

    Raises:
        PlanError: an answer has another form.
    """
    server = instance or NEW_SERVER
    room = tightest(facts, server, answers)
    limit, problem = _limit(facts, server, answers)
    copies = limit * answers.copy_on_write_percent // 100
    total, kept = _kept(room)
    use = MemoryUse(
        total=total,
        kept=kept,
        data=MemoryPart(label="maxmemory", amount=limit),
        copies=MemoryPart(label="copies in a save", amount=copies),
        used=used_memory(server) or None,
        consequence=problem,
        harmful=bool(problem),
    )
    return use if problem else _judged(use, policy(answers), new=instance is None)


def _kept(room: AvailableMemory | None) -> tuple[MemoryPart, tuple[MemoryPart, ...]]:
    if room is None:
        return MemoryPart(label="size of memory unknown", amount=0), ()
    first, *rest, _copies = room.terms
    kept = tuple(MemoryPart(label=term.label.removeprefix("for the "), amount=-term.amount) for term in rest)
    return MemoryPart(label=first.label, amount=first.amount), kept


def _limit(facts: HostFacts, instance: Instance, answers: MemoryAnswers) -> tuple[int, str]:
    """Return the limit in bytes, 0 for none, and why there is none."""
    configured = intended_configuration(instance)
    now = memory_or_zero(configured.value("maxmemory"))
    if answers.maxmemory == "keep":
        return now, ""
    planned = memory_or_zero(" ".join(configured.next_start("maxmemory") or ()))
    size = sizing(facts, instance, answers, now=Memory(planned) if planned else None)
    return (now, f"No limit is possible: {size.problem}.") if size.amount is None else (int(size.amount), "")


def _judged(use: MemoryUse, wanted: EvictionPolicy, *, new: bool) -> MemoryUse:
    text, harmful = _consequence(use, wanted, new=new)
    return replace(use, consequence=text, harmful=harmful)


def _consequence(use: MemoryUse, wanted: EvictionPolicy, *, new: bool) -> tuple[str, bool]:
    limit, used = use.data.amount, "" if use.used is None else format_amount(use.used)
    if not limit:
        return "No limit: the kernel stops the server when the memory is full.", True
    if use.used is not None and limit < use.used:
        loses = "writes fail" if wanted is EvictionPolicy.NOEVICTION else "keys are dropped"
        return f"Below the {used} in use now: {loses} at once.", True
    if use.total.amount and use.left < 0:
        return f"{format_amount(-use.left)} more than there is: a save may stop the server.", True
    if use.used is None:
        now = "" if new else " How much it uses now is unknown."
        return f"The data may have {format_amount(limit)}.{now}", False
    return f"{used} in use now; {format_amount(limit - use.used)} until memory is full.", False
