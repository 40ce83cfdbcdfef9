"""A real server with our certificates and Python's strict checks: in with a certificate, out without."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.certificate_set import authority, leaf, store, strict_context
from tests.support.servers import Server, running
from wizard.model.answers import KeyType
from wizard.model.change import CertificateRole
from wizard.pki.pem import Issued, read_certificates, read_key, write_certificate
from wizard.sandbox.ports import free_port

pytestmark = pytest.mark.server

NOW = datetime.now(UTC)
SECONDS = 5.0
CA = authority("Handshake CA", now=NOW)


@contextmanager
def _serving(server: Server, place: Path, pair: Issued) -> Iterator[int]:
    certificate, key = store(place, "server", pair)
    trusted, _ = store(place, "ca", CA)
    port = free_port()
    lines = (
        f"tls-port {port}",
        "bind 127.0.0.1",
        f"tls-cert-file {certificate}",
        f"tls-key-file {key}",
        f"tls-ca-cert-file {trusted}",
        "tls-auth-clients yes",
        'tls-protocols "TLSv1.2 TLSv1.3"',
    )
    with running(server, "\n".join(lines) + "\n", place):
        yield port


def _ping(port: int, context: ssl.SSLContext, *, name: str) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        secure.sendall(b"PING\r\n")
        return secure.recv(64)


def _context(place: Path, pair: Issued | None) -> ssl.SSLContext:
    context = strict_context(ssl.PROTOCOL_TLS_CLIENT, CA)
    if pair is not None:
        context.load_cert_chain(*store(place, "client", pair))
    return context


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_strict_clients_get_in_by_name_and_by_address(
    tls_server: Server, place: Path, name: str, version: ssl.TLSVersion
) -> None:
    context = _context(place, leaf(CertificateRole.CLIENT, by=CA, now=NOW))
    context.minimum_version = context.maximum_version = version
    with _serving(tls_server, place, leaf(by=CA, now=NOW)) as port:
        assert _ping(port, context, name=name) == b"+PONG\r\n"


def test_an_rsa_server_certificate_works_too(tls_server: Server, place: Path) -> None:
    context = _context(place, leaf(CertificateRole.CLIENT, by=CA, now=NOW))
    with _serving(tls_server, place, leaf(by=CA, now=NOW, key_type=KeyType.RSA_2048)) as port:
        assert _ping(port, context, name="localhost") == b"+PONG\r\n"


def test_the_server_certificate_also_opens_the_door_as_a_replica_does(tls_server: Server, place: Path) -> None:
    pair = leaf(by=CA, now=NOW)
    with _serving(tls_server, place, pair) as port:
        assert _ping(port, _context(place, pair), name="localhost") == b"+PONG\r\n"


def test_without_a_certificate_nobody_gets_in(tls_server: Server, place: Path) -> None:
    with _serving(tls_server, place, leaf(by=CA, now=NOW)) as port, pytest.raises((ssl.SSLError, OSError)):
        _ping(port, _context(place, None), name="localhost")


def test_a_certificate_of_another_authority_is_refused(tls_server: Server, place: Path) -> None:
    foreign = leaf(CertificateRole.CLIENT, by=authority("Foreign CA", now=NOW), now=NOW)
    with _serving(tls_server, place, leaf(by=CA, now=NOW)) as port, pytest.raises((ssl.SSLError, OSError)):
        _ping(port, _context(place, foreign), name="localhost")


def test_a_certificate_for_servers_alone_is_refused_as_client(tls_server: Server, place: Path) -> None:
    with _serving(tls_server, place, leaf(by=CA, now=NOW)) as port, pytest.raises((ssl.SSLError, OSError)):
        _ping(port, _context(place, _for_servers_alone()), name="localhost")


def _for_servers_alone() -> Issued:
    """Our server certificate with its usages cut down to serverAuth, signed again by the authority."""
    pair = leaf(by=CA, now=NOW)
    made = read_certificates(pair.certificate)[0]
    builder = (
        x509.CertificateBuilder()
        .subject_name(made.subject)
        .issuer_name(made.issuer)
        .public_key(made.public_key())
        .serial_number(made.serial_number)
        .not_valid_before(made.not_valid_before_utc)
        .not_valid_after(made.not_valid_after_utc)
    )
    for extension in made.extensions:
        if not isinstance(extension.value, x509.ExtendedKeyUsage):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    key = read_key(CA.key)
    return Issued(certificate=write_certificate(builder.sign(key, hashes.SHA256())), key=pair.key)
