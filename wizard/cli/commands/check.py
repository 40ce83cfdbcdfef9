"""``check``: judge the checklist."""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from wizard.attestations import attestations_of
from wizard.checklist import (
    ITEMS_BY_ID,
    check,
    current_id,
    render_brief,
    render_json,
    render_pages,
    render_table,
)
from wizard.cli import output, report_files
from wizard.cli.command_arguments import REPORT_FORMATS
from wizard.cli.context import detect_host, instance_of, read_answers, reader_of
from wizard.cli.files import read_user_file
from wizard.cli.parser import path
from wizard.cli.report_files import Output
from wizard.config import why_unsupported
from wizard.errors import NotPermittedError, PlanError, UsageError
from wizard.host.reader import HostReader
from wizard.model.answers import Attestation
from wizard.model.facts.instance import Instance
from wizard.model.finding import Report, State
from wizard.model.text import counted
from wizard.model.value import replace
from wizard.report import read_report, render, render_comparison
from wizard.repository import is_repository, judge_repository

BELOW = 3
_OF_FILES = ("table", "concise", "github", "sarif", "json")
"""Formats for files that no host has yet; the table of them is the concise one."""
REPORT_LIMIT = 16 << 20
_OF_A_HOST = ("answers", "root", "instance", "config", "socket", "host", "port", "user")


def run(options: argparse.Namespace) -> int:
    """Write the reports; exit 3 when the score is below ``--fail-under``."""
    outputs = report_files.outputs_of(options, REPORT_FORMATS)
    paths = tuple(path(each) for each in options.items if _is_path(each))
    items = [each for each in options.items if not _is_path(each)]
    explained = (*_ids("check", items), *_ids("--explain", options.explain))
    only = _ids("--only", options.only)
    for each in outputs:
        report_files.check(each)
    if paths or (options.root and not (options.config or options.instance) and is_repository(Path(options.root))):
        return _repository(options, paths, outputs, ids=(*explained, *only))
    earlier = _read(options.since) if options.since else None
    if earlier and all(each.format != "table" for each in outputs):
        raise UsageError("--since is shown in the table; add --output table=-, or leave it out")
    report, doubt = _look(
        options, needed=not explained or bool(earlier) or any(each.format != "table" for each in outputs)
    )
    changed = render_comparison(earlier, report) if earlier and report else ""
    for each in outputs:
        text = _text(options, report, doubt, each, explained=explained, only=only)
        if changed and each.format == "table":
            text = f"{changed}\n{text}"
        if each.path:
            report_files.write(each, text)
        else:
            output.result(text)
    return BELOW if report and options.fail_under is not None and report.score < options.fail_under else 0


def _repository(
    options: argparse.Namespace, paths: Sequence[PurePosixPath], outputs: Sequence[Output], *, ids: Sequence[str]
) -> int:
    """Write the findings of files that no host has yet; exit 3 when there is one."""
    for name, given in (("--fail-under", options.fail_under), ("--since", options.since), ("--from", options.earlier)):
        if given is not None:
            raise UsageError(f"{name} is for the report of a host; leave it out for files")
    if wrong := [each.format for each in outputs if each.format not in _OF_FILES]:
        raise UsageError(f"the format {wrong[0]} is for the report of a host; name one of {', '.join(_OF_FILES[1:])}")
    root = Path(os.path.realpath(options.root or Path.cwd()))
    report = _only(judge_repository(root, paths, today=datetime.now(UTC).date()), ids)
    for each in outputs:
        name = "concise" if each.format == "table" else each.format
        text = render_json(report) if name == "json" else render(report, name, _base(PurePosixPath(root)))
        if each.path:
            report_files.write(each, text)
        elif text:
            output.result(text)
    failed = sum(each.state is State.FAIL for each in report.extra)
    if not options.quiet:
        output.info(f"{report.looked}: {counted(failed, 'finding')}")
    return BELOW if failed else 0


def _look(options: argparse.Namespace, *, needed: bool) -> tuple[Report | None, str]:
    """Return the report; without one, where a page does not need it, why there is none."""
    if options.earlier:
        if given := [name for name in _OF_A_HOST if getattr(options, name)]:
            raise UsageError(f"--from is a report that was judged already; leave out --{given[0]}")
        return _read(options.earlier), ""
    today = datetime.now(UTC).date()
    attestations: Sequence[Attestation] = ()
    if options.answers:
        attestations = read_answers(options.answers, today=today).attestations
    with reader_of(options) as host:
        detection = detect_host(host, options)
        try:
            instance = _supported(instance_of(detection, options))
        except PlanError as error:
            if needed or options.instance or options.config:
                raise
            return None, str(error)
        attestations = (*_recorded(host, instance.name), *attestations)
    return check(detection.facts, instance=instance.name, attestations=attestations, today=today), ""


def _supported(instance: Instance) -> Instance:
    """Return the instance.

    Raises:
        PlanError: its server or its file is of another program.
    """
    if reason := why_unsupported(instance):
        raise PlanError(f"{reason}; nothing is judged. For another server, name its configuration with --config")
    return instance


def _recorded(host: HostReader, instance: str) -> Sequence[Attestation]:
    try:
        return attestations_of(host, instance)
    except NotPermittedError:
        output.info("redis-wizard: only root can read what was attested on this host; check as root to count it")
        return ()


def _read(file: PurePosixPath) -> Report:
    return read_report(read_user_file(file, limit=REPORT_LIMIT), str(file))


def _text(
    options: argparse.Namespace,
    report: Report | None,
    doubt: str,
    wanted: Output,
    *,
    explained: Sequence[str],
    only: Sequence[str],
) -> str:
    """Return the report in the form of one output."""
    if report and wanted.format == "json":
        return render_json(_only(report, (*explained, *only)))
    if report and wanted.format != "table":
        return render(_only(report, (*explained, *only)), wanted.format, _base(options.root))
    width, height = (output.WIDTH, output.HEIGHT) if wanted.path else output.size()
    if explained or not report:
        findings = {each.id: each for each in (*report.items, *report.extra)} if report else {}
        return render_pages((ITEMS_BY_ID[each] for each in explained), findings, doubt=doubt, width=width)
    color = not wanted.path and output.colored()
    if only or options.all:
        return render_table(_only(report, only), width=width, color=color)
    return render_brief(report, width=width, height=height, color=color, hints=not options.quiet)


def _base(root: PurePosixPath | None) -> PurePosixPath:
    """Return the directory that stands for the host's ``/``: relative below the current one, as editors and CI want."""
    if root is None:
        return PurePosixPath("/")
    place, here = os.path.normpath(root), str(Path.cwd())
    below = place == here or place.startswith(f"{here.rstrip('/')}/")
    return PurePosixPath(os.path.relpath(place, here) if below else place)


def _is_path(text: str) -> bool:
    """Return whether an argument is a path; no id of an item has a dot or a slash."""
    return "/" in text or "." in text or (current_id(text) not in ITEMS_BY_ID and Path(text).exists())


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
