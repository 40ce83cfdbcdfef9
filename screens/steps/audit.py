"""Step 8: what is recorded, and limits on clients.

What may not live here: which values are right (`wizard.planning`).
"""

from textual.app import ComposeResult
from textual.widgets import Static

from screens.step_order import StepName
from screens.steps.form import FormStep, heading
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import Field
from screens.widgets.option_widgets import Option

_LEVELS = tuple(Option(key=level, label=level) for level in ("debug", "verbose", "notice", "warning"))


class AuditStep(FormStep):
    """Asks what is recorded."""

    step = StepName.AUDIT
    help = "audit"

    def body(self) -> ComposeResult:
        """Give logs first, then limits on clients."""
        yield Static(literal("Logs", TextStyle.STRONG))
        yield self._number("slow_log_microseconds", "slow log from (us)", "slowlog-log-slower-than")
        yield self._number("slow_log_length", "slow log entries", "slowlog-max-len")
        yield self._number("latency_threshold_milliseconds", "latency from (ms)", "latency-monitor-threshold")
        yield self._number("acl_log_length", "refused logins kept", "acllog-max-len")
        yield self.pick("audit.log_level", "log level", _LEVELS)
        yield self.line("audit.keyspace_events", "keyspace events", "empty: none; costs a publish")
        yield heading("Clients")
        yield self._number("timeout_seconds", "idle clients end (s)", "timeout")
        yield self._number("tcp_keepalive_seconds", "tcp-keepalive (s)", "tcp-keepalive")
        yield self._number("max_clients", "clients at most", "maxclients")

    def _number(self, field: str, label: str, directive: str) -> Field:
        return self.line(f"audit.{field}", label, f"{directive}, {self.now(directive)}", width=10)


SCREEN = AuditStep
