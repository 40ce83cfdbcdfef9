"""What the server records, and limits on clients."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from screens.session import Session
from screens.steps.form import FormStep, heading
from screens.text.formatting import literal
from screens.text.steps import audit as texts
from screens.theme import TextStyle
from screens.widgets.field import Field
from screens.widgets.option_widgets import Option
from wizard.settings import setting_of

_LEVELS = tuple(Option(key=level, label=level) for level in setting_of("audit.log_level").words)


class AuditStep(FormStep):
    """Asks what the server records."""

    step = "audit"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._events = Static(classes="effect")
        self._idle = Static(classes="effect")
        self._files = Static(classes="effect")

    def body(self) -> ComposeResult:
        """Yield logs first, then limits on clients, each with what it does."""
        yield Static(literal("Logs", TextStyle.STRONG))
        yield self._number("audit.slow_log_microseconds")
        yield self._number("audit.slow_log_length")
        yield self._number("audit.latency_threshold_milliseconds")
        yield self._number("audit.acl_log_length")
        yield self.pick("audit.log_level", _LEVELS)
        yield self.line("audit.keyspace_events", width=10)
        yield self._events
        yield heading("Clients")
        yield self._number("audit.timeout_seconds")
        yield self._idle
        yield self._number("audit.tcp_keepalive_seconds")
        yield self._number("audit.max_clients")
        yield self._files

    def show_typed(self, session: Session) -> None:
        """Say what is published, which clients are closed, and whether the files are enough."""
        answers = session.answers.audit
        self._events.update(_effect(texts.events(answers.keyspace_events)))
        self._idle.update(_effect(texts.idle(session.instance, answers)))
        self._files.update(_effect(texts.files(session.instance, answers)))

    def _number(self, name: str) -> Field:
        (directive,) = setting_of(name).targets
        return self.line(name, directive, width=10)


def _effect(text: str) -> Content:
    return literal(text, TextStyle.ACCENT)
