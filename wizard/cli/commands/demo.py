"""``tour``: the whole path on a sandbox, without a screen, as a demonstration and a self-test."""

import argparse
from datetime import UTC, datetime

from wizard.app import generate_passwords, make_plan, start, start_rollback
from wizard.checklist import check, render_table
from wizard.cli import output
from wizard.cli.commands import detect
from wizard.cli.context import detect_host, host_of, instance_of
from wizard.cli.follow import ENDINGS, FollowOptions, follow
from wizard.cli.plan_text import render
from wizard.cli.signals import SignalQueue
from wizard.detect import Detection
from wizard.errors import UsageError
from wizard.model.event import Result
from wizard.model.login import Login
from wizard.model.value import Secret


def run(options: argparse.Namespace) -> int:
    """Detect, check, plan with diffs, apply, check again, roll back; stop where a step fails."""
    if not (options.sandbox or options.sandbox_dir):
        raise UsageError("tour applies and rolls back without asking; add --sandbox")
    from wizard.planning.recommend.answers import recommend  # noqa: PLC0415 - loaded where it is used

    with host_of(options) as host:
        detection = detect_host(host, options)
        _title("1. The host")
        output.result(detect.render(detection.facts))
        _title("2. The checklist before")
        _report(detection, options)
        instance = instance_of(detection, options)
        answers = recommend(detection.facts, instance).answers
        made = make_plan(detection.facts, detection.sources, answers, instance=instance.name)
        _title("3. The plan")
        output.result(render(made))
        _title("4. Apply")
        passwords = generate_passwords(made)
        with SignalQueue() as watch:
            applied = follow(start(host, made, login=None, passwords=passwords), watch, FollowOptions())
        output.result(output.wrapped(applied.summary))
        if applied.result is not Result.APPLIED:
            return ENDINGS[applied.result] or 1
        _title("5. The checklist after")
        login = _administrator(passwords)
        _report(detect_host(host, options, login=login), options)
        _title("6. Roll back")
        with SignalQueue() as watch:
            undone = follow(start_rollback(host, applied.snapshot, login=login), watch, FollowOptions())
        output.result(output.wrapped(undone.summary))
        return 0 if undone.result is Result.ROLLED_BACK else 1


def _title(text: str) -> None:
    output.result(f"\n=== {text} " + "=" * (output.WIDTH - len(text) - 5) + "\n")


def _administrator(passwords: dict[str, Secret]) -> Login | None:
    return Login("admin", passwords["admin"]) if "admin" in passwords else None


def _report(detection: Detection, options: argparse.Namespace) -> None:
    instance = instance_of(detection, options)
    report = check(detection.facts, instance=instance.name, today=datetime.now(UTC).date())
    output.result(render_table(report, width=output.WIDTH))
