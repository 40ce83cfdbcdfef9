"""What a certificate file says, and which names a server's should have."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath

from wizard.errors import CertificateError, InvalidValueError
from wizard.model.certificate import renewal_is_due
from wizard.model.value import Value
from wizard.pki.names import Names, subject_names
from wizard.planning.addresses import reachable
from wizard.planning.context import Context


class CertificateSummary(Value, frozen=True, kw_only=True):
    """What a certificate file says, as far as planning asks."""

    names: tuple[str, ...]
    not_before: str
    not_after: str


def names(context: Context) -> tuple[str, ...]:
    """Return what the server's certificate is good for: by answer, ``auto`` for host names and bound addresses.

    Raises:
        InvalidValueError: a name of the answer is neither a host name nor an address.
    """
    found: dict[str, None] = {}
    for text in context.answers.tls.names:
        automatic = _automatic(context) if text == "auto" else (subject_names((text,)),)
        for each in automatic:
            found.update(dict.fromkeys((*each.hosts, *each.addresses)))
    return tuple(found)


def _automatic(context: Context) -> list[Names]:
    facts = context.facts
    found = []
    for text in (facts.hostname, *facts.names, "localhost", *reachable(context)):
        try:
            found.append(subject_names((text,)))
        except InvalidValueError:  # a name of the host that no certificate can hold
            continue
    return found


def missing_names(shown: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the wanted names that a certificate does not have; `shown` are ``DNS:…`` and ``IP:…``."""
    known = {text.partition(":")[2].lower() for text in shown}
    return tuple(name for name in wanted if name not in known)


def read_certificate(context: Context, path: PurePosixPath) -> CertificateSummary | None:
    """Read a certificate from the facts, else from the bytes that were read; ``None`` where neither has it."""
    for each in context.instance.tls.certificates:
        if each.path == path:
            return CertificateSummary(names=each.names, not_before=each.not_before, not_after=each.not_after)
    data = context.sources.get(path)
    if data is None:
        return None
    from wizard.pki.verify import describe  # noqa: PLC0415 - cryptography costs 60 ms and most plans need none

    try:
        details = describe(data)
    except CertificateError:
        return CertificateSummary(names=(), not_before=context.facts.taken_at, not_after=context.facts.taken_at)
    return CertificateSummary(names=details.names, not_before=details.not_before, not_after=details.not_after)


def expires_soon(context: Context, shown: CertificateSummary) -> bool:
    """Return whether a certificate is to be renewed now."""
    return renewal_is_due(parse_time(shown.not_before), parse_time(shown.not_after), facts_time(context))


def facts_time(context: Context) -> datetime:
    """Return the time of the facts, which is now for a plan."""
    return parse_time(context.facts.taken_at)


def parse_time(text: str) -> datetime:
    """Read a time of the facts; they are all in UTC."""
    return datetime.fromisoformat(text)
