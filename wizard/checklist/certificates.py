"""What is wrong with the certificates and keys that a configuration names."""

from datetime import date, datetime, time

from wizard.checklist.context import CheckContext
from wizard.checklist.permissions import OTHERS
from wizard.checklist.result import observed
from wizard.model.certificate import renewal_is_due
from wizard.model.facts import FileKind, FileStatus
from wizard.model.finding import Evidence
from wizard.model.host import CertificateFacts
from wizard.model.text import counted


def certificate_problems(subject: CheckContext) -> list[str]:
    """Return what strict clients would refuse and what expires soon, a sentence each."""
    facts = subject.instance.tls
    problems = [f"{each.path}: {each.what}." for each in facts.problems]
    problems += [text for each in facts.certificates if (text := validity_problem(each, subject))]
    servers = [each for each in facts.certificates if not each.authority]
    if not servers:
        problems.append("None of the files holds a server certificate.")
    for each in servers[:1]:
        problems += _server_problems(each)
    problems += [
        f"{each.path} has no keyUsage: strict clients refuse it."
        for each in facts.certificates
        if each.authority and not each.key_usage
    ]
    if facts.key_matches is False:
        problems.append("The private key does not belong to the certificate.")
    if facts.chain_valid is False:
        problems.append("The CA file does not verify the server certificate.")
    return problems


def validity_problem(certificate: CertificateFacts, subject: CheckContext) -> str:
    """Return that a certificate is not valid today or due for renewal; empty when neither."""
    left = days_left(certificate, subject)
    if left < 0:
        return f"{certificate.path} expired on {certificate.not_after[:10]}."
    if _is_due(certificate, subject):
        return f"{certificate.path} expires in {counted(left, 'day')}."
    if _day(certificate.not_before) > subject.today:
        return f"{certificate.path} is not valid before {certificate.not_before[:10]}."
    return ""


def _is_due(certificate: CertificateFacts, subject: CheckContext) -> bool:
    """Return whether it is to be renewed; by whole days, so that the verdict holds for a day."""
    first, last, today = (
        _midnight(day) for day in (_day(certificate.not_before), _day(certificate.not_after), subject.today)
    )
    return renewal_is_due(first, last, today)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def days_left(certificate: CertificateFacts, subject: CheckContext) -> int:
    """Whole days until it ends; negative after that."""
    return (_day(certificate.not_after) - subject.today).days


def certificate_evidence(subject: CheckContext) -> tuple[Evidence, ...]:
    """Return each certificate with its last day."""
    return tuple(
        observed(
            f"certificate {each.subject}", str(each.path), f"until {each.not_after}, {days_left(each, subject)} days"
        )
        for each in subject.instance.tls.certificates
    )


def key_file_problem(key: FileStatus) -> str:
    """Return that a private key is missing or that every user can read it; empty when neither."""
    if key.kind is FileKind.ABSENT:
        return f"The private key {key.path} is missing."
    if key.mode & OTHERS:
        return f"Every user of this host can read the private key {key.path} (mode {key.mode:04o})."
    return ""


def _server_problems(certificate: CertificateFacts) -> list[str]:
    """What clients check beyond dates and chain."""
    problems = []
    if not certificate.names:
        problems.append(f"{certificate.path} has no subject alternative name: clients that check names refuse it.")
    if certificate.usages and "serverAuth" not in certificate.usages:
        problems.append(f"{certificate.path} is no server certificate: its extended key usage lacks serverAuth.")
    if not certificate.authority_key_identifier:
        problems.append(f"{certificate.path} has no authority key identifier: strict clients refuse it.")
    return problems


def _day(text: str) -> date:
    """The day of an ISO moment; a text that is none counts as long past."""
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return date.min
