"""Certificates for servers and clients that strict clients accept, and nothing that outlives its authority."""

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.support.certificate_set import NOW, authority, handshake, leaf, store, strict_context
from wizard.errors import CertificateError
from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole
from wizard.model.value import Secret
from wizard.pki.authority import create_authority
from wizard.pki.leaf import issue
from wizard.pki.names import Names, subject_names
from wizard.pki.pem import Issued, read_certificates
from wizard.pki.verify import describe

TODAY = datetime.now(UTC)


def test_server_carries_both_uses_its_names_and_the_ties_to_its_issuer() -> None:
    told = describe(leaf(CertificateRole.SERVER, "db1.example.org", "10.0.4.7", "::1").certificate)
    assert told.names == ("DNS:db1.example.org", "IP:10.0.4.7", "IP:::1")
    assert told.usages == ("serverAuth", "clientAuth")
    assert told.key_usage == ("digitalSignature",)
    assert told.authority_key_identifier
    assert not told.authority
    assert told.key_type == "EC P-256"


def test_client_carries_the_client_use_alone() -> None:
    told = describe(leaf(CertificateRole.CLIENT).certificate)
    assert told.usages == ("clientAuth",)
    assert told.subject == "CN=app"


def test_rsa_may_also_encipher_keys() -> None:
    told = describe(leaf(key_type=KeyType.RSA_2048).certificate)
    assert told.key_usage == ("digitalSignature", "keyEncipherment")
    assert told.key_type == "RSA 2048"


def test_never_outlives_the_authority_and_says_what_is_possible() -> None:
    with pytest.raises(CertificateError, match="at most 30 days"):
        leaf(days=31, by=authority(days=30))
    with pytest.raises(CertificateError, match="renew the CA"):
        leaf(days=1, by=authority(days=30), now=NOW + timedelta(days=29, hours=12))
    assert describe(leaf(days=30, by=authority(days=30)).certificate).not_after == "2026-06-03T10:11:12Z"


def test_does_not_begin_before_its_authority() -> None:
    young = authority("Young CA")
    made = read_certificates(leaf(by=young, now=NOW - timedelta(minutes=1)).certificate)[0]
    assert made.not_valid_before_utc == read_certificates(young.certificate)[0].not_valid_before_utc


def test_refuses_a_server_without_a_name() -> None:
    with pytest.raises(CertificateError, match="at least one host name"):
        issue(
            CertificateRole.SERVER,
            common_name="db1",
            names=Names(),
            key_type=KeyType.EC_P256,
            days=10,
            now=NOW,
            authority_certificate=authority().certificate,
            authority_key=authority().key,
        )


def test_opens_an_encrypted_authority_key() -> None:
    secret = Secret("correct horse")
    own = create_authority(common_name="CA", key_type=KeyType.EC_P256, days=10, now=NOW, passphrase=secret)
    made = issue(
        CertificateRole.SERVER,
        common_name="db1",
        names=subject_names(["db1"]),
        key_type=KeyType.EC_P256,
        days=5,
        now=NOW,
        authority_certificate=own.certificate,
        authority_key=own.key,
        passphrase=secret,
    )
    assert describe(made.certificate).issuer == "CN=CA"


def test_names_the_key_of_its_issuer() -> None:
    own = read_certificates(authority().certificate)[0].extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    made = read_certificates(leaf().certificate)[0].extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert made.value.key_identifier == own.value.digest


def _today() -> tuple[Issued, ssl.SSLContext]:
    own = authority("Today CA", now=TODAY)
    return own, strict_context(ssl.PROTOCOL_TLS_SERVER, own)


def _load(context: ssl.SSLContext, directory: Path, name: str, pair: Issued) -> None:
    context.load_cert_chain(*store(directory, name, pair))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
@pytest.mark.parametrize("key_type", [KeyType.EC_P256, KeyType.RSA_2048])
def test_strict_contexts_shake_hands_by_name_and_by_address(tmp_path: Path, name: str, key_type: KeyType) -> None:
    own, server = _today()
    client = strict_context(ssl.PROTOCOL_TLS_CLIENT, own)
    _load(server, tmp_path, "server", leaf(by=own, now=TODAY, key_type=key_type))
    _load(client, tmp_path, "client", leaf(CertificateRole.CLIENT, by=own, now=TODAY))
    handshake(server, client, name)


def test_a_name_that_is_not_in_the_certificate_is_refused(tmp_path: Path) -> None:
    own, server = _today()
    client = strict_context(ssl.PROTOCOL_TLS_CLIENT, own)
    _load(server, tmp_path, "server", leaf(by=own, now=TODAY))
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        handshake(server, client, "127.0.0.2")


def test_a_client_certificate_cannot_stand_for_the_server(tmp_path: Path) -> None:
    own, server = _today()
    client = strict_context(ssl.PROTOCOL_TLS_CLIENT, own)
    _load(server, tmp_path, "posing", leaf(CertificateRole.CLIENT, "localhost", by=own, now=TODAY))
    with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
        handshake(server, client, "localhost")


def test_a_client_without_certificate_or_of_another_authority_is_refused(tmp_path: Path) -> None:
    own, server = _today()
    _load(server, tmp_path, "server", leaf(by=own, now=TODAY))
    server.maximum_version = ssl.TLSVersion.TLSv1_2  # with 1.3 the client learns of it only on its first read
    with pytest.raises(ssl.SSLError):
        handshake(server, strict_context(ssl.PROTOCOL_TLS_CLIENT, own), "localhost")
    stranger = strict_context(ssl.PROTOCOL_TLS_CLIENT, own)
    _load(stranger, tmp_path, "foreign", leaf(CertificateRole.CLIENT, by=authority("Foreign", now=TODAY), now=TODAY))
    with pytest.raises(ssl.SSLError):
        handshake(server, stranger, "localhost")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
@pytest.mark.parametrize(
    ("role", "purpose"), [(CertificateRole.SERVER, "sslserver"), (CertificateRole.CLIENT, "sslclient")]
)
def test_openssl_verifies_the_chain_strictly(tmp_path: Path, role: CertificateRole, purpose: str) -> None:
    own = authority("Today CA", now=TODAY)
    trusted, _ = store(tmp_path, "ca", own)
    certificate, _ = store(tmp_path, "leaf", leaf(role, by=own, now=TODAY))
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", trusted, certificate],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
