"""A report in Prometheus's text format, for the textfile collector of node_exporter."""

from collections.abc import Iterator
from datetime import datetime

from wizard.model.finding import Report, State
from wizard.model.text import escape

PREFIX = "redis_wizard_check_"


def prometheus(report: Report) -> str:
    """Return gauges: the score, one sample an item and state, and when the check ran.

    The label of the server is ``server``, since Prometheus sets ``instance`` itself.

    Source: Prometheus, "Exposition formats" and "Metric and label naming" (base units, ratios from 0 to 1).
    """
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    server = _label(report.instance)
    yield from _head("score_ratio", "Passed items of those that passed, failed or are not known.")
    yield f'{PREFIX}score_ratio{{server="{server}"}} {report.score / 100:g}'
    yield from _head("item_state", "1 for the state in which an item is, 0 for the others.")
    for finding in (*report.items, *report.extra):
        labels = f'server="{server}",item="{_label(finding.id)}",severity="{finding.severity.value}"'
        for state in State:
            yield f'{PREFIX}item_state{{{labels},state="{state.value}"}} {int(finding.state is state)}'
    yield from _head("timestamp_seconds", "When the check ran, since the epoch.")
    taken = datetime.fromisoformat(report.taken_at).timestamp()
    yield f'{PREFIX}timestamp_seconds{{server="{server}"}} {taken:.0f}'


def _head(name: str, text: str) -> tuple[str, str]:
    return f"# HELP {PREFIX}{name} {text}", f"# TYPE {PREFIX}{name} gauge"


def _label(text: str) -> str:
    return escape(text).replace("\\", "\\\\").replace('"', '\\"')
