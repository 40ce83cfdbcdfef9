"""What a certificate says, in the standard's own terms."""

from datetime import datetime, timedelta
from enum import StrEnum

from wizard.model.value import Value

RENEW_BEFORE = timedelta(days=30)
"""A certificate is renewed this long before it expires."""
_PART = 3
"""One that is valid for less than this many times 30 days is renewed in the last third of its time."""


def renewal_is_due(not_before: datetime, not_after: datetime, now: datetime) -> bool:
    """Return whether a certificate is so near its end that it is to be renewed now.

    A new certificate is never due, however short its time: else each plan would want another one.
    """
    return not_after - now <= min(RENEW_BEFORE, (not_after - not_before) / _PART)


class ChainCertificate(Value, frozen=True, kw_only=True):
    """Whose certificate it is, and when it is valid."""

    subject: str
    """RFC 4514 text."""
    not_before: str
    """ISO 8601, UTC, ending in ``Z``."""
    not_after: str


class CertificateDetails(ChainCertificate, frozen=True, kw_only=True):
    """What one certificate says of itself."""

    issuer: str
    names: tuple[str, ...]
    """Subject alternative names, ``DNS:…`` and ``IP:…``."""
    usages: tuple[str, ...]
    """Extended key usages by OpenSSL's short names: ``serverAuth``, ``clientAuth``; empty when there is none."""
    authority: bool
    """``basicConstraints CA:TRUE``."""
    key_usage: tuple[str, ...]
    """For example ``digitalSignature``, ``keyCertSign``; empty when the extension is missing."""
    key_type: str
    """For example ``EC P-256`` or ``RSA 2048``."""
    fingerprint: str
    """SHA-256 in hex."""
    authority_key_identifier: bool
    """The extension is present (Python's strict check wants it)."""
    chain: tuple[ChainCertificate, ...] = ()
    """Further certificates of its file, between it and its authority; behind an authority's own there are none."""
    bundled: int = 1
    """Certificates in its file."""


class AuthorityStep(StrEnum):
    """The steps by which a new authority takes the place of the one that is there, in their order."""

    TRUST = "trust"
    """Make it; server and clients trust both."""
    ISSUE = "issue"
    """It issues every certificate again; both are trusted."""
    DROP = "drop"
    """It alone is trusted."""


class CertificateOrder(Value, frozen=True, kw_only=True):
    """What a plan about certificates alone does; exactly one of these, or the renewal of those that are due."""

    renew: tuple[str, ...] = ()
    """Renew these whether due or not: ``server``, or the name of a client's."""
    issue: str = ""
    """Issue one for this client or host."""
    names: tuple[str, ...] = ()
    """Names of that host, which makes it one for a server too."""
    days: int = 0
    """How long that is valid; 0 as by the answers."""
    authority: AuthorityStep | None = None
