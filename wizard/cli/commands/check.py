"""``check``: judge the checklist."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from wizard.checklist import (
    ITEMS_BY_ID,
    check,
    current_id,
    render_brief,
    render_json,
    render_pages,
    render_table,
)
from wizard.cli import output
from wizard.cli.context import detect_host, instance_of, read_answers, reader_of
from wizard.errors import PlanError, UsageError
from wizard.host.files import exclusive_create
from wizard.model.answers import Attestation
from wizard.model.finding import Report
from wizard.model.value import replace

BELOW = 3


def run(options: argparse.Namespace) -> int:
    """Write the report; exit 3 when the score is below ``--fail-under``."""
    explained = (*_ids("check", options.items), *_ids("--explain", options.explain))
    only = _ids("--only", options.only)
    if options.output:
        exclusive_create.check(options.output)
    report, doubt = _look(options, needed=not explained or options.format == "json")
    text = _text(options, report, doubt, explained=explained, only=only)
    if options.output:
        exclusive_create.create(options.output, text, mode=0o644)
    else:
        output.result(text)
    return BELOW if report and options.fail_under is not None and report.score < options.fail_under else 0


def _look(options: argparse.Namespace, *, needed: bool) -> tuple[Report | None, str]:
    """Return the report; without one, where a page does not need it, why there is none."""
    today = datetime.now(UTC).date()
    attestations: Sequence[Attestation] = ()
    if options.answers:
        attestations = read_answers(options.answers, today=today).attestations
    with reader_of(options) as host:
        detection = detect_host(host, options)
    try:
        instance = instance_of(detection, options)
    except PlanError as error:
        if needed or options.instance or options.config:
            raise
        return None, str(error)
    return check(detection.facts, instance=instance.name, attestations=attestations, today=today), ""


def _text(
    options: argparse.Namespace, report: Report | None, doubt: str, *, explained: Sequence[str], only: Sequence[str]
) -> str:
    """Return the report in the form that the options ask for."""
    width, height = (output.WIDTH, output.HEIGHT) if options.output else output.size()
    if report and options.format == "json":
        return render_json(_only(report, (*explained, *only)))
    if explained or not report:
        findings = {each.id: each for each in (*report.items, *report.extra)} if report else {}
        return render_pages((ITEMS_BY_ID[each] for each in explained), findings, doubt=doubt, width=width)
    if only or options.all or options.verbose:
        return render_table(_only(report, only), width=width)
    color = output.colored(wanted=not (options.no_color or options.output))
    return render_brief(report, width=width, height=height, color=color)


def _ids(option: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the present ids of the items that an option names."""
    for text in texts:
        if current_id(text) not in ITEMS_BY_ID:
            beyond = ", ".join(each for each in ITEMS_BY_ID if not each.isdecimal())
            raise UsageError(f"{option} {text}: there is no such item; name 1 to 25, {beyond}")
    return tuple(dict.fromkeys(map(current_id, texts)))


def _only(report: Report, ids: Sequence[str]) -> Report:
    """Keep the findings with these ids; the score stays that of the whole list."""
    if not ids:
        return report
    return replace(
        report,
        items=tuple(finding for finding in report.items if finding.id in ids),
        extra=tuple(finding for finding in report.extra if finding.id in ids),
    )
