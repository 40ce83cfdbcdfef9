"""What a certificate says, in the standard's own terms.

What may not live here: files and their rights (`facts`), keys.
"""

from wizard.model.value import Value


class CertificateDetails(Value, frozen=True, kw_only=True):
    """What one certificate says of itself."""

    subject: str
    """RFC 4514 text."""
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
    not_before: str
    """ISO 8601, UTC, ending in ``Z``."""
    not_after: str
    fingerprint: str
    """SHA-256 in hex."""
    authority_key_identifier: bool
    """The extension is present (Python's strict check wants it)."""
