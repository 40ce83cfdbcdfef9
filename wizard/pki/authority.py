"""A certificate authority made by the product, and the check of the operator's own."""
# ruff: noqa: PLC0415 - cryptography costs 60 ms; only who makes or reads a certificate pays it

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wizard.errors import CertificateError
from wizard.pki.names import check_common_name
from wizard.pki.pem import (
    CLOCK_SKEW,
    Issued,
    digest_for,
    generate_key,
    read_certificates,
    read_key,
    write_certificate,
    write_key,
)
from wizard.pki.verify import details, validity_problem

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import CertificateBuilder, KeyUsage

    from wizard.model.answers import KeyType
    from wizard.model.value import Secret

NO_KEY_USAGE = (
    "the CA certificate has no keyUsage extension; clients with strict checks (Python 3.13 and newer) refuse it, "
    "so make a new one with keyCertSign and cRLSign"
)


def create_authority(
    *, common_name: str, key_type: KeyType, days: int, now: datetime, passphrase: Secret | None = None
) -> Issued:
    """Make a self-signed authority that may sign leaves, but no further authorities.

    Args:
        common_name: Its name, 1 to 64 characters.
        key_type: Kind of its key.
        days: Valid for this many days from `now`, at least 1.
        now: Time zone aware; the certificate begins five minutes earlier.
        passphrase: Encrypts the key (PKCS #8); ``None`` leaves it in the clear.

    Raises:
        InvalidValueError: the name cannot be a common name.
        CertificateError: `days` is below 1 or passes the year 9999.

    Source:
        RFC 5280 4.2.1.3 and 4.2.1.9; OpenSSL ``X509_check_ca`` under ``X509_V_FLAG_X509_STRICT``,
        which Python 3.13 sets: basicConstraints and keyUsage critical, subject key identifier.
    """
    from cryptography import x509

    key = generate_key(key_type)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, check_common_name(common_name))])
    builder = (
        certificate_builder(now=now, days=days)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    return Issued(certificate=write_certificate(builder.sign(key, digest_for(key))), key=write_key(key, passphrase))


def check_authority(
    certificate: bytes, key: bytes, *, now: datetime, passphrase: Secret | None = None
) -> tuple[str, ...]:
    """Check the operator's own authority.

    Returns:
        What is allowed but will trouble strict clients, one sentence each; usually empty.

    Raises:
        CertificateError: it cannot sign: no CA, not valid now, no right to sign certificates, or
            the key is another's or cannot be opened.
    """
    found = read_certificates(certificate)[0]
    known = details(found)
    if not known.authority:
        raise CertificateError(
            "the CA certificate is not an authority (basicConstraints CA:TRUE is missing); give another"
        )
    if problem := validity_problem(known, now):
        raise CertificateError(f"the CA certificate {problem}; give one that is valid")
    if known.key_usage and "keyCertSign" not in known.key_usage:
        raise CertificateError(
            "the CA certificate may not sign certificates (keyUsage lacks keyCertSign); give another"
        )
    if read_key(key, passphrase).public_key() != found.public_key():
        raise CertificateError("the CA key does not belong to the CA certificate; give the pair")
    return () if known.key_usage else (NO_KEY_USAGE,)


def certificate_builder(*, now: datetime, days: int, not_before: datetime | None = None) -> CertificateBuilder:
    """Begin a certificate: a random serial of 159 bits, valid from five minutes ago.

    Args:
        now: Time zone aware.
        days: At least 1.
        not_before: Not earlier than this (the authority's own beginning).

    Raises:
        CertificateError: `days` is no possible number of days.
    """
    from cryptography import x509

    if days < 1:
        raise CertificateError(f"a certificate cannot be valid for {days} days; give at least 1")
    start = now.replace(microsecond=0) - CLOCK_SKEW
    try:
        end = now.replace(microsecond=0) + timedelta(days=days)
    except OverflowError:
        raise CertificateError(f"a certificate cannot be valid for {days} days; give fewer") from None
    begins = max(start, not_before) if not_before else start
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(end)
    )


def key_usage(*, signs_certificates: bool = False, encipherment: bool = False) -> KeyUsage:
    """Give the keyUsage of an authority, or of a leaf (RSA leaves also need keyEncipherment for old key exchanges)."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
