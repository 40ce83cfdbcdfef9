"""From a real server by detection to the report: a hardened one passes, each loosening is seen."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from tests.support.certificate_set import authority, leaf, store
from tests.support.own_servers import OwnServers
from tests.support.servers import Server, ask, need, running
from wizard.acl.password import hash_password
from wizard.acl.presets import rules
from wizard.checklist.registry import check
from wizard.detect.collect import collect
from wizard.model.answers import AclRole
from wizard.model.finding import Finding, State
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret
from wizard.sandbox.ports import free_port

pytestmark = pytest.mark.server

NOW = datetime.now(UTC)
CA = authority("Checklist CA", now=NOW)
PASSWORD = "correct-horse-battery-staple"
OF_THE_HOST = {9, 10, 14, 19, 20, 22, 23, 24}
"""Items that depend on this machine, on clients, on how the server is started or on people."""


def _users(server: Server) -> str:
    def line(name: str, role: AclRole) -> str:
        words = rules(role, keys=("app:*",), channels=("app:*",), flavour=server.flavour, version=server.version)
        own = PASSWORD if role is AclRole.ADMINISTRATOR else f"{name}-{PASSWORD}"
        return f"user {name} on #{hash_password(own)} {words}"

    return "\n".join(
        ("user default off ~* &* +@all", line("admin", AclRole.ADMINISTRATOR), line("app", AclRole.APPLICATION), "")
    )


@contextmanager
def _hardened(server: Server, place: Path) -> Iterator[Path]:
    certificate, key = store(place, "server", leaf(by=CA, now=NOW))
    trusted, _ = store(place, "ca", CA)
    users = place / "users.acl"
    users.write_text(_users(server))
    users.chmod(0o640)
    settings = {
        "port": "0",
        "tls-port": str(free_port()),
        "bind": "127.0.0.1",
        "unixsocket": str(place / "s"),
        "unixsocketperm": "770",
        "dir": str(place),
        "aclfile": str(users),
        "timeout": "300",
        "maxmemory": "64mb",
        "maxmemory-policy": "allkeys-lru",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "slowlog-log-slower-than": "5000",
        "slowlog-max-len": "256",
        "tls-cert-file": str(certificate),
        "tls-key-file": str(key),
        "tls-ca-cert-file": str(trusted),
        "tls-protocols": '"TLSv1.2 TLSv1.3"',
    }
    with running(server, "".join(f"{name} {value}\n" for name, value in settings.items()), place) as (path, _):
        yield path


def _report(place: Path, path: Path, *, login: bool = True) -> dict[int, Finding]:
    detection = collect(
        OwnServers(),
        config=PurePosixPath(place / "test.conf"),
        login=Login("admin", Secret(PASSWORD)) if login else None,
        endpoint=Endpoint(socket=PurePosixPath(path)),
    )
    name = detection.facts.instances[0].name
    return {each.number: each for each in check(detection.facts, instance=name, today=NOW.date()).items}


def _as_admin(path: Path, *command: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        answer = ""
        for words in (("AUTH", "admin", PASSWORD), command):
            parts = [b"*%d\r\n" % len(words)] + [
                b"$%d\r\n%s\r\n" % (len(each.encode()), each.encode()) for each in words
            ]
            connection.sendall(b"".join(parts))
            answer = connection.recv(65536).decode()
        return answer


def test_a_hardened_server_passes_what_a_server_can_pass(tls_server: Server, place: Path) -> None:
    with _hardened(tls_server, place) as path:
        report = _report(place, path)
    bad = {
        number: each.summary
        for number, each in report.items()
        if number not in OF_THE_HOST and each.state not in (State.PASS, State.NOT_APPLICABLE)
    }
    assert bad == {}
    assert {1, 5, 6, 7, 8, 11, 12, 13, 15, 17, 18, 21, 25} <= {
        number for number, each in report.items() if each.state is State.PASS
    }


def test_without_a_login_nothing_inside_is_passed(tls_server: Server, place: Path) -> None:
    with _hardened(tls_server, place) as path:
        report = _report(place, path, login=False)
    inside = {6, 7, 8, 9, 11, 12, 13, 17, 18, 21, 25}
    assert {number: report[number].state for number in inside} == dict.fromkeys(inside, State.UNKNOWN)
    assert report[1].state is State.PASS
    assert report[15].state is State.PASS


@pytest.mark.parametrize(
    ("item", "command"),
    [
        (7, ("ACL", "SETUSER", "app", "~*")),
        (8, ("ACL", "SETUSER", "default", "on", ">x")),
        (6, ("ACL", "SETUSER", "open", "on", "nopass", "+get")),
        (11, ("ACL", "SETUSER", "app", "+flushall")),
        (12, ("ACL", "SETUSER", "app", "+keys")),
        (13, ("ACL", "SETUSER", "app", "+keys")),
        (17, ("CONFIG", "SET", "maxmemory", "0")),
        (18, ("CONFIG", "SET", "timeout", "0")),
        (21, ("CONFIG", "SET", "appendonly", "no")),
        (25, ("CONFIG", "SET", "slowlog-log-slower-than", "20000")),
        (15, ("CONFIG", "SET", "tls-protocols", "TLSv1.1 TLSv1.2")),
    ],
)
def test_a_live_loosening_fails_its_item(place: Path, item: int, command: tuple[str, ...]) -> None:
    with _hardened(need("r74"), place) as path:
        assert _as_admin(path, *command) == "+OK\r\n"
        report = _report(place, path)
    assert report[item].state is State.FAIL


def test_an_open_server_fails_authentication(place: Path) -> None:
    with running(need("r62"), "", place) as (path, _):
        assert "PONG" in ask(path, "PING")
        report = _report(place, path, login=False)
    assert {number: report[number].state for number in (6, 7, 8, 11, 12, 13)} == dict.fromkeys(
        (6, 7, 8, 11, 12, 13), State.FAIL
    )
