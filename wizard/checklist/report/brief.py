"""A report in one look: what stays open, what failed, what is not known and why, and what to do next."""

import re
import textwrap
from collections.abc import Iterator, Sequence

from wizard.checklist.report.table import totals, wrapped
from wizard.model.finding import Evidence, Finding, Report, Severity, State
from wizard.model.text import Tone, counted, escape, painted

_INDENT = "  "
_SEVERITIES = tuple(Severity)
_LINE = re.compile(r".+:[1-9]\d*")
"""The source of evidence that stands in a file: its path and line."""
_ABSENT = ", not set: default"
_SHARED_WORDS = 4
_MORE = " more:"
_LEAST_ROWS = 3
_MOST_GROUPS = 3
_MOST_ROWS = 5
_MOST_LINES = 2
_ID = 2
"""Columns of a number."""
_PLACE = 24
"""Columns that a place has at most, beside at least as many of its sentence."""


def render(report: Report, *, width: int = 80, height: int = 24, color: bool = False, hints: bool = True) -> str:
    """Return what an operator needs first.

    Args:
        report: What was found.
        width: Columns of the terminal; a sentence that does not fit ends in ``…``.
        height: Its lines; failures that do not fit are named by their ids, the most severe ones are shown.
        color: Whether the terminal shows colours and ✗.
        hints: Whether the last lines name the next commands.

    Returns:
        Lines with a line end each; one line an item.
    """
    first = _open(report, width, color=color)
    last = [
        *wrapped(_score(report), width, ""),
        *wrapped(_looked(report), width, ""),
        *(_next(report) if hints else ()),
    ]
    failed, unknown = [], []
    for packed, groups in ((False, _MOST_GROUPS), (True, _MOST_GROUPS), (True, 1)):
        unknown = _unknown(report, width, packed=packed, groups=groups, color=color)
        room = height - 1 - sum(len(part) + 1 for part in (first, unknown, last) if part)
        failed = _failed(report, width, room, color=color)
        if len(failed) <= room and (packed or _MORE not in "".join(failed)):
            break
    return "\n\n".join("\n".join(part) for part in (first, failed, unknown, last) if part) + "\n"


def _open(report: Report, width: int, *, color: bool) -> list[str]:
    lines = [line for text in report.exposure.paragraphs() for line in _hanging(escape(text), width)]
    return [painted(line, Tone.BAD, color=color) for line in lines]


def _hanging(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=_INDENT, break_on_hyphens=False)


# --- failures --------------------------------------------------------------------------------------


def _failed(report: Report, width: int, room: int, *, color: bool) -> list[str]:
    found = sorted((each for each in (*report.items, *report.extra) if each.state is State.FAIL), key=_by_severity)
    if not found:
        unknown = sum(each.state is State.UNKNOWN for each in (*report.items, *report.extra))
        return [f"No item failed; {unknown} not known." if unknown else "No item failed."]
    head = painted(f"Failed: {counted(len(found), 'item')}", Tone.STRONG, color=color)
    rows = [_row(each, width, color=color) for each in found]
    most = len(found)
    while most > _LEAST_ROWS and most + len(_rest(found[most:], width)) >= room:
        most -= 1
    return [head, *rows[:most], *_rest(found[most:], width)]


def _rest(found: Sequence[Finding], width: int) -> list[str]:
    """Return the ids of failures that have no line of their own, by severity."""
    if not found:
        return []
    ids = {each.severity: [one for one in found if one.severity is each.severity] for each in found}
    words = "; ".join(f"{severity.value} {_ids(group)}" for severity, group in ids.items())
    return _hanging(f"{_INDENT}{len(found)}{_MORE} {words}", width)


def _by_severity(finding: Finding) -> int:
    return _SEVERITIES.index(finding.severity)


def _row(finding: Finding, width: int, *, color: bool) -> str:
    severity = finding.severity.value
    lead = f"{'✗ ' if color else _INDENT}{severity:<8} {escape(finding.id):>{_ID}}  "
    room = width - len(lead)
    summary = escape(finding.summary)
    needed = min(len(summary), len(_sentence(summary))) + 2
    long, short = _places(finding.evidence)
    place = long if needed + len(long) <= room else short if len(short) <= _PLACE else ""
    said = _cut(summary, room - (len(place) + 2 if place else 0))
    row = f"{lead}{said}{place.rjust(room - len(said)) if place else ''}"
    return row.replace(severity, painted(severity, _TONES[finding.severity], color=color), 1)


_TONES = {
    Severity.CRITICAL: Tone.BAD,
    Severity.HIGH: Tone.BAD,
    Severity.MEDIUM: Tone.WARN,
    Severity.LOW: Tone.WARN,
}


def _places(evidence: Sequence[Evidence]) -> tuple[str, str]:
    """Return file and line of the first directive that is evidence, with its path and without; empty where none is.

    A file that does not name the directive has no line: the default is in effect then.
    """
    for each in evidence:
        path = each.source.removesuffix(_ABSENT)
        if path != each.source or _LINE.fullmatch(path):
            absent = ": not set" if path != each.source else ""
            return escape(f"{path}{absent}"), escape(f"{path.rpartition('/')[2]}{absent}")
    return "", ""


