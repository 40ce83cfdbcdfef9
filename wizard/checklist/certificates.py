"""What is wrong with the certificates and keys that a configuration names."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import PurePosixPath

from wizard.checklist.addresses import is_local, own_addresses
from wizard.checklist.context import CheckContext
from wizard.checklist.permissions import OTHERS
from wizard.checklist.result import observed
from wizard.checklist.setting import setting
from wizard.checklist.writers import is_closed_in, listed_access, service_groups, unexpected_writers
from wizard.model.certificate import ChainCertificate, renewal_is_due
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.instance import CertificateFacts
from wizard.model.finding import Evidence
from wizard.model.network import parse_address, wildcard_family
from wizard.model.text import counted

_LEAST_BITS = {"RSA": 2048, "DSA": 2048, "EC": 256}
"""NIST SP 800-57, part 1, table 2: 112 bits of security."""
_GROUP_READS, _GROUP_WRITES = 0o040, 0o030
_SHOWN = 3
_MOST_AUTHORITIES = 20
"""An own authority, its successor, and those of some partners; the bundle of a system has more than a hundred."""
_ANNOUNCED = ("cluster-announce-ip", "cluster-announce-hostname", "replica-announce-ip")
"""Directives by which a server tells clients its own address."""


def certificate_problems(subject: CheckContext) -> list[str]:
    """Return what strict clients would refuse and what expires soon, a sentence each."""
    facts = subject.instance.tls
    problems = [f"{each.path}: {each.what}." for each in facts.problems]
    problems += [text for each in facts.certificates if (text := validity_problem(each, subject))]
    server = _server_certificate(subject)
    if server is None:
        problems.append("None of the files holds a server certificate.")
    elif server.authority:
        problems.append(f"{server.path} is the certificate of an authority: its key can issue others. Issue a new one.")
    if server is not None:
        problems += [*_server_problems(server), *_name_problems(server, subject)]
    problems += [text for each in facts.certificates if (text := key_size_problem(each))]
    problems += [
        f"{each.path} trusts {each.bundled} authorities: a client certificate of any of them is accepted."
        for each in facts.certificates
        if each.authority and each.bundled > _MOST_AUTHORITIES
    ]
    named = [*(each.path for each in facts.certificates), *(each.path for each in facts.keys)]
    problems += unexpected_writers(subject, named)
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


def _server_certificate(subject: CheckContext) -> CertificateFacts | None:
    """Return the first certificate of the file that the server shows; where that is not seen, one of no authority."""
    found = setting(subject, "tls-cert-file")
    named = PurePosixPath(found.live or found.file or "/")
    known = subject.instance.tls.certificates
    shown = [each for each in known if each.path == named or (not named.is_absolute() and each.path.name == named.name)]
    return next(iter((*shown, *(each for each in known if not each.authority))), None)


def validity_problem(certificate: CertificateFacts, subject: CheckContext) -> str:
    """Return that a certificate, or one between it and its authority, is not valid today or due; empty when neither."""
    named: list[tuple[str, ChainCertificate]] = [(str(certificate.path), certificate)]
    named += [(f"The intermediate {each.subject} in {certificate.path}", each) for each in certificate.chain]
    return " ".join(text for name, each in named if (text := _validity_problem(name, each, subject)))


def _validity_problem(name: str, certificate: ChainCertificate, subject: CheckContext) -> str:
    left = days_left(certificate, subject)
    if left < 0:
        return f"{name} expired on {certificate.not_after[:10]}."
    if _is_due(certificate, subject):
        return f"{name} expires in {counted(left, 'day')}."
    if _day(certificate.not_before) > subject.today:
        return f"{name} is not valid before {certificate.not_before[:10]}."
    return ""


def _is_due(certificate: ChainCertificate, subject: CheckContext) -> bool:
    """Return whether it is to be renewed; by whole days, so that the verdict holds for a day."""
    first, last, today = (
        _midnight(day) for day in (_day(certificate.not_before), _day(certificate.not_after), subject.today)
    )
    return renewal_is_due(first, last, today)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def days_left(certificate: ChainCertificate, subject: CheckContext) -> int:
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


def key_file_problem(key: FileStatus, subject: CheckContext) -> str:
    """Return that a private key is missing or open to other accounts; empty when neither."""
    if key.kind is FileKind.ABSENT:
        return f"The private key {key.path} is missing."
    mode = f"(mode {key.mode:04o} {key.owner}:{key.group})"
    if key.mode & OTHERS and not is_closed_in(key.path, subject.instance.writers):
        return f"Every user of this host can read the private key {key.path} {mode}."
    if key.mode & _GROUP_WRITES:
        return f"Group {key.group} can change the private key {key.path} {mode}."
    if key.mode & _GROUP_READS and key.group not in service_groups(subject):
        return f"Group {key.group} can read the private key {key.path} {mode}."
    return listed_access(subject, key, "read the private key")


def key_size_problem(certificate: CertificateFacts) -> str:
    """Return that the public key of a certificate is too short; empty when it is not."""
    kind, _, rest = certificate.key_type.partition(" ")
    size = re.search(r"\d{3,}", rest)
    least = _LEAST_BITS.get(kind)
    if least is None or size is None or int(size[0]) >= least:
        return ""
    return f"{certificate.path} has a key of {size[0]} bits ({kind}); {least} are the least."


def _name_problems(certificate: CertificateFacts, subject: CheckContext) -> list[str]:
    """Clients compare the names of a certificate with the name or address by which they connect."""
    ways = ways_to(subject)
    if not (subject.tcp and certificate.names) or any(_is_named(each, ways) for each in certificate.names):
        return []
    said = ", ".join(each.partition(":")[2] for each in certificate.names[:_SHOWN])
    known = ", ".join(sorted(ways)[:_SHOWN])
    return [f"{certificate.path} names {said}, but clients reach this server by {known}: they refuse it."]


def ways_to(subject: CheckContext) -> frozenset[str]:
    """Return the names and addresses by which clients reach the listeners, in lower case."""
    facts = subject.facts
    found = {facts.hostname, *facts.names, *(setting(subject, name).live or "" for name in _ANNOUNCED)}
    for listener in subject.tcp:
        if wildcard_family(listener.address):
            found |= {*own_addresses(facts), "localhost"}
        else:
            found |= {listener.address, *(("localhost",) if is_local(listener) else ())}
    return frozenset(each.lower() for each in found if each)


def _is_named(name: str, ways: Iterable[str]) -> bool:
    """Return whether a client that comes by one of these accepts a name of a certificate (RFC 6125, 6.4)."""
    kind, _, text = name.lower().partition(":")
    if kind == "ip":
        return any(parse_address(each) == parse_address(text) for each in ways if parse_address(each))
    rest = text.removeprefix("*.")
    return any(each == text or (rest != text and each.partition(".")[2] == rest) for each in ways)


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
