"""An authority that strict clients trust, and the check of one that is brought along."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.certificate_set import NOW, authority, leaf
from wizard.errors import CertificateError, InvalidValueError
from wizard.model.answers import KeyType
from wizard.model.value import Secret
from wizard.pki.authority import check_authority, create_authority
from wizard.pki.pem import Issued, read_certificates, read_key


def _foreign_authority(*, usage: bool | None, ca: bool = True) -> Issued:
    """A self-signed certificate as other tools make them; `usage` None leaves keyUsage out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign CA")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=100))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=usage,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    return Issued(
        certificate=builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM),
        key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ),
    )


def test_is_an_authority_that_signs_leaves_only() -> None:
    made = read_certificates(authority().certificate)[0]
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature
    assert made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def test_begins_five_minutes_ago_for_clients_with_a_slow_clock() -> None:
    made = read_certificates(authority(days=10).certificate)[0]
    assert made.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert made.not_valid_after_utc == NOW + timedelta(days=10)


def test_draws_a_new_serial_each_time() -> None:
    serials = {read_certificates(authority(f"CA {number}").certificate)[0].serial_number for number in range(5)}
    assert len(serials) == 5
    assert all(serial.bit_length() <= 159 for serial in serials)


def test_encrypts_the_key_with_a_passphrase() -> None:
    made = create_authority(
        common_name="CA", key_type=KeyType.EC_P256, days=10, now=NOW, passphrase=Secret("correct horse")
    )
    assert made.key.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    read_key(made.key, Secret("correct horse"))
    with pytest.raises(CertificateError, match="passphrase file"):
        read_key(made.key, Secret("wrong"))
    with pytest.raises(CertificateError, match="is encrypted"):
        read_key(made.key)


@pytest.mark.parametrize("days", [0, -1, 10_000_000])
def test_refuses_days_that_cannot_be(days: int) -> None:
    with pytest.raises(CertificateError, match="cannot be valid"):
        create_authority(common_name="CA", key_type=KeyType.EC_P256, days=days, now=NOW)


def test_refuses_a_name_that_cannot_be() -> None:
    with pytest.raises(InvalidValueError):
        create_authority(common_name="", key_type=KeyType.EC_P256, days=1, now=NOW)


def test_accepts_its_own_authority_without_a_word() -> None:
    assert check_authority(authority().certificate, authority().key, now=NOW) == ()


def test_tells_that_strict_clients_refuse_an_authority_without_key_usage() -> None:
    own = _foreign_authority(usage=None)
    (warning,) = check_authority(own.certificate, own.key, now=NOW)
    assert "keyUsage" in warning


def test_refuses_a_brought_authority_that_cannot_sign() -> None:
    server = leaf()
    with pytest.raises(CertificateError, match="CA:TRUE"):
        check_authority(server.certificate, server.key, now=NOW)
    without_right = _foreign_authority(usage=False)
    with pytest.raises(CertificateError, match="keyCertSign"):
        check_authority(without_right.certificate, without_right.key, now=NOW)


def test_refuses_the_key_of_another_authority() -> None:
    with pytest.raises(CertificateError, match="does not belong"):
        check_authority(authority().certificate, authority("Other CA").key, now=NOW)


def test_refuses_an_authority_that_is_not_valid_now() -> None:
    own = authority(days=10)
    with pytest.raises(CertificateError, match="expired"):
        check_authority(own.certificate, own.key, now=NOW + timedelta(days=11))
    with pytest.raises(CertificateError, match="not valid before"):
        check_authority(own.certificate, own.key, now=NOW - timedelta(days=1))


@pytest.mark.parametrize("data", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_says_what_is_no_certificate_and_no_key(data: bytes) -> None:
    with pytest.raises(CertificateError, match="PEM form"):
        check_authority(data, authority().key, now=NOW)
    with pytest.raises(CertificateError, match="PEM form"):
        check_authority(authority().certificate, data, now=NOW)


def test_shows_neither_key_nor_certificate_in_its_repr() -> None:
    assert repr(authority()) == "Issued(***)"
