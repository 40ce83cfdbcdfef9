"""How much memory Redis can use, and what happens when it is full."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from screens.session import Session
from screens.steps.form import FormStep, heading
from screens.text.formatting import amount_or_unknown, cut, lines, literal
from screens.theme import TextStyle
from screens.widgets.field import Field
from screens.widgets.option_widgets import Option
from wizard.model.answers import EvictionPolicy, Purpose
from wizard.model.facts import Unreadable
from wizard.model.host import HostFacts, Instance
from wizard.model.plan import SizingTerm
from wizard.model.text import format_amount, number_or

_PURPOSES = (
    Option(key=Purpose.STORE, label="Primary data store    ", detail="full: writes fail       noeviction"),
    Option(key=Purpose.CACHE_HOT, label="Cache, hot keys       ", detail="full: evicts cold keys  allkeys-lfu"),
    Option(key=Purpose.CACHE_RECENT, label="Cache, recent keys    ", detail="full: evicts old keys   allkeys-lru"),
    Option(key=Purpose.CACHE_MIXED, label="Cache + permanent keys", detail="full: evicts TTL keys   volatile-lru"),
    Option(key=Purpose.QUEUE, label="Queues, streams, locks", detail="full: writes fail       noeviction"),
    Option(key=Purpose.CUSTOM, label="Custom policy         ", detail=""),
)
_POLICIES = {
    EvictionPolicy.NOEVICTION: "writes fail, no eviction",
    EvictionPolicy.ALLKEYS_LRU: "evicts the least recently used key",
    EvictionPolicy.ALLKEYS_LFU: "evicts the least frequently used key",
    EvictionPolicy.ALLKEYS_RANDOM: "evicts any key",
    EvictionPolicy.VOLATILE_LRU: "as allkeys-lru, only keys with a TTL",
    EvictionPolicy.VOLATILE_LFU: "as allkeys-lfu, only keys with a TTL",
    EvictionPolicy.VOLATILE_RANDOM: "evicts any key with a TTL",
    EvictionPolicy.VOLATILE_TTL: "evicts the key that expires first",
}


class MemoryStep(FormStep):
    """Asks for maxmemory and for the purpose of the data."""

    step = "memory"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._sum = Static()
        self._policy: Field | None = None

    def body(self) -> ComposeResult:
        """Yield the sum, the amount, the purpose and the details."""
        yield self._sum
        yield self.line("memory.maxmemory", width=12)
        yield heading("Purpose of the data")
        yield self.choice("memory.purpose", _PURPOSES)
        policies = (Option(key=key, label=key.ljust(16), detail=detail) for key, detail in _POLICIES.items())
        self._policy = self.choice("memory.policy", tuple(policies))
        yield self._policy
        yield self.line("memory.samples", width=12)
        yield self.line("memory.system_reserve", width=12)
        yield self.line("memory.copy_on_write_percent", width=12)

    def show_session(self, session: Session) -> None:
        """Show the sum of the newest plan, and the policies for a custom one."""
        super().show_session(session)
        if self._policy is not None:
            self._policy.display = session.answers.memory.purpose is Purpose.CUSTOM
        terms = session.plan.sizing if session.plan is not None else ()
        self._sum.update(sum_of(terms) if terms else _machine(session.facts, session.instance))


def sum_of(terms: tuple[SizingTerm, ...]) -> Content:
    """Return the sum behind maxmemory, a term a line with its source, the result last."""
    rows = (f"{format_amount(term.amount):>12}  {cut(term.label, 34):<34} {term.source}" for term in terms)
    return lines(*(literal(cut(text, 76), TextStyle.MUTED) for text in rows))


def _machine(facts: HostFacts | None, instance: Instance | None) -> Content:
    if facts is None:
        return literal("")
    used = ""
    if instance is not None and not isinstance(instance.live, Unreadable):
        used = f", Redis uses now {format_amount(number_or(instance.live.info.get('used_memory')))}"
    return literal(f"{amount_or_unknown(facts.memory.total)} RAM{used}")
