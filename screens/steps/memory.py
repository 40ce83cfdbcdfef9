"""Step 2: how much memory Redis may use, and what happens when that is full.

What may not live here: the sizing rule (`wizard.planning`).
"""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from screens.session import Session
from screens.steps.form import FormStep, heading
from screens.text.formatting import amount, amount_or_unknown, cut, lines, literal
from screens.theme import TextStyle
from screens.widgets.field import Field
from screens.widgets.option_widgets import Option
from wizard.model.answers import EvictionPolicy, Purpose
from wizard.model.facts import HostFacts, Instance, Unreadable
from wizard.model.plan import SizingTerm

_PURPOSES = (
    Option(key=Purpose.STORE, label="The only copy of data   ", detail="full: writes fail      noeviction"),
    Option(key=Purpose.CACHE_HOT, label="A cache, some keys hot  ", detail="full: cold keys go     allkeys-lfu"),
    Option(key=Purpose.CACHE_RECENT, label="A cache, recent is best ", detail="full: old keys go      allkeys-lru"),
    Option(key=Purpose.CACHE_MIXED, label="Cache + keys that stay  ", detail="full: keys with TTL go  volatile-lru"),
    Option(key=Purpose.QUEUE, label="Queues, streams, locks  ", detail="full: writes fail      noeviction"),
    Option(key=Purpose.CUSTOM, label="I name the policy below", detail=""),
)
_POLICIES = {
    EvictionPolicy.NOEVICTION: "writes fail, nothing is dropped",
    EvictionPolicy.ALLKEYS_LRU: "drops what was not used for longest",
    EvictionPolicy.ALLKEYS_LFU: "drops what is used least often",
    EvictionPolicy.ALLKEYS_RANDOM: "drops any key",
    EvictionPolicy.VOLATILE_LRU: "as allkeys-lru, only keys with a TTL",
    EvictionPolicy.VOLATILE_LFU: "as allkeys-lfu, only keys with a TTL",
    EvictionPolicy.VOLATILE_RANDOM: "drops any key with a TTL",
    EvictionPolicy.VOLATILE_TTL: "drops the key that ends soonest",
}


class MemoryStep(FormStep):
    """Asks for maxmemory and for what the data is."""

    step = "memory"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._sum = Static()
        self._policy: Field | None = None

    def body(self) -> ComposeResult:
        """Give the sum, the amount, the purpose and the fine print."""
        yield self._sum
        yield self.line("memory.maxmemory", width=12)
        yield heading("What is in this Redis?")
        yield self.choice("memory.purpose", _PURPOSES)
        policies = (Option(key=key, label=key.ljust(16), detail=detail) for key, detail in _POLICIES.items())
        self._policy = self.choice("memory.policy", tuple(policies))
        yield self._policy
        yield self.line("memory.samples", width=12)
        yield self.line("memory.system_reserve", width=12)
        yield self.line("memory.copy_on_write_percent", width=12)

    def show_session(self, session: Session) -> None:
        """Show the sum of the newest plan, and the policies when one is to be named."""
        super().show_session(session)
        if self._policy is not None:
            self._policy.display = session.answers.memory.purpose is Purpose.CUSTOM
        terms = session.plan.sizing if session.plan is not None else ()
        self._sum.update(sum_of(terms) if terms else _machine(session.facts, session.instance))


def sum_of(terms: tuple[SizingTerm, ...]) -> Content:
    """Write the sum behind maxmemory, a term a line with its source, the result last."""
    rows = (f"{amount(term.amount):>12}  {cut(term.label, 34):<34} {term.source}" for term in terms)
    return lines(*(literal(cut(text, 76), TextStyle.MUTED) for text in rows))


def _machine(facts: HostFacts | None, instance: Instance | None) -> Content:
    if facts is None:
        return literal("")
    used = ""
    if instance is not None and not isinstance(instance.live, Unreadable):
        used = f", used by Redis now {amount(int(instance.live.info.get('used_memory', '0') or 0))}"
    return literal(f"{amount_or_unknown(facts.memory.total)} RAM{used}")
