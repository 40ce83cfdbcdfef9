"""``answers``: write the recommended ones with their reasons, show them, or check a file."""

import argparse
from datetime import UTC, datetime

from wizard.cli import output
from wizard.cli.context import detect_host, instance_of, read_answers, reader_of
from wizard.errors import UsageError
from wizard.host.files import exclusive_create
from wizard.host.reader import HostReader
from wizard.model.answers import Recommendation


def run(options: argparse.Namespace) -> int:
    """Do one of the three actions."""
    if options.action == "validate":
        return _validate(options)
    with reader_of(options) as host:
        text = _text(options) if options.action == "show" and options.file else _recommended(host, options)
    if options.action == "init" and options.file:
        exclusive_create.create(options.file, text, mode=0o644)
        if not options.quiet:
            output.info(f"wrote {options.file}; edit it, then: redis-wizard plan --answers {options.file}")
    else:
        output.result(text)
    return 0


def _text(options: argparse.Namespace) -> str:
    from wizard.planning.answers_file import render  # noqa: PLC0415 - loaded where it is used

    return render(read_answers(options.file), {})


def _recommended(host: HostReader, options: argparse.Namespace) -> str:
    from wizard.planning.answers_file import render  # noqa: PLC0415 - loaded where it is used
    from wizard.planning.recommend.answers import recommend  # noqa: PLC0415 - loaded where it is used

    detection = detect_host(host, options)
    instance = instance_of(detection, options) if detection.facts.instances else None
    recommended: Recommendation = recommend(detection.facts, instance)
    return render(recommended.answers, recommended.reasons)


def _validate(options: argparse.Namespace) -> int:
    from wizard.detect import read_imported_certificate  # noqa: PLC0415 - loaded where it is used
    from wizard.planning.validation.host import validate_for_host  # noqa: PLC0415 - loaded where it is used

    if not options.file:
        raise UsageError("answers validate needs a file; name one")
    answers = read_answers(options.file, today=datetime.now(UTC).date())
    with reader_of(options) as host:
        detection = detect_host(host, options)
        instance = instance_of(detection, options) if detection.facts.instances else None
        imported = read_imported_certificate(host, answers.tls, detection.facts.taken_at)
    found = validate_for_host(answers, detection.facts, instance, imported)
    for problem in found:
        output.result(output.wrapped(f"{problem.field}: {problem.text}", hanging="  "))
    if not (found or options.quiet):
        output.info(f"{options.file} fits this host")
    return 1 if any(problem.blocking for problem in found) else 0
