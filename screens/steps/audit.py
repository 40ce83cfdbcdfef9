"""What the server records, and limits on clients."""

from textual.app import ComposeResult
from textual.widgets import Static

from screens.steps.form import FormStep, heading
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Field
from screens.widgets.option_widgets import Option
from wizard.settings import setting_of

_LEVELS = tuple(Option(key=level, label=level) for level in setting_of("audit.log_level").words)


class AuditStep(FormStep):
    """Asks what the server records."""

    step = "audit"

    def body(self) -> ComposeResult:
        """Yield logs first, then limits on clients."""
        yield Static(literal("Logs", TextStyle.STRONG))
        yield self._number("audit.slow_log_microseconds")
        yield self._number("audit.slow_log_length")
        yield self._number("audit.latency_threshold_milliseconds")
        yield self._number("audit.acl_log_length")
        yield self.pick("audit.log_level", _LEVELS)
        yield self.line("audit.keyspace_events")
        yield heading("Clients")
        yield self._number("audit.timeout_seconds")
        yield self._number("audit.tcp_keepalive_seconds")
        yield self._number("audit.max_clients")

    def _number(self, name: str) -> Field:
        (directive,) = setting_of(name).targets
        return self.line(name, directive, width=10)
