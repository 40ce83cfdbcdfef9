"""Certificates for servers and clients, signed by an authority."""
# ruff: noqa: PLC0415 - cryptography costs 60 ms; only who makes or reads a certificate pays it

from __future__ import annotations

from datetime import UTC, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from wizard.errors import CertificateError
from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole
from wizard.pki.authority import certificate_builder, check_authority, key_usage
from wizard.pki.names import Names, check_common_name
from wizard.pki.pem import Issued, digest_for, generate_key, read_certificates, read_key, write_certificate, write_key

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import (
        AuthorityKeyIdentifier,
        Certificate,
        CertificateBuilder,
        ExtendedKeyUsage,
        SubjectAlternativeName,
    )

    from wizard.model.value import Secret
    from wizard.pki.pem import SigningKey


def issue(  # noqa: PLR0913 - the facts of a certificate, each by name
    role: CertificateRole,
    *,
    common_name: str,
    names: Names,
    key_type: KeyType,
    days: int,
    now: datetime,
    authority_certificate: bytes,
    authority_key: bytes,
    passphrase: Secret | None = None,
) -> Issued:
    """Make a key and a certificate for a server or a client.

    A server carries serverAuth and clientAuth, since replication uses one certificate on both
    ends; a client carries clientAuth alone, so it can never pose as the server.

    Args:
        role: SERVER or CLIENT.
        common_name: 1 to 64 characters; for a client the ACL user it belongs to.
        names: Subject alternative names; a server needs at least one.
        key_type: Kind of its key.
        days: Valid for this many days; never beyond the authority.
        now: Time zone aware.
        authority_certificate: PEM; the first certificate signs.
        authority_key: PEM.
        passphrase: Opens `authority_key`; ``None`` when it is not encrypted.

    Raises:
        CertificateError: the authority cannot sign (`check_authority`), would end before the leaf
            (the text says how many days are possible), or a server has no name.
        InvalidValueError: the common name cannot be one.

    Source:
        RFC 5280 4.2.1; strict checks of Python 3.13 want SAN and authority key identifier.
    """
    from cryptography import x509

    _check_role(role, names)
    check_authority(authority_certificate, authority_key, now=now, passphrase=passphrase)
    issuer = read_certificates(authority_certificate)[0]
    _check_days(days, now, issuer)
    key, signer = generate_key(key_type), read_key(authority_key, passphrase)
    builder = certificate_builder(now=now, days=days, not_before=issuer.not_valid_before_utc)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, check_common_name(common_name))])
    builder = builder.subject_name(subject).issuer_name(issuer.subject).public_key(key.public_key())
    described = _describe(builder, role, names, rsa=key_type is not KeyType.EC_P256)
    signed = _tie(described, key, issuer, signer).sign(signer, digest_for(signer))
    return Issued(certificate=write_certificate(signed), key=write_key(key))


def _describe(builder: CertificateBuilder, role: CertificateRole, names: Names, *, rsa: bool) -> CertificateBuilder:
    """Say what it is good for: usages and names."""
    from cryptography import x509

    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(encipherment=rsa), critical=True)
        .add_extension(_extended_usage(role), critical=False)
    )
    return builder if names.empty else builder.add_extension(_alternatives(names), critical=False)


def _tie(builder: CertificateBuilder, key: SigningKey, issuer: Certificate, signer: SigningKey) -> CertificateBuilder:
    """Name its own key and the one that signs."""
    from cryptography import x509

    return builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    ).add_extension(_issuer_identifier(issuer, signer), critical=False)


def _check_role(role: CertificateRole, names: Names) -> None:
    """Refuse what is no leaf, and a server without a name that clients could check."""
    if role is CertificateRole.AUTHORITY:
        msg = "issue() makes servers and clients; use create_authority() for an authority"
        raise TypeError(msg)
    if role is CertificateRole.SERVER and names.empty:
        raise CertificateError("a server certificate needs at least one host name or address; add one")


def _check_days(days: int, now: datetime, issuer: Certificate) -> None:
    """Refuse a leaf that would outlive its authority."""
    end = issuer.not_valid_after_utc
    possible = (end - now.astimezone(UTC)) // timedelta(days=1)
    if days <= possible:
        return
    remedy = f"give at most {possible} days or renew the CA" if possible > 0 else "renew the CA"
    raise CertificateError(f"{days} days are longer than the CA is valid (until {end:%Y-%m-%d}); {remedy}")


def _extended_usage(role: CertificateRole) -> ExtendedKeyUsage:
    """Both uses for a server, clientAuth alone for a client."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if role is CertificateRole.SERVER:
        usages.insert(0, ExtendedKeyUsageOID.SERVER_AUTH)
    return x509.ExtendedKeyUsage(usages)


def _alternatives(names: Names) -> SubjectAlternativeName:
    """Names as the extension holds them."""
    from cryptography import x509

    hosts = [x509.DNSName(host) for host in names.hosts]
    addresses = [x509.IPAddress(ip_address(address)) for address in names.addresses]
    return x509.SubjectAlternativeName([*hosts, *addresses])


def _issuer_identifier(issuer: Certificate, signer: SigningKey) -> AuthorityKeyIdentifier:
    """Name the issuer's key as the issuer itself does, else by its hash."""
    from cryptography import x509

    try:
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
