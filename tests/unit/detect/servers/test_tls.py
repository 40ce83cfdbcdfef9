from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from tests.support.certificate_set import NOW, authority, leaf
from tests.support.memory_host.host import MemoryHost
from wizard.detect.reader import Reader
from wizard.detect.servers.tls import read_tls
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.unreadable import Unreadable

CERTS = PurePosixPath("/etc/redis/certs")
PATHS = {
    "tls-cert-file": "/etc/redis/certs/server.crt",
    "tls-key-file": "/etc/redis/certs/server.key",
    "tls-ca-cert-file": "/etc/redis/certs/ca.crt",
}


def setting(values: dict[str, str]) -> Callable[[str], str]:
    return lambda name: values.get(name, "")


def host_with(**files: bytes) -> MemoryHost:
    return MemoryHost({CERTS / name.replace("_", "."): data for name, data in files.items()})


def look(host: MemoryHost, values: dict[str, str] = PATHS, now: datetime = NOW) -> TlsFacts:
    return read_tls(Reader(host), setting(values), now)


def complete(user: str = "root") -> MemoryHost:
    pair = leaf()
    host = host_with(server_crt=pair.certificate, server_key=pair.key, ca_crt=authority().certificate)
    host.nodes[CERTS / "server.key"].mode = 0o600
    host.user = user
    return host


def test_tells_what_the_certificates_say_and_that_they_hold() -> None:
    found = look(complete())
    server, trusted = found.certificates
    assert (server.path.name, trusted.path.name) == ("server.crt", "ca.crt")
    assert server.names == ("DNS:localhost", "IP:127.0.0.1", "IP:::1")
    assert (server.authority, trusted.authority) == (False, True)
    assert [key.mode for key in found.keys] == [0o600]
    assert (found.key_matches, found.chain_valid, found.problems) == (True, True, ())


def test_tells_what_stands_between_a_certificate_and_its_authority() -> None:
    host, bundle = complete(), authority().certificate + authority("Other CA").certificate
    host.put(CERTS / "server.crt", leaf().certificate + authority("Intermediate").certificate)
    host.put(CERTS / "ca.crt", bundle)
    server, trusted = look(host).certificates
    assert [each.subject for each in server.chain] == ["CN=Intermediate"]
    assert (server.bundled, trusted.bundled, trusted.chain) == (2, 2, ())


def test_tells_a_key_of_another_certificate() -> None:
    host = complete()
    host.put(CERTS / "server.key", leaf().key)
    assert look(host).key_matches is False


def test_tells_a_foreign_and_an_expired_chain() -> None:
    host = complete()
    host.put(CERTS / "ca.crt", authority("Other").certificate)
    assert look(host).chain_valid is False
    assert look(complete(), now=NOW + timedelta(days=500)).chain_valid is False


def test_a_key_that_is_closed_to_us_is_unknown_not_wrong() -> None:
    assert isinstance(look(complete("op")).key_matches, Unreadable)


def test_an_encrypted_key_is_unknown_not_wrong() -> None:
    assert isinstance(look(complete(), {**PATHS, "tls-key-file-pass": "set"}).key_matches, Unreadable)


def test_says_what_is_missing_or_no_certificate() -> None:
    found = look(host_with(server_crt=b"no certificate", server_key=b"no key"))
    assert [(problem.path.name, problem.code) for problem in found.problems] == [
        ("server.crt", "certificate-unreadable"),
        ("ca.crt", "certificate-missing"),
    ]
    assert isinstance(found.key_matches, Unreadable)


def test_finds_nothing_where_nothing_is_named() -> None:
    assert look(complete(), {}) == TlsFacts()
    assert look(complete(), {"tls-cert-file": "relative.crt"}) == TlsFacts()


def test_a_relative_path_lies_in_the_directory_of_the_server() -> None:
    values = {name: path.rpartition("/")[2] for name, path in PATHS.items()}
    found = read_tls(Reader(complete()), setting(values), NOW, base=CERTS)
    assert [each.path.parent for each in found.certificates] == [CERTS, CERTS]
    assert (found.key_matches, found.chain_valid) == (True, True)


def test_a_link_to_a_key_has_the_mode_of_the_key() -> None:
    host = complete()
    host.put_link(CERTS / "live.key", "/etc/redis/certs/server.key")
    (key,) = look(host, {**PATHS, "tls-key-file": str(CERTS / "live.key")}).keys
    assert (key.path, key.mode) == (CERTS / "live.key", 0o600)
