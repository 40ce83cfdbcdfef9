"""PEM bytes to keys and certificates and back, with words for what is wrong with them."""
# ruff: noqa: PLC0415 - cryptography costs 60 ms; only who makes or reads a certificate pays it

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from wizard.errors import CertificateError
from wizard.model.answers import KeyType

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import Certificate

    from wizard.model.value import Secret

    SigningKey: TypeAlias = EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey | Ed448PrivateKey

CLOCK_SKEW = timedelta(minutes=5)
"""A new certificate is valid from this long ago, for clients whose clock is behind."""


class Issued:
    """A certificate with its private key, both PEM. Its repr shows neither."""

    __slots__ = ("certificate", "key")

    def __init__(self, *, certificate: bytes, key: bytes) -> None:
        self.certificate = certificate
        self.key = key

    def __repr__(self) -> str:
        return "Issued(***)"


def generate_key(key_type: KeyType) -> EllipticCurvePrivateKey | RSAPrivateKey:
    """Generate a new private key. RSA of 4096 bits can take a few seconds."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    match key_type:
        case KeyType.EC_P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyType.RSA_2048:
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case KeyType.RSA_4096:
            return rsa.generate_private_key(public_exponent=65537, key_size=4096)


def write_key(key: SigningKey, passphrase: Secret | None = None) -> bytes:
    """Write a private key as PKCS #8, encrypted when a passphrase is given."""
    from cryptography.hazmat.primitives import serialization

    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        protection = serialization.BestAvailableEncryption(passphrase.reveal().encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def write_certificate(certificate: Certificate) -> bytes:
    """Write a certificate as PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def read_key(pem: bytes, passphrase: Secret | None = None) -> SigningKey:
    """Read a private key that can sign.

    Raises:
        CertificateError: not PEM, encrypted and no or a wrong passphrase given, or of a kind that
            no TLS server uses.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    secret = passphrase.reveal().encode() if passphrase is not None and b"ENCRYPTED" in pem else None
    try:
        key = load_pem_private_key(pem, secret)
    except TypeError:
        raise CertificateError("the private key is encrypted; name the file that holds its passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError(_unreadable_key(encrypted=secret is not None)) from None
    if not isinstance(
        key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
    ):
        raise CertificateError("the private key has a type that TLS does not use; give an EC, RSA or Ed25519 key")
    return key


def _unreadable_key(*, encrypted: bool) -> str:
    """Say why a key could not be read, without a byte of it."""
    if encrypted:
        return "the private key cannot be opened with this passphrase; check the passphrase file"
    return "this is not a private key in PEM form; give a file that begins with -----BEGIN PRIVATE KEY-----"


def read_certificates(pem: bytes) -> tuple[Certificate, ...]:
    """Read every certificate of a PEM file, in order; at least one.

    Raises:
        CertificateError: there is none, or one cannot be read.
    """
    from cryptography import x509

    try:
        found = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        found = ()
    if not found:
        raise CertificateError(
            "this is not a certificate in PEM form; give a file that begins with -----BEGIN CERTIFICATE-----"
        )
    return found


def digest_for(key: SigningKey) -> SHA256 | None:
    """Return the hash that a key signs with; Edwards keys bring their own."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256() if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) else None
