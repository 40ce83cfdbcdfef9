"""Drift as real servers have it: their own stock file has none, and what was only set live is found."""

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from tests.support.own_servers import OwnServers
from tests.support.servers import Server, ask, need, running, server
from wizard.checklist.registry import check
from wizard.detect.collect import collect
from wizard.model.finding import Finding, State
from wizard.model.login import Endpoint

pytestmark = pytest.mark.server

__all__ = ["server"]

TODAY = datetime.now(UTC).date()
STOCK = {"r80": Path("/etc/redis/redis.conf"), "v81": Path("/etc/valkey/valkey.conf")}
GIVEN = ("daemonize ", "dir ", "include ", "logfile ", "pidfile ", "port ")
"""What `running` says on a command line of which the server shows nothing, and other files."""
LIVE_ONLY = {
    "protected-mode": "no",
    "maxclients": "500",
    "maxmemory": "1gb",
    "masterauth": "abc",
    "client-output-buffer-limit": "pubsub 0 0 0",
    "replica-read-only": "no",
    "loglevel": "debug",
    "repl-backlog-size": "64mb",
}
REPEATED = """
save 3600 1
save 300 100
save 60 10000
client-output-buffer-limit normal 0 0 0
client-output-buffer-limit replica 256mb 64mb 60
client-output-buffer-limit pubsub 32mb 8mb 60
maxmemory 1gb
notify-keyspace-events KEA
unixsocketperm 0770
"""
HARDENED = """
bind 127.0.0.1
maxmemory 64mb
maxmemory-policy allkeys-lru
timeout 300
appendonly yes
save ""
masterauth long-and-unlike-any-other
slowlog-log-slower-than 5000
loglevel NOTICE
"""


def _drift(place: Path, path: Path) -> Finding:
    detection = collect(
        OwnServers(), config=PurePosixPath(place / "test.conf"), endpoint=Endpoint(socket=PurePosixPath(path))
    )
    name = detection.facts.instances[0].name
    report = check(detection.facts, instance=name, today=TODAY)
    return next(each for each in report.extra if each.id == "Xdrift")


def _drift_of(server: Server, text: str, place: Path, *commands: tuple[str, ...]) -> Finding:
    with running(server, text, place) as (path, _):
        for words in commands:
            assert ask(path, *words).startswith(("+OK", ":1")), words
        return _drift(place, path)


@pytest.mark.parametrize("key", STOCK)
def test_the_stock_file_of_the_distribution_has_none(key: str, place: Path) -> None:
    server = need(key)
    lines = STOCK[key].read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith(GIVEN))
    found = _drift_of(server, text, place)
    assert found.state is State.PASS, found.summary


@pytest.mark.parametrize("text", ["", REPEATED, HARDENED], ids=["nothing", "repeated", "hardened"])
def test_a_server_as_its_file_has_it_has_none(server: Server, text: str, place: Path) -> None:
    found = _drift_of(server, text, place)
    assert found.state is State.PASS, found.summary


def test_values_that_are_only_live_are_found(server: Server, place: Path) -> None:
    found = _drift_of(server, "", place, *(("CONFIG", "SET", name, value) for name, value in LIVE_ONLY.items()))
    assert found.state is State.FAIL
    assert {name for name in LIVE_ONLY if name not in found.summary} == set()
    assert found.summary.count(",") == len(LIVE_ONLY) - 1


@pytest.mark.parametrize("value", ["", "900 1"])
def test_save_points_that_are_only_live_are_found(server: Server, value: str, place: Path) -> None:
    found = _drift_of(server, REPEATED, place, ("CONFIG", "SET", "save", value))
    assert found.summary.startswith("The next restart changes save:")


def test_a_line_that_waits_for_a_restart_is_found(server: Server, place: Path) -> None:
    with running(server, "timeout 10\n", place) as (path, _):
        (place / "test.conf").write_text("timeout 10\ntcp-backlog 128\n")
        found = _drift(place, path)
    assert found.state is State.FAIL
    assert "tcp-backlog" in found.summary


@pytest.mark.parametrize(
    "text",
    [
        "include {more}\nsave 3600 1\nsave 300 100\nsave 60 10000\n",
        "save 7 7\ninclude {more}\nsave 3600 1\n",
        'save 7 7\nsave ""\nsave 3600 1\ninclude {more}\n',
    ],
)
@pytest.mark.parametrize("more", ["", "save 5 5\nsave 6 6\n"])
def test_save_lines_add_up_as_this_server_adds_them(server: Server, text: str, more: str, place: Path) -> None:
    included = place / "more.conf"
    included.write_text(more)
    found = _drift_of(server, text.format(more=included), place)
    assert found.state is State.PASS, found.summary


def test_several_pairs_on_one_line_are_what_this_server_makes_of_them(server: Server, place: Path) -> None:
    found = _drift_of(server, "save 3600 1 300 100\n", place)
    assert found.state is State.PASS, found.summary


HASH = f"#{'ab' * 32}"
USERS = f"""user boss on {HASH} ~* &* +@all
user app on {HASH} resetchannels ~app:* &app:* -@all +@read +@write -@dangerous +config|get
user off off nopass ~* +@all
user spare on {HASH} ~a* ~b* +get -get +set
"""


@pytest.mark.parametrize("more", ["", "acl-pubsub-default allchannels\n", "acl-pubsub-default resetchannels\n"])
def test_users_as_the_file_has_them_are_no_drift(server: Server, more: str, place: Path) -> None:
    found = _drift_of(server, f"{more}{USERS}", place)
    assert found.state is State.PASS, found
    assert "values and users" in found.summary


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("ACL", "SETUSER", "joe", "on", ">x", "+get"), "joe"),
        (("ACL", "DELUSER", "spare"), "spare"),
        (("ACL", "SETUSER", "app", "+flushall"), "app"),
        (("ACL", "SETUSER", "app", "~other:*"), "app"),
        (("ACL", "SETUSER", "app", "allchannels"), "app"),
        (("ACL", "SETUSER", "off", "on"), "off"),
        (("ACL", "SETUSER", "boss", "resetpass"), "boss"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[1:4]),
)
def test_users_that_are_only_live_are_found(server: Server, command: tuple[str, ...], name: str, place: Path) -> None:
    found = _drift_of(server, USERS, place, command)
    assert found.state is State.FAIL, found
    assert f'The next restart changes user "{name}": ' in found.summary
