"""Monitoring and Alerting: items 24 and 25."""

from wizard.checklist.context import CheckContext
from wizard.checklist.item import Item
from wizard.checklist.manual import attestable
from wizard.checklist.result import Judgement, all_of
from wizard.checklist.sections.exporters import exporters
from wizard.checklist.setting import judge
from wizard.model.answers import AuditAnswers
from wizard.model.finding import Severity
from wizard.model.text import at_least, number

_RECOMMENDED = AuditAnswers()
SLOWEST_MICROSECONDS = _RECOMMENDED.slow_log_microseconds
SHORTEST_LOG = _RECOMMENDED.slow_log_length


def slow_log(subject: CheckContext) -> Judgement:
    """Judge threshold and length, live and in the file."""
    parts = (
        judge(
            subject,
            "slowlog-log-slower-than",
            lambda value: 0 < (number(value) or 0) <= SLOWEST_MICROSECONDS,
            wanted=f"{SLOWEST_MICROSECONDS} or less, above 0",
        ),
        judge(
            subject,
            "slowlog-max-len",
            lambda value: at_least(value, SHORTEST_LOG),
            wanted=f"at least {SHORTEST_LOG}",
        ),
    )
    slowest = subject.configuration.value("slowlog-log-slower-than")
    return all_of(
        parts, summary=f"Commands slower than {slowest} µs are logged. Alerts and weekly reviews are not checked."
    )


ITEMS = (
    Item(
        id="24",
        title="Metrics and alerts are in place",
        sentence="redis_exporter + Prometheus + Grafana are deployed; all critical alerts from Chapter 39 are active.",
        severity=Severity.MEDIUM,
        check=attestable(24, exporters),
        fix="Run redis_exporter with a user of its own (INFO, SLOWLOG, LATENCY; no keys), scrape it, load alert rules.",
        source="Chapter 9, item 24. The exporter needs no CONFIG GET, which shows masterauth in plain text (measured). "
        "A host shows which program reads the metrics, and as which user; Prometheus and its alerts run elsewhere.",
    ),
    Item(
        id="25",
        title="Slow commands are logged",
        sentence="slowlog-log-slower-than is set to 5000 μs (5 ms); slow query alerts and weekly reviews are in place.",
        severity=Severity.LOW,
        step="audit",
        check=slow_log,
        not_on_sentinel="A Sentinel has no SLOWLOG.",
        fix="Set slowlog-log-slower-than 5000 and slowlog-max-len 256.",
        source="Chapter 9, item 25. Length 256 is from the chapter's template; Valkey 8.1 also calls it "
        "commandlog-execution-slower-than.",
    ),
)
