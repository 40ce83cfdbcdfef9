from pathlib import PurePosixPath

import pytest

from wizard.detect.servers.live import grouped, host_of, read_live, role_of
from wizard.host.local import LocalHost
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Endpoint
from wizard.server.access import ServerAccess


def client(**fields: str) -> dict[str, str]:
    plain = {"addr": "10.0.0.9:5000", "laddr": "10.0.0.1:6379", "user": "app", "name": "", "flags": "N", "cmd": "get"}
    return {**plain, **fields}


def test_counts_connections_that_look_alike() -> None:
    groups = grouped(
        [
            client(idle="5"),
            client(addr="10.0.0.9:6000", idle="50"),
            client(user="default", **{"lib-name": "redis-py", "lib-ver": "8.1.0"}),
        ]
    )
    assert [(g.user, g.address, g.library, g.count, g.idle_seconds) for g in groups] == [
        ("app", "10.0.0.9", "", 2, 50),
        ("default", "10.0.0.9", "redis-py 8.1.0", 1, 0),
    ]
    assert groups[0].listener == "10.0.0.1:6379"


@pytest.mark.parametrize("address", ["/run/s:0", "[/run/s:0]:0"], ids=["redis", "Valkey 9.1"])
def test_names_replicas_subscribers_and_unix_sockets(address: str) -> None:
    (group,) = grouped([client(flags="PSU", addr=address, laddr=address)])
    assert (group.replica, group.subscribed, group.address, group.listener) == (True, True, "unix", "/run/s")


def test_leaves_the_connection_out_that_asks() -> None:
    assert grouped([client(cmd="client|list"), client(cmd="client")]) == ()


def test_a_client_that_lists_clients_itself_is_seen() -> None:
    exporter, ours = client(cmd="client|list", id="8"), client(cmd="client|list", id="9")
    (group,) = grouped([exporter, ours], own="9")
    assert group.count == 1


@pytest.mark.parametrize(
    ("info", "role"),
    [
        ({"redis_mode": "standalone", "role": "master", "connected_slaves": "0"}, Role.STANDALONE),
        ({"redis_mode": "standalone", "role": "master", "connected_slaves": "2"}, Role.PRIMARY),
        ({"server_mode": "standalone", "role": "slave"}, Role.REPLICA),
        ({"server_mode": "cluster", "role": "slave"}, Role.CLUSTER),
        ({"redis_mode": "sentinel"}, Role.SENTINEL),
        ({}, Role.STANDALONE),
    ],
)
def test_tells_the_role(info: dict[str, str], role: Role) -> None:
    assert role_of(info, {}) is role


def test_tells_the_role_by_hello_where_info_is_closed() -> None:
    assert role_of({}, {"mode": "cluster"}) is Role.CLUSTER
    assert role_of({}, {"role": "replica", "mode": "standalone"}) is Role.REPLICA


@pytest.mark.parametrize(
    ("text", "host"),
    [("1.2.3.4:5", "1.2.3.4"), ("[::1]:5", "::1"), ("::1:5", "::1"), ("name:5", "name"), ("?", "?")],
)
def test_takes_the_port_off_an_address(text: str, host: str) -> None:
    assert host_of(text) == host


def test_says_that_nothing_runs() -> None:
    assert read_live(ServerAccess(LocalHost()), []) == Unreadable(
        what="the running server", why="it is not running, or none of its listeners is known"
    )


def test_says_why_nobody_answers() -> None:
    found = read_live(ServerAccess(LocalHost()), [(Endpoint(socket=PurePosixPath("/nowhere/s")), None)])
    assert isinstance(found, Unreadable)
    assert "/nowhere/s" in found.why


@pytest.mark.parametrize(
    ("fields", "active"),
    [
        ({"cmd": "set"}, False),
        ({"cmd": "NULL"}, False),
        ({"cmd": "set", "tot-cmds": "0"}, False),
        ({"cmd": "auth", "tot-cmds": "1"}, False),
        ({"cmd": "set", "tot-cmds": "3"}, True),
        ({"cmd": "set", "db": "2"}, True),
        ({"cmd": "subscribe", "sub": "1"}, True),
    ],
)
def test_tells_which_connections_must_be_logged_in(fields: dict[str, str], *, active: bool) -> None:
    (group,) = grouped([client(**fields)], own="9")
    assert group.active is active


def test_a_client_that_calls_itself_like_this_program_is_counted() -> None:
    ours = {"id": "7", "addr": "127.0.0.1:5001", "name": "redis-wizard", "cmd": "client|list"}
    theirs = {"id": "8", "addr": "10.0.4.21:5002", "name": "redis-wizard", "user": "default", "cmd": "get"}
    (seen,) = grouped([ours, theirs], own="7")
    assert (seen.address, seen.name) == ("10.0.4.21", "redis-wizard")
