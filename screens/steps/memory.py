"""How much memory Redis can use, and what happens when it is full."""

from textual.app import ComposeResult
from textual.widgets import Static

from screens.fields import is_asked
from screens.session import Session
from screens.steps.form import FormStep, title
from screens.text.formatting import literal
from screens.text.steps import memory as texts
from screens.theme import TextStyle
from screens.widgets.field import Field
from screens.widgets.option_widgets import Option
from wizard.errors import PlanError
from wizard.model.answers import EvictionPolicy, MemoryAnswers, Purpose
from wizard.planning.preview.eviction import eviction_effect
from wizard.planning.preview.memory import memory_use

_PURPOSES = {
    Purpose.STORE: "Primary data store",
    Purpose.CACHE_HOT: "Cache, hot keys",
    Purpose.CACHE_RECENT: "Cache, recent keys",
    Purpose.CACHE_MIXED: "Cache + permanent keys",
    Purpose.QUEUE: "Queues, streams, locks",
    Purpose.CUSTOM: "Another policy",
}


class MemoryStep(FormStep):
    """Asks for maxmemory and for the purpose of the data."""

    step = "memory"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._use = Static()
        self._effect = Static(classes="effect")
        self._policy: Field | None = None

    def body(self) -> ComposeResult:
        """Yield the bar, the amount, the purpose and the details."""
        yield self._use
        yield self.line("memory.maxmemory", width=12)
        yield title("What is this data for?")
        yield self.choice("memory.purpose", tuple(self._purpose(each) for each in _PURPOSES))
        self._policy = self.choice("memory.policy", tuple(self._policy_option(each) for each in EvictionPolicy))
        yield self._policy
        yield self._effect
        yield self.line("memory.samples", width=12)
        yield self.line("memory.system_reserve", width=12)
        yield self.line("memory.copy_on_write_percent", width=12)

    def _purpose(self, purpose: Purpose) -> Option:
        label = _PURPOSES[purpose].ljust(max(map(len, _PURPOSES.values())))
        effect = eviction_effect(self.session.instance, MemoryAnswers(purpose=purpose))
        detail = "one of eight" if purpose is Purpose.CUSTOM else f"{effect.policy:<13}{effect.brief}"
        return Option(key=purpose, label=label, detail=detail)

    def _policy_option(self, named: EvictionPolicy) -> Option:
        effect = eviction_effect(self.session.instance, MemoryAnswers(purpose=Purpose.CUSTOM, policy=named))
        return Option(key=named, label=named.ljust(15), detail=f"{effect.order:<20}{effect.brief}")

    def show_session(self, session: Session) -> None:
        """Show the policies for a custom purpose, and what the answers do."""
        super().show_session(session)
        if self._policy is not None:
            self._policy.display = is_asked(session.answers, self._policy.answer)

    def show_typed(self, session: Session) -> None:
        """Draw the bar and the effect of the policy for what is typed now."""
        answers = session.answers.memory
        effect = eviction_effect(session.instance, answers)
        self._effect.update(literal(effect.sentence, TextStyle.ACCENT))
        if session.facts is None:
            return
        try:
            self._use.update(texts.use(memory_use(session.facts, session.instance, answers), self.text_width))
        except PlanError:
            # Half of an amount is typed; the line below the field says so when it is left.
            return
