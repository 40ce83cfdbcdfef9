"""``check``: judge the checklist."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from wizard.checklist import ITEMS_BY_ID, check, current_id, render_json, render_pages, render_table
from wizard.cli import output
from wizard.cli.context import detect_host, instance_of, read_answers, reader_of
from wizard.errors import UsageError
from wizard.host.files import exclusive_create
from wizard.model.answers import Attestation
from wizard.model.finding import Report
from wizard.model.value import replace

BELOW = 3


def run(options: argparse.Namespace) -> int:
    """Write the report; exit 3 when the score is below ``--fail-under``."""
    only = _ids("--only", options.only)
    if explained := _ids("--explain", options.explain):
        output.result(render_pages((ITEMS_BY_ID[each] for each in explained), width=output.WIDTH))
        return 0
    if options.output:
        exclusive_create.check(options.output)
    today = datetime.now(UTC).date()
    attestations: Sequence[Attestation] = ()
    if options.answers:
        attestations = read_answers(options.answers, today=today).attestations
    with reader_of(options) as host:
        detection = detect_host(host, options)
    instance = instance_of(detection, options)
    report = check(detection.facts, instance=instance.name, attestations=attestations, today=today)
    report = _only(report, only)
    text = render_json(report) if options.format == "json" else render_table(report, width=output.WIDTH)
    if options.output:
        exclusive_create.create(options.output, text, mode=0o644)
    else:
        output.result(text)
    return BELOW if options.fail_under is not None and report.score < options.fail_under else 0


def _ids(option: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the present ids of the items that an option names."""
    for text in texts:
        if current_id(text) not in ITEMS_BY_ID:
            beyond = ", ".join(each for each in ITEMS_BY_ID if not each.isdecimal())
            raise UsageError(f"{option} {text}: there is no such item; name 1 to 25, {beyond}")
    return tuple(current_id(text) for text in texts)


def _only(report: Report, ids: Sequence[str]) -> Report:
    """Keep the findings with these ids; the score stays that of the whole list."""
    if not ids:
        return report
    return replace(
        report,
        items=tuple(finding for finding in report.items if finding.id in ids),
        extra=tuple(finding for finding in report.extra if finding.id in ids),
    )
