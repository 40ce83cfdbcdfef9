"""A report as Markdown, for a merge request or a job summary."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.model.finding import Finding, Report, State
from wizard.model.text import escape
from wizard.report.lines import open_findings
from wizard.report.location import location_of

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|~@:-]")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def markdown(report: Report, base: PurePosixPath) -> str:
    """Return a heading, what stays open, a table of failures and unknowns, and the evidence of each."""
    return "\n".join(_lines(report, base)) + "\n"


def _lines(report: Report, base: PurePosixPath) -> Iterator[str]:
    yield f"# {_text(report.instance)} on {_text(report.host)}"
    yield ""
    states = [each.state for each in (*report.items, *report.extra)]
    counts = ", ".join(f"{states.count(state)} {state.value}" for state in State if state in states)
    yield f"Score {report.score} %: {counts}. {_text(report.looked)}, {_text(report.taken_at)}"
    for paragraph in report.exposure.paragraphs():
        yield ""
        yield f"**{_text(paragraph)}**"
    found = list(open_findings(report))
    if found:
        yield from ("", "| item | severity | state | finding | where |", "|---|---|---|---|---|")
    for finding in found:
        place = location_of(finding, base)
        cells = (finding.id, finding.severity.value, finding.state.value, finding.summary, str(place or ""))
        yield f"| {' | '.join(map(_text, cells))} |"
    for finding in found:
        yield from _details(finding)


def _details(finding: Finding) -> Iterator[str]:
    yield from ("", f"## {_text(finding.id)} {_text(finding.title)}", "", _text(finding.summary))
    for each in finding.evidence:
        yield f"- {_text(each.what)}: {_text(each.value)} ({_text(each.source)})"
    if finding.fix:
        yield from ("", f"Fix: {_text(finding.fix)}")


def _text(text: str) -> str:
    r"""Return a host's text as text: no markup, link, mention or HTML comes of it (CommonMark 0.31, 2.4)."""
    return _SPECIAL.sub(r"\\\g<0>", escape(text)).translate(_HTML)