def _cut(text: str, room: int) -> str:
    """Return a text that fits: whole, else its first sentence, else its first words and ``…``."""
    if len(text) <= room:
        return text
    sentence = _sentence(text)
    return sentence if len(sentence) <= room else textwrap.shorten(sentence, room, placeholder=" …")


def _sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s", text)[0]


# --- what is not known -----------------------------------------------------------------------------


def _unknown(report: Report, width: int, *, packed: bool, groups: int, color: bool) -> list[str]:
    """Return the items that are not known, and why, grouped by remedy.

    Packed, each remedy has one line, with the reason that all of its items have.
    """
    by_remedy: dict[str, list[Finding]] = {}
    for each in (*report.items, *report.extra):
        if each.state is State.UNKNOWN:
            by_remedy.setdefault(_remedy(each), []).append(each)
    if not by_remedy:
        return []
    ordered = sorted(by_remedy.items(), key=lambda item: len(item[1]), reverse=True)
    count = sum(len(group) for _, group in ordered)
    head = painted(f"Not known: {counted(count, 'item')}", Tone.STRONG, color=color)
    lines = [head]
    for remedy, group in ordered[:groups]:
        text = _together(group, re.sub(r" \([^()]*\)", "", remedy) if packed else remedy, width)
        if packed:
            most = _MOST_LINES if groups > 1 and group is ordered[0][1] else 1
            lines += textwrap.wrap(
                text, width, initial_indent=_INDENT, subsequent_indent=_INDENT * 2, max_lines=most, placeholder=" …"
            )
        elif len(group) > _MOST_ROWS:
            lines += wrapped(text, width, _INDENT)
        else:
            lines += [line for each in group for line in _reason_rows(each, width)]
            lines += wrapped(escape(remedy), width, f"{_INDENT}{'>':<{_ID}}  ")
    if rest := [each for _, group in ordered[groups:] for each in group]:
        lines += _hanging(f"{_INDENT}{_ids(rest)}: for other reasons (--all).", width)
    return lines


def _together(group: Sequence[Finding], remedy: str, width: int) -> str:
    """Return ids, reason and remedy as one text; ids that would fill a line come last, where they may be cut."""
    ids, said = _ids(group), escape(f"{_reason(group)} {remedy}".strip()).rstrip(".")
    return f"{ids}: {said}" if len(ids) < width // 2 else f"{said}: {ids}"


def _remedy(finding: Finding) -> str:
    """Return the last sentence of what decides an item, which several items share."""
    return re.split(r"(?<=\.)\s", finding.fix)[-1].replace(f" item {finding.id} ", " it ")


def _reason_rows(finding: Finding, width: int) -> list[str]:
    lead = f"{_INDENT}{escape(finding.id):<{_ID}}  "
    return wrapped(escape(finding.summary), width, lead)


def _ids(findings: Sequence[Finding]) -> str:
    return ", ".join(escape(each.id) for each in findings)


def _reason(group: Sequence[Finding]) -> str:
    """Return why these are not known: the sentence, or the words at one of its ends that all have; else nothing."""
    summaries = list(dict.fromkeys(each.summary for each in group))
    if len(summaries) == 1:
        return summaries[0]
    words = [each.split() for each in summaries]
    if len(head := _common(words)) >= _SHARED_WORDS:
        return f"{' '.join(head)} …"
    tail = _common([each[::-1] for each in words])[::-1]
    return f"… {' '.join(tail)}" if len(tail) >= _SHARED_WORDS else ""


def _common(texts: Sequence[Sequence[str]]) -> Sequence[str]:
    alike = [len(set(words)) == 1 for words in zip(*texts, strict=False)]
    return texts[0][: (*alike, False).index(False)]


# --- the end ---------------------------------------------------------------------------------------


def _score(report: Report) -> str:
    counted_ones = [each for each in report.extra if each.state is not State.NOT_APPLICABLE]
    extra = f"; extra: {totals(counted_ones)}" if counted_ones else ""
    return f"Score {report.score} %: {totals(report.items)}{extra}"


def _looked(report: Report) -> str:
    seen = f": {report.looked}" if report.looked else ""
    return escape(f"{report.instance} on {report.host}{seen}")


def _next(report: Report) -> Iterator[str]:
    every = (*report.items, *report.extra)
    failed = sorted((each for each in every if each.state is State.FAIL), key=_by_severity)
    fixable = sum(bool(each.step) for each in failed)
    open_items = failed or [each for each in every if each.state is State.UNKNOWN]
    rows = [("plan", f"changes for {fixable} of {counted(len(failed), 'failure')}")] if fixable else []
    if open_items:
        rows.append((f"check {escape(open_items[0].id)}", f"evidence and fix; --all for all {len(every)} items"))
    else:
        rows.append(("check --all", f"all {len(every)} items with evidence"))
    for number, (command, what) in enumerate(rows):
        yield f"{'' if number else 'Next':<5} redis-wizard {command:<16} {what}"
