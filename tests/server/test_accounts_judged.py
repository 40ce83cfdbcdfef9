"""From a real server to the report: users are judged by what the server lets them do."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Self

import pytest

from tests.support.own_servers import OwnServers
from tests.support.servers import Server, running, server
from wizard.acl.password import hash_password
from wizard.checklist.registry import check
from wizard.detect.collect import collect
from wizard.model.facts.service import Flavour
from wizard.model.finding import Finding, State
from wizard.model.login import Endpoint, Login
from wizard.model.value import Secret

__all__ = ("server",)

pytestmark = pytest.mark.server

PASSWORD = "k3V9" * 8
HASH = f"#{hash_password(PASSWORD)}"
OFF = "user default off ~* &* +@all"
ADMIN = f"user admin on {HASH} ~* &* +@all"
APP = f"user app on {HASH} resetchannels ~app:* -@all +@read +@write -@dangerous +client|setname"
PASS, FAIL, UNKNOWN = State.PASS, State.FAIL, State.UNKNOWN


class Session:
    """A plain connection, which says nothing of itself unless it is told to."""

    def __init__(self, path: Path) -> None:
        self._link = socket.socket(socket.AF_UNIX)
        self._link.settimeout(10)
        self._link.connect(str(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()

    def ask(self, *words: str) -> str:
        parts = [f"*{len(words)}\r\n"] + [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
        self._link.sendall("".join(parts).encode())
        return self._link.recv(65536).decode()


@contextmanager
def started(server: Server, place: Path, *users: str, more: str = "") -> Iterator[Path]:
    """A server with these users in its ACL file; with none, those of its configuration."""
    text = more
    if users:
        file = place / "users.acl"
        file.write_text("".join(f"{line}\n" for line in users))
        text += f"aclfile {file}\n"
    with running(server, text, place) as (path, _):
        yield path


def findings(place: Path, path: Path, login: Login | None = None) -> dict[str, Finding]:
    detection = collect(
        OwnServers(),
        config=PurePosixPath(place / "test.conf"),
        login=login or Login("admin", Secret(PASSWORD)),
        endpoint=Endpoint(socket=PurePosixPath(path)),
    )
    name = detection.facts.instances[0].name
    return {each.id: each for each in check(detection.facts, instance=name, today=datetime.now(UTC).date()).items}


def states(found: dict[str, Finding], *items: str) -> dict[str, tuple[State, str]]:
    return {item: (found[item].state, found[item].summary) for item in items}


def truth(found: dict[str, Finding], state: State, *items: str) -> dict[str, tuple[State, str]]:
    return {item: (state, found[item].summary) for item in items}


def test_people_and_a_fenced_application_pass(server: Server, place: Path) -> None:
    with started(server, place, OFF, ADMIN, APP, "user locked on resetpass ~* +@read") as path:
        found = findings(place, path)
    items = ("6", "7", "8", "11", "12", "13")
    assert states(found, *items) == truth(found, PASS, *items)
    asked = "live server, ACL LIST" if server.key == "r62" else "live server, ACL DRYRUN"
    assert all(asked in {each.source for each in found[item].evidence} for item in ("7", "11", "12", "13"))


@pytest.mark.parametrize("rules", ["~* &* +@all", "~app:* +@all -@dangerous +acl", "~app:* -@all +get +config|set"])
def test_an_application_with_every_right_fails(server: Server, place: Path, rules: str) -> None:
    with started(server, place, OFF, ADMIN, APP, f"user myapp on {HASH} {rules}") as path:
        found = findings(place, path)
    items = ("7", "11", "12", "13")
    assert states(found, *items) == truth(found, FAIL, *items)


def test_an_application_that_is_logged_in_as_administrator_fails(server: Server, place: Path) -> None:
    with started(server, place, OFF, ADMIN, APP) as path, Session(path) as shop:
        assert shop.ask("AUTH", "admin", PASSWORD) == "+OK\r\n"
        doubtful = findings(place, path)
        assert shop.ask("CLIENT", "SETNAME", "shop") == "+OK\r\n"
        found = findings(place, path)
    items = ("7", "11", "12", "13")
    assert states(doubtful, *items) == truth(doubtful, UNKNOWN, *items)
    assert states(found, *items, "9") == truth(found, FAIL, *items, "9")


@pytest.mark.parametrize(
    ("rule", "items"),
    [
        ("+flushall|async", ("11", "13")),
        ("+debug|segfault", ("11", "13")),
        ("+shutdown|nosave", ("11", "13")),
        ("+keys|a*", ("12", "13")),
        ("+monitor", ("7", "13")),
        ("~**", ("7",)),
        ("~?*", ("7",)),
        ("~*:*", ("7",)),
        ("~[a-z]*", ("7",)),
        ("&** +subscribe", ("7",)),
    ],
)
def test_a_rule_that_looks_harmless_fails_its_items(
    server: Server, place: Path, rule: str, items: tuple[str, ...]
) -> None:
    with started(server, place, OFF, ADMIN, f"{APP} {rule}") as path:
        found = findings(place, path)
    assert states(found, *items) == truth(found, FAIL, *items)


@pytest.mark.parametrize("more", ["+flushall", ""])
def test_a_command_with_another_name_has_the_same_rights(server: Server, place: Path, more: str) -> None:
    renames = "rename-command FLUSHALL wipe\nrename-command KEYS names\n"
    with started(server, place, OFF, ADMIN, f"{APP} {more}", more=renames) as path, Session(path) as app:
        found = findings(place, path)
        assert app.ask("AUTH", "app", PASSWORD) == "+OK\r\n"
        assert app.ask("names", "*").startswith("-NOPERM")
        assert app.ask("wipe").startswith("+OK" if more else "-NOPERM")
    state = FAIL if more else PASS
    assert states(found, "11", "13") == truth(found, state, "11", "13")
    assert found["12"].state is PASS


@pytest.mark.parametrize("more", ["+unwatch", "-unwatch", "+flushall -unwatch"])
def test_commands_with_the_names_of_each_other_are_told_apart(server: Server, place: Path, more: str) -> None:
    renames = "rename-command UNWATCH aside\nrename-command FLUSHALL UNWATCH\nrename-command aside FLUSHALL\n"
    with started(server, place, OFF, ADMIN, f"{APP} {more}", more=renames) as path, Session(path) as app:
        found = findings(place, path)
        assert app.ask("AUTH", "app", PASSWORD) == "+OK\r\n"
        wiped = app.ask("UNWATCH").startswith("+OK")
    state = FAIL if wiped else PASS
    assert wiped is ("+flushall" in more)
    assert states(found, "11", "13") == truth(found, state, "11", "13")


@pytest.mark.parametrize("user", ["spy", "replica"])
def test_the_right_of_a_replica_is_one_of_replicas_alone(server: Server, place: Path, user: str) -> None:
    line = f"user {user} on {HASH} resetchannels -@all +psync +replconf"
    with started(server, place, OFF, ADMIN, APP, line) as path:
        found = findings(place, path)
    state = FAIL if user == "spy" else PASS
    assert states(found, "7", "13") == truth(found, state, "7", "13")


def test_a_connection_as_default_keeps_its_rights(server: Server, place: Path) -> None:
    with started(server, place, "user default on nopass ~* &* +@all", ADMIN, APP) as path, Session(path) as raw:
        assert raw.ask("SET", "a", "1") == "+OK\r\n"
        assert raw.ask("ACL", "SETUSER", "default", "resetpass", "off") == "+OK\r\n"
        (place / "users.acl").write_text(f"{OFF}\n{ADMIN}\n{APP}\n")
        found = findings(place, path)
        assert raw.ask("SET", "a", "1") == "+OK\r\n"
    assert found["8"].state is (FAIL if server.flavour is Flavour.VALKEY else UNKNOWN)
    assert "CLIENT KILL USER default" in found["8"].fix
    with started(server, place, OFF, ADMIN, APP) as path, Session(path) as raw:
        assert raw.ask("GET", "a").startswith("-NOAUTH")
        # The last command of a client that is refused everything looks like that of one that is not.
        assert findings(place, path)["8"].state is UNKNOWN


def test_two_services_as_one_user_are_named(server: Server, place: Path) -> None:
    with started(server, place, OFF, ADMIN, APP) as path, Session(path) as billing, Session(path) as shop:
        for session, name in ((billing, "billing"), (shop, "shop")):
            assert session.ask("AUTH", "app", PASSWORD) == "+OK\r\n"
            assert session.ask("CLIENT", "SETNAME", name) == "+OK\r\n"
        found = findings(place, path)["9"]
    assert found.state is FAIL
    assert "billing, shop" in found.summary or "shop, billing" in found.summary


@pytest.mark.parametrize("password", ["foobared", "default", "k3V9k3V9"])
def test_a_weak_requirepass_fails(server: Server, place: Path, password: str) -> None:
    with started(server, place, more=f"requirepass {password}\n") as path:
        found = findings(place, path, Login("default", Secret(password)))["6"]
    assert found.state is FAIL
    assert password not in f"{found}" or password == "default"


def test_a_weak_password_that_is_live_alone_fails(server: Server, place: Path) -> None:
    with started(server, place, OFF, ADMIN, APP) as path, Session(path) as admin:
        admin.ask("AUTH", "admin", PASSWORD)
        for user, password in (("joe", "joe"), ("ann", "Summer2024!"), ("eve", "")):
            assert admin.ask("ACL", "SETUSER", user, "on", f">{password}", "+get") == "+OK\r\n"
        found = findings(place, path)["6"]
    assert found.state is FAIL
    assert all(name in found.summary for name in ('"joe" is made', '"ann" is a common', '"eve" is empty'))


def test_a_login_that_may_not_see_users_leaves_them_unknown(server: Server, place: Path) -> None:
    rules = "~* &* +@all -acl"
    with started(server, place, OFF, ADMIN, APP, f"user ops on {HASH} {rules}") as path:
        found = findings(place, path, Login("ops", Secret(PASSWORD)))
    items = ("7", "8", "11", "12", "13")
    assert states(found, *items) == truth(found, UNKNOWN, *items)
    assert all("ACL LIST" in found[item].summary and found[item].fix for item in items)
