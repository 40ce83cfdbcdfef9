"""Reports in Prometheus's text format, for the textfile collector of node_exporter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from wizard.model.facts.instance import CertificateFacts
from wizard.model.finding import Report, State
from wizard.model.text import escape

PREFIX = "redis_wizard_"
_SCORE = ("check_score_ratio", "Passed items of those that passed, failed or are not known.")
"""The metric whose head is there without a server too: it marks a file of the product."""


class CheckedServer(NamedTuple):
    """One server as a check found it."""

    report: Report
    certificates: Sequence[CertificateFacts] = ()
    deviations: int | None = None
    """How many things differ from what was applied; ``None`` where that is not known."""


def prometheus(servers: Sequence[CheckedServer]) -> str:
    """Return gauges: the score, one sample an item and state, when the check ran, when certificates expire.

    The label of the server is ``server``, since Prometheus sets ``instance`` itself.

    Source: Prometheus, "Exposition formats" and "Metric and label naming" (base units, ratios from 0 to 1).
    """
    return "\n".join(_lines(servers)) + "\n"


def _lines(servers: Sequence[CheckedServer]) -> Iterator[str]:
    reports = [each.report for each in servers]
    if not reports:
        yield from _head(*_SCORE)
    yield from _gauge(*_SCORE, ((_labels(each), each.score / 100) for each in reports))
    text = "1 for the state in which an item is, 0 for the others."
    yield from _gauge("check_item_state", text, (sample for each in reports for sample in _states(each)))
    times = ((_labels(each), datetime.fromisoformat(each.taken_at).timestamp()) for each in reports)
    yield from _gauge("check_timestamp_seconds", "When the check ran, since the epoch.", times)
    text = "What differs from what the applies in force left."
    known = ((_labels(each.report), each.deviations) for each in servers if each.deviations is not None)
    yield from _gauge("check_drift_deviations", text, known)
    text = "When a certificate expires, since the epoch."
    yield from _gauge("certificate_expiry_timestamp_seconds", text, (one for each in servers for one in _expiry(each)))


def _states(report: Report) -> Iterator[tuple[Mapping[str, str], int]]:
    for finding in (*report.items, *report.extra):
        labels = _labels(report, item=finding.id, severity=finding.severity.value)
        yield from (({**labels, "state": state.value}, int(finding.state is state)) for state in State)


def _expiry(server: CheckedServer) -> Iterator[tuple[Mapping[str, str], float]]:
    for each in server.certificates:
        labels = _labels(server.report, path=str(each.path), subject=each.subject)
        yield labels, datetime.fromisoformat(each.not_after).timestamp()


def _labels(report: Report, **more: str) -> Mapping[str, str]:
    return {"server": report.instance, **more}


def _gauge(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    """Yield a metric with its head; nothing where it has no sample."""
    for number, (labels, value) in enumerate(samples):
        if not number:
            yield from _head(name, text)
        written = ",".join(f'{label}="{_label(said)}"' for label, said in labels.items())
        yield f"{PREFIX}{name}{{{written}}} {f'{value:.0f}' if value >= 1 else f'{value:g}'}"


def _head(name: str, text: str) -> tuple[str, str]:
    return f"# HELP {PREFIX}{name} {text}", f"# TYPE {PREFIX}{name} gauge"


def _label(text: str) -> str:
    return escape(text).replace("\\", "\\\\").replace('"', '\\"')
