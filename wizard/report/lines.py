"""One line a finding: for ``grep`` and editors, and as annotations of GitHub Actions."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.model.finding import Finding, Report, Severity, State
from wizard.model.text import escape
from wizard.report.location import location_of

_SEVERITIES = tuple(Severity)
_ERRORS = {Severity.CRITICAL, Severity.HIGH}


def open_findings(report: Report) -> Iterator[Finding]:
    """Return the failures by severity, then what is not known."""
    every = (*report.items, *report.extra)
    failed = (each for each in every if each.state is State.FAIL)
    yield from sorted(failed, key=lambda each: _SEVERITIES.index(each.severity))
    yield from (each for each in every if each.state is State.UNKNOWN)


def concise(report: Report, base: PurePosixPath) -> str:
    """Return ``FILE:LINE: ID SEVERITY SENTENCE``; the server's name replaces the file where no line is evidence."""
    lines = []
    for finding in open_findings(report):
        place = location_of(finding, base) or report.instance
        word = finding.severity.value if finding.state is State.FAIL else finding.state.value
        lines.append(escape(f"{place}: {finding.id} {word} {finding.summary}") + "\n")
    return "".join(lines)


def github(report: Report, base: PurePosixPath) -> str:
    """Return workflow commands: errors down to high severity, warnings below, notices of what is not known.

    Source: GitHub Actions, "Workflow commands", ``actions/toolkit`` ``packages/core/src/command.ts`` for the escapes.
    """
    lines = []
    for finding in open_findings(report):
        place = location_of(finding, base)
        properties = {"file": place.path} if place else {}
        if place and place.line:
            properties["line"] = str(place.line)
        properties["title"] = f"redis-wizard {finding.id}: {finding.title}"
        words = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        lines.append(f"::{_command(finding)} {words}::{_message(f'{finding.summary} {finding.fix}'.strip())}\n")
    return "".join(lines)


def _command(finding: Finding) -> str:
    if finding.state is State.UNKNOWN:
        return "notice"
    return "error" if finding.severity in _ERRORS else "warning"


def _message(text: str) -> str:
    return escape(text).replace("%", "%25")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
