"""Sockets that a configuration promises, against those that are there."""

import pytest

from wizard.model.network import Listener
from wizard.rehearsal.sockets import check_sockets, expected_sockets


def at(address: str, port: int = 0) -> Listener:
    return Listener(address=address, port=port, pid=1, process="redis-server")


HARDENED = {
    "bind": ("127.0.0.1", "-::1"),
    "port": ("0",),
    "tls-port": ("6380",),
    "unixsocket": ("/var/run/redis/r.sock",),
}


def test_all_as_promised() -> None:
    here = [at("127.0.0.1", 6380), at("::1", 6380), at("/run/redis/r.sock")]
    assert check_sockets(here, HARDENED) == ""


def test_an_optional_address_may_be_missing() -> None:
    assert check_sockets([at("127.0.0.1", 6380), at("/run/redis/r.sock")], HARDENED) == ""


def test_names_what_is_missing() -> None:
    assert "127.0.0.1 port 6380" in check_sockets([at("/run/redis/r.sock")], HARDENED)


def test_names_what_should_not_be_there() -> None:
    here = [at("127.0.0.1", 6380), at("/run/redis/r.sock"), at("127.0.0.1", 6379)]
    assert "127.0.0.1 port 6379" in check_sockets(here, HARDENED)


@pytest.mark.parametrize(
    ("bind", "must"),
    [
        ((), {"0.0.0.0 port 6379"}),
        (("*", "-::*"), {"0.0.0.0 port 6379"}),
        (("0.0.0.0",), {"0.0.0.0 port 6379"}),  # noqa: S104 - compared, nothing is bound
        (("::1",), {"::1 port 6379"}),
    ],
)
def test_wildcards_are_what_the_kernel_shows(bind: tuple[str, ...], must: set[str]) -> None:
    assert expected_sockets({"bind": bind})[0] == must


def test_the_cluster_bus_is_no_surprise() -> None:
    values = {"bind": ("127.0.0.1",), "cluster-enabled": ("yes",)}
    assert check_sockets([at("127.0.0.1", 6379), at("127.0.0.1", 16379)], values) == ""
    assert "16379" in check_sockets([at("127.0.0.1", 6379), at("127.0.0.1", 16379)], {"bind": ("127.0.0.1",)})
