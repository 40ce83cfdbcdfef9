"""``plan``: show what would change and what will break."""

import argparse

from wizard import app
from wizard.cli import output
from wizard.cli.context import detect_host, instance_of, read_answers, reader_of
from wizard.cli.plan_text import render
from wizard.detect import Detection
from wizard.errors import AnswersError, UsageError
from wizard.host.files import exclusive_create
from wizard.host.reader import HostReader
from wizard.model.answers import Answers
from wizard.model.certificate import CertificateOrder
from wizard.model.facts.instance import Instance
from wizard.model.plan import Plan
from wizard.model.text import escape
from wizard.model.value import to_json

PENDING = 2


def run(options: argparse.Namespace) -> int:
    """Write the plan; exit 2 with ``--detailed-exitcode`` when it is not empty."""
    if options.out:
        exclusive_create.check(options.out)
    with reader_of(options) as host:
        made = with_consent(make(host, options)[0], options)
    if options.out:
        exclusive_create.create(options.out, to_json(made), mode=0o600)
    output.result(to_json(made) if options.json else render(made, color=output.colored()))
    return PENDING if options.detailed_exitcode and not made.empty else 0


def with_consent(plan: Plan, options: argparse.Namespace) -> Plan:
    """Write the operator's consent into the plan, for each named change.

    Raises:
        UsageError: the plan does not have a named change, or it loses nothing.
    """
    from wizard.planning.consent import accept, changes_needing_consent  # noqa: PLC0415 - loaded where it is used

    known = {change.id for change in changes_needing_consent(plan)}
    for name in options.accept_data_loss:
        if name not in {*known, *plan.consents}:
            which = f"it is one of {', '.join(sorted(known))}" if known else "this plan has none"
            raise UsageError(f"--accept-data-loss {escape(name)}: no change of this name may lose data here; {which}")
    return accept(plan, options.accept_data_loss)


def make(
    host: HostReader, options: argparse.Namespace, *, certificates: CertificateOrder | None = None
) -> tuple[Plan, Detection]:
    """Look at the host and plan by the answers given or recommended; of certificates alone where they are requested.

    Raises:
        WizardError: the facts or answers allow no plan.
    """
    # A mistake in the file is named before the host is looked at.
    given = read_answers(options.answers) if options.answers else None
    detection = detect_host(host, options)
    instance = instance_of(detection, options) if detection.facts.instances else None
    answers = answers_for(host, given, options, detection, instance)
    name = instance.name if instance else ""
    facts, sources = detection.facts, detection.sources
    return app.make_plan(facts, sources, answers, instance=name, certificates=certificates), detection


def answers_for(
    host: HostReader,
    given: Answers | None,
    options: argparse.Namespace,
    detection: Detection,
    instance: Instance | None,
) -> Answers:
    """Return the answers given, as far as they fit the host, else the recommended ones.

    Raises:
        AnswersError: the wizard would not let them pass either.
    """
    from wizard.detect import read_imported_certificate  # noqa: PLC0415 - loaded where it is used
    from wizard.planning.recommend.answers import recommend  # noqa: PLC0415 - loaded where it is used
    from wizard.planning.validation.host import validate_for_host  # noqa: PLC0415 - loaded where it is used

    if given is None:
        return recommend(detection.facts, instance).answers
    imported = read_imported_certificate(host, given.tls, detection.facts.taken_at)
    for problem in validate_for_host(given, detection.facts, instance, imported):
        if problem.blocking:
            raise AnswersError(options.answers, 0, problem.field, problem.text)
    return given
