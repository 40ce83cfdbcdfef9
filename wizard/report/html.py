"""A report as one HTML page that needs nothing else: no script, no other file, no network."""

from collections.abc import Iterable
from html import escape as escape_html
from string import Template

import assets
from wizard.model.finding import Finding, Report, State
from wizard.model.text import counted, escape
from wizard.report.lines import open_findings

_OPEN = {State.FAIL, State.UNKNOWN}


def html(report: Report) -> str:
    """Return the page: what stays open, failures, unknowns, then all else; the evidence of each is folded."""
    found = list(open_findings(report))
    others = [each for each in (*report.items, *report.extra) if each.state not in _OPEN]
    parts = {
        "title": f"{report.instance} on {report.host}",
        "score": f"Score {report.score} %",
        "looked": f"{report.looked}. {report.taken_at}",
    }
    return Template(assets.text("report/page.html")).substitute(
        {name: _text(text) for name, text in parts.items()},
        exposure="".join(f"<p class=open>{_text(each)}</p>\n" for each in report.exposure.paragraphs()),
        open=_section(f"{counted(len(found), 'item')} failed or not known", found),
        others=_section(f"{counted(len(others), 'other item')}", others),
    )


def _section(title: str, findings: Iterable[Finding]) -> str:
    return f"<h2>{_text(title)}</h2>\n{''.join(map(_finding, findings))}"


def _finding(finding: Finding) -> str:
    state = f"{finding.state.value} · {finding.severity.value}" if finding.state is State.FAIL else finding.state.value
    evidence = "".join(
        f"<tr><td>{_text(each.what)}</td><td>{_text(each.value)}</td><td>{_text(each.source)}</td></tr>\n"
        for each in finding.evidence
    )
    table = f"<table>\n<tr><th>what</th><th>value</th><th>source</th></tr>\n{evidence}</table>\n" if evidence else ""
    paragraphs = {"Fix": finding.fix, "Rule": finding.sentence, "Source": finding.source}
    rest = "".join(f"<p>{name}: {_text(text)}</p>\n" for name, text in paragraphs.items() if text)
    kind = "".join(letter for letter in finding.state.value if letter.isalpha())
    return (
        f'<details class="{kind}"><summary><b>{_text(state)}</b> {_text(finding.id)} '
        f"{_text(finding.title)}<br>{_text(finding.summary)}</summary>\n{table}{rest}</details>\n"
    )


def _text(text: str) -> str:
    return escape_html(escape(text))
