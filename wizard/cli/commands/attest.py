"""``attest``: record what no host can show, list it, withdraw it."""

import argparse
from datetime import UTC, date, datetime, timedelta

from wizard import app
from wizard.attestations import attestations_of, withdraw
from wizard.checklist import ATTESTABLE, ITEMS_BY_ID, VALID_DAYS, check
from wizard.cli import output
from wizard.cli.context import detect_host, host_of, instance_of, reader_of
from wizard.errors import UsageError
from wizard.jobs.requests import requesting_user
from wizard.model.answers import Attestation, Attestations, AttestedServer
from wizard.model.finding import State
from wizard.model.value import to_json


def run(options: argparse.Namespace) -> int:
    """List what is attested; with an item, record or withdraw its attestation."""
    today = datetime.now(UTC).date()
    if options.item is None:
        return _list(options, today)
    if options.withdraw:
        return _withdraw(options)
    return _attest(options, today)


def _list(options: argparse.Namespace, today: date) -> int:
    if options.note or options.by or options.on or options.withdraw:
        raise UsageError("name the item; redis-wizard attest without options lists what is attested")
    with reader_of(options) as host:
        instance = instance_of(detect_host(host, options), options).name
        found = attestations_of(host, instance)
    if options.json:
        servers = (AttestedServer(instance=instance, attestations=found),)
        output.result(to_json(Attestations(servers=servers)))
        return 0
    for each in found:
        output.result(output.wrapped(f"{each.item:>2}  {_validity(each, today)}: {each.note}", hanging="    "))
    if not found:
        output.result(f"Nothing is attested of {instance}.")
    return 0


def _validity(attestation: Attestation, today: date) -> str:
    last = date.fromisoformat(attestation.on) + timedelta(days=VALID_DAYS)
    ends = f"expired on {last}; attest it again" if last < today else f"valid until {last}"
    return f"{attestation.by} on {attestation.on}, {ends}"


def _withdraw(options: argparse.Namespace) -> int:
    with host_of(options) as host:
        instance = instance_of(detect_host(host, options), options).name
        removed = withdraw(host, instance, options.item)
    nothing = f"item {options.item} was not attested of {instance}"
    output.result(f"The attestation of item {options.item} is withdrawn." if removed else f"Nothing to do: {nothing}.")
    return 0


def _attest(options: argparse.Namespace, today: date) -> int:
    with host_of(options) as host:
        detection = detect_host(host, options)
        instance = instance_of(detection, options).name
        given = Attestation(
            item=options.item,
            by=options.by or requesting_user(),
            on=options.on or today.isoformat(),
            note=options.note or _ask_note(options.item),
        )
        app.attest(host, instance, given, today=today)
        report = check(detection.facts, instance=instance, attestations=attestations_of(host, instance), today=today)
    finding = next(each for each in report.items if each.number == options.item)
    output.result(output.wrapped(f"{finding.id} {finding.title}: {finding.summary}"))
    if finding.state is not State.ATTESTED:
        output.entry(f"It is recorded, and counts when the host leaves the item unknown; now it is: {finding.state}.")
    return 0


def _ask_note(item: int) -> str:
    if item not in ATTESTABLE:
        return ""
    if not output.interactive():
        raise UsageError('there is no terminal to ask on; add --note "what was checked, and how"')
    output.entry(ITEMS_BY_ID[str(item)].sentence)
    return output.ask("What was checked, and how? ")
