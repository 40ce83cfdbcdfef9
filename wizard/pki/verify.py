"""What a certificate says, and whether it holds: validity, chain, and that a key belongs to it."""
# ruff: noqa: PLC0415 - cryptography costs 60 ms; only who makes or reads a certificate pays it

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from wizard.errors import CertificateError
from wizard.model.certificate import CertificateDetails, ChainCertificate
from wizard.model.value import Secret, replace
from wizard.pki.pem import read_certificates, read_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate, Extensions

_LONGEST_CHAIN = 8

_KEY_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}


def describe(pem: bytes) -> CertificateDetails:
    """Return what the first certificate of a PEM file says, and those that lead from it to its authority.

    Raises:
        CertificateError: no certificate, or one whose extensions cannot be read.
    """
    first, *more = read_certificates(pem)
    told = details(first)
    return replace(told, chain=() if told.authority else tuple(map(_in_chain, more)), bundled=1 + len(more))


def _in_chain(certificate: Certificate) -> ChainCertificate:
    told = details(certificate)
    return ChainCertificate(subject=told.subject, not_before=told.not_before, not_after=told.not_after)


def key_matches(certificate: bytes, key: bytes, passphrase: Secret | None = None) -> bool:
    """Return whether a private key is the one of the first certificate.

    Raises:
        CertificateError: one of them cannot be read.
    """
    return read_key(key, passphrase).public_key() == read_certificates(certificate)[0].public_key()


def chain_problem(certificate: bytes, authority: bytes, now: datetime) -> str:
    """Return why a certificate does not lead to one of the trusted authorities, in one clause.

    Args:
        certificate: PEM; the first one is judged, further ones may stand between it and the authority.
        authority: PEM bundle of trusted authorities.
        now: Time zone aware.

    Returns:
        Empty when every link is signed, allowed to sign and valid now.

    Raises:
        CertificateError: one of them cannot be read.

    Source:
        ``openssl verify``. ``cryptography.x509.verification`` refuses authorities with an Ed25519 key, which servers
        and clients accept (measured with 50.0), so its refusal is no fact to show.
    """
    chain = read_certificates(certificate)
    trusted = read_certificates(authority)
    subject = chain[0]
    for _ in range(_LONGEST_CHAIN):
        if problem := validity_problem(details(subject), now):
            return f"the certificate of {subject.subject.rfc4514_string()} {problem}"
        if subject in trusted:
            return ""
        found = _issuer(subject, (*trusted, *chain[1:]))
        if isinstance(found, str):
            return found
        subject = found
    return "the chain of certificates is too long or has a loop"


def validity_problem(certificate: CertificateDetails, now: datetime) -> str:
    """Return why a certificate is not valid at a time, as the end of a sentence; empty when it is."""
    if now < datetime.fromisoformat(certificate.not_before):
        return f"is not valid before {certificate.not_before}"
    if now > datetime.fromisoformat(certificate.not_after):
        return f"expired on {certificate.not_after}"
    return ""


def _issuer(subject: Certificate, candidates: Sequence[Certificate]) -> Certificate | str:
    """Find the certificate that signed this one, or say why none may have."""
    name = subject.subject.rfc4514_string()
    named = [each for each in candidates if each.subject == subject.issuer]
    if not named:
        issuer = subject.issuer.rfc4514_string()
        return f"the certificate of {name} is issued by {issuer}, which is not among the authorities"
    signed = [each for each in named if _signed_by(subject, each)]
    if not signed:
        return f"the certificate of {name} is not signed by the key of its authority"
    known = details(signed[0])
    if not known.authority:
        return f"{known.subject} signed the certificate of {name} but is not an authority"
    if known.key_usage and "keyCertSign" not in known.key_usage:
        return f"{known.subject} may not sign certificates (keyUsage lacks keyCertSign)"
    return signed[0]


def _signed_by(subject: Certificate, issuer: Certificate) -> bool:
    """Return whether the issuer's key made the signature."""
    from cryptography.exceptions import InvalidSignature

    try:
        subject.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def details(certificate: Certificate) -> CertificateDetails:
    """Return what a certificate says.

    Raises:
        CertificateError: its extensions or its key cannot be read.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        extensions = certificate.extensions
        return CertificateDetails(
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            names=_names(extensions),
            usages=_usages(extensions),
            authority=_is_authority(extensions),
            key_usage=_key_usage(extensions),
            key_type=_key_type(certificate),
            not_before=f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
            not_after=f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            fingerprint=certificate.fingerprint(SHA256()).hex(),
            authority_key_identifier=any(isinstance(each.value, x509.AuthorityKeyIdentifier) for each in extensions),
        )
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CertificateError("the certificate holds something that cannot be read; make a new one") from error


def _names(extensions: Extensions) -> tuple[str, ...]:
    """Subject alternative names that TLS clients look at."""
    from cryptography import x509

    try:
        value = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = tuple(f"DNS:{name}" for name in value.get_values_for_type(x509.DNSName))
    return (*hosts, *(f"IP:{address}" for address in value.get_values_for_type(x509.IPAddress)))


def _usages(extensions: Extensions) -> tuple[str, ...]:
    """Extended key usages, by name where it has one."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        value = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    known = {
        ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
        ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
    }
    return tuple(known.get(usage, usage.dotted_string) for usage in value)


def _is_authority(extensions: Extensions) -> bool:
    """``basicConstraints CA:TRUE``."""
    from cryptography import x509

    try:
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _key_usage(extensions: Extensions) -> tuple[str, ...]:
    """Names of the key usages that are set."""
    from cryptography import x509

    try:
        value = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(name for field, name in _KEY_USAGES.items() if getattr(value, field))


def _key_type(certificate: Certificate) -> str:
    """Kind and size of the public key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return "unknown"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        known = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
        return f"EC {known.get(key.curve.name, key.curve.name)}"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")
