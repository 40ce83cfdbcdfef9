"""A report as plain text of a given width."""

import re
import textwrap
from collections.abc import Iterable, Sequence

from wizard.model.finding import Finding, Report, Severity, State
from wizard.model.text import Tone, escape, painted

SECTIONS = (
    (1, 5, "Network Isolation"),
    (6, 10, "Authentication and Authorization"),
    (11, 14, "Dangerous Command Protection"),
    (15, 16, "Transport Security"),
    (17, 20, "Memory and Configuration"),
    (21, 23, "Persistence and Backup"),
    (24, 25, "Monitoring and Alerting"),
)
"""The chapter's sections, by first and last item."""

_INDENT = " " * 11
_TAGS = {
    State.PASS: "[ ok ]",
    State.FAIL: "[FAIL]",
    State.UNKNOWN: "[ ?? ]",
    State.NOT_APPLICABLE: "[ -- ]",
    State.ATTESTED: "[man ]",
}
_WORDS = {
    State.PASS: "pass",
    State.FAIL: "fail",
    State.UNKNOWN: "unknown",
    State.NOT_APPLICABLE: "n/a",
    State.ATTESTED: "attested",
}


def render(report: Report, *, width: int = 80, brief: bool = False, color: bool = False) -> str:
    """Return the report as text.

    Args:
        report: What was found.
        width: Columns; no line is longer unless one word is.
        brief: Leave out evidence and sources.
        color: Whether the terminal shows colours, ✓ and ✗.

    Returns:
        Lines with a line end each. ``[warn]`` is a failure of low severity.
    """
    lines = [*_head(report, width), ""]
    for first, last, name in SECTIONS:
        found = [each for each in report.items if first <= each.number <= last]
        lines += _section(name, found, width, brief=brief)
    lines += _section("Beyond the 25 items", report.extra, width, brief=brief)
    lines += _legend(width)
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return _TAG.sub(_symbol, text) if color else text


_TAG = re.compile(r"^\[(?: ok |FAIL|warn| \?\? | -- |man )\](?= )", re.MULTILINE)
_SYMBOLS = {
    "[ ok ]": painted("✓", Tone.GOOD, color=True) + " pass",
    "[FAIL]": painted("✗", Tone.BAD, color=True) + " fail",
    "[warn]": painted("✗", Tone.WARN, color=True) + " warn",
    "[ ?? ]": painted("?", Tone.WARN, color=True) + "     ",
    "[ -- ]": "– n/a ",
    "[man ]": painted("✓", Tone.GOOD, color=True) + " man ",
}


def _symbol(tag: re.Match[str]) -> str:
    return _SYMBOLS[tag[0]]


def tag(finding: Finding) -> str:
    """Return the six characters that show a state."""
    if finding.state is State.FAIL and finding.severity is Severity.LOW:
        return "[warn]"
    return _TAGS[finding.state]


def totals(findings: Sequence[Finding]) -> str:
    """Return the number of findings of each state that occurs, as ``17 pass, 3 fail, 1 unknown``."""
    states = [each.state for each in findings]
    return ", ".join(f"{states.count(state)} {word}" for state, word in _WORDS.items() if state in states)


def _head(report: Report, width: int) -> Iterable[str]:
    title = f"{escape(report.host)}  {escape(report.instance)}  {escape(report.taken_at)}"
    return *wrapped(title, width, ""), f"score {report.score} %  ({totals(report.items)})"


def _section(name: str, findings: Sequence[Finding], width: int, *, brief: bool) -> list[str]:
    if not findings:
        return []
    lines = [name, "-" * min(len(name), width)]
    column = max(3, *(len(finding.id) for finding in findings))
    for finding in findings:
        lines += _finding(finding, width, column, brief=brief)
    return [*lines, ""]


def _finding(finding: Finding, width: int, column: int, *, brief: bool) -> Iterable[str]:
    name = escape(finding.id)
    lead = f"{tag(finding)} {name.rjust(column) if finding.number else name.ljust(column)} "
    yield from wrapped(escape(finding.title), width, lead)
    yield from wrapped(escape(finding.summary), width, _INDENT)
    if not brief:
        yield from evidence(finding, width, _INDENT)
    yield from remedy(finding, width, _INDENT)
    if finding.source and not brief and finding.state is State.FAIL:
        yield from wrapped(f"source: {escape(finding.source)}", width, _INDENT)


def evidence(finding: Finding, width: int, indent: str) -> Iterable[str]:
    """Return what was looked at, a line or more each."""
    for each in finding.evidence:
        text = f"{escape(each.what)}: {escape(each.value)}  ({escape(each.source)})"
        yield from wrapped(text, width, f"{indent}- ")


def remedy(finding: Finding, width: int, indent: str) -> Iterable[str]:
    """Return what to do; nothing where nothing is to do."""
    if finding.fix:
        step = f" [step {escape(finding.step)}]" if finding.step else ""
        yield from wrapped(f"{escape(finding.fix)}{step}", width, f"{indent}> ")


def wrapped(text: str, width: int, lead: str) -> list[str]:
    """Break at blanks; a word that is longer than a line is broken too, so that none runs over."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=True,
        break_on_hyphens=False,
    )


def _legend(width: int) -> list[str]:
    words = (
        "[ ok ] pass  [FAIL] fail  [warn] fail, low severity  [ ?? ] unknown",
        "[ -- ] not applicable  [man ] attested by an operator, not in the score",
    )
    return [line for text in words for line in wrapped(text, width, "")]
