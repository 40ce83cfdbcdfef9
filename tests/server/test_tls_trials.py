"""What real servers agree to and whom they let in, by each old version and broken cipher."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.certificate_set import authority, leaf, store
from tests.support.servers import Server, running
from wizard.model.answers import KeyType
from wizard.model.network import Listener, Probe, ProbeAnswer
from wizard.sandbox.ports import free_port
from wizard.server.certificate import fingerprint_of, served
from wizard.server.probe import probe
from wizard.server.tls_trials import try_tls

pytestmark = pytest.mark.server

NOW = datetime.now(UTC)
CA = authority("CA", now=NOW)
NEEDS, OPEN, SILENT = ProbeAnswer.NEEDS_CERTIFICATE, ProbeAnswer.OPEN, ProbeAnswer.SILENT


@contextmanager
def tried(server: Server, place: Path, *lines: str, key: KeyType = KeyType.EC_P256) -> Iterator[tuple[Probe, Listener]]:
    """A server with these lines, as the trials see it."""
    port = free_port()
    certificate, secret = store(place, "server", leaf(now=NOW, by=CA, key_type=key))
    (place / "ca.crt").write_bytes(CA.certificate)
    settings = (
        f"port 0\ntls-port {port}\nbind 127.0.0.1\ntls-cert-file {certificate}\ntls-key-file {secret}\n"
        f"tls-ca-cert-file {place}/ca.crt\n" + "".join(f"{each}\n" for each in lines)
    )
    with running(server, settings, place):
        listener = Listener(address="127.0.0.1", port=port, pid=0, process="")
        yield try_tls(listener, seconds=10), listener


def test_a_good_listener_takes_new_versions_and_its_own_clients_only(tls_server: Server, place: Path) -> None:
    with tried(tls_server, place, 'tls-protocols "TLSv1.2 TLSv1.3"') as (found, listener):
        shown = served("127.0.0.1", listener.port)
    assert (found.answer, found.foreign_certificate) == (NEEDS, NEEDS)
    assert found.tls_versions == ("TLSv1.2", "TLSv1.3")
    assert (found.weak_ciphers, found.rsa_key_exchange, found.forward_secrecy) == ((), False, True)
    assert found.certificate == shown == fingerprint_of((place / "server.crt").read_bytes())


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
def test_a_client_certificate_that_is_required_is_seen_in_each_version(
    tls_server: Server, place: Path, protocol: str
) -> None:
    with tried(tls_server, place, f'tls-protocols "{protocol}"') as (found, _):
        assert (found.answer, found.foreign_certificate, found.tls_versions) == (NEEDS, NEEDS, (protocol,))


@pytest.mark.parametrize("asked", ["no", "optional"])
def test_a_client_without_certificate_is_seen_to_get_in(tls_server: Server, place: Path, asked: str) -> None:
    with tried(tls_server, place, f"tls-auth-clients {asked}") as (found, _):
        assert found.answer is OPEN


RSA_ONLY = [
    ("AES256-GCM-SHA384", ("no", OPEN)),
    ("AES128-SHA:@SECLEVEL=0", ("no", OPEN)),
    ("AES256-GCM-SHA384", ("yes", NEEDS)),
]


@pytest.mark.parametrize(("ciphers", "asked"), RSA_ONLY)
def test_a_listener_without_forward_secrecy_is_still_asked(
    tls_server: Server, place: Path, ciphers: str, asked: tuple[str, ProbeAnswer]
) -> None:
    required, answer = asked
    lines = ('tls-protocols "TLSv1.2"', f'tls-ciphers "{ciphers}"', f"tls-auth-clients {required}")
    with tried(tls_server, place, *lines, key=KeyType.RSA_2048) as (found, _):
        assert (found.answer, found.rsa_key_exchange, found.forward_secrecy) == (answer, True, False)


@pytest.mark.parametrize(
    ("ciphers", "kind"),
    [
        ("NULL-SHA256:@SECLEVEL=0", "NULL"),
        ("ECDHE-RSA-NULL-SHA:@SECLEVEL=0", "NULL"),
        ("ADH-AES128-SHA:@SECLEVEL=0", "anonymous"),
        ("AECDH-AES128-SHA:@SECLEVEL=0", "anonymous"),
    ],
)
def test_a_broken_cipher_is_named_even_where_it_is_the_only_one(
    tls_server: Server, place: Path, ciphers: str, kind: str
) -> None:
    lines = ('tls-protocols "TLSv1.2"', f'tls-ciphers "{ciphers}"', "tls-auth-clients no")
    with tried(tls_server, place, *lines, key=KeyType.RSA_2048) as (found, _):
        assert (found.weak_ciphers, found.answer) == ((kind,), OPEN)


@pytest.mark.parametrize("old", ["TLSv1", "TLSv1.1"])
def test_an_old_version_is_seen_without_a_client_certificate(tls_server: Server, place: Path, old: str) -> None:
    lines = (f'tls-protocols "{old} TLSv1.2"', 'tls-ciphers "DEFAULT:@SECLEVEL=0"')
    with tried(tls_server, place, *lines) as (found, _):
        assert found.tls_versions == (old, "TLSv1.2")
        assert found.answer is NEEDS


def test_no_common_cipher_is_no_wish_for_a_certificate(
    tls_server: Server, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.server.probe.EVERY_CIPHER", "ECDHE-ECDSA-CHACHA20-POLY1305")
    lines = ('tls-protocols "TLSv1.2"', 'tls-ciphers "AES256-GCM-SHA384"', "tls-auth-clients no")
    with tried(tls_server, place, *lines, key=KeyType.RSA_2048) as (_, listener):
        assert probe(listener, tls=True, seconds=10).answer is SILENT
