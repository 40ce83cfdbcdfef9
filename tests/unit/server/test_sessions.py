"""Endpoints by a configuration, and sessions through the first that opens."""

import pytest

from wizard.errors import UnreachableError
from wizard.model.login import Endpoint
from wizard.server.sessions import Connector, endpoints, parse_endpoint


def test_lists_unix_socket_first_then_plain_then_tls() -> None:
    values = {"unixsocket": ("/run/r.sock",), "bind": ("10.0.0.5", "-::1"), "port": ("6379",), "tls-port": ("6380",)}
    found = [str(each) for each in endpoints(values)]
    assert found == ["/run/r.sock", "::1:6379", "10.0.0.5:6379", "::1:6380 tls", "10.0.0.5:6380 tls"]


def test_without_any_line_the_defaults_hold() -> None:
    assert [str(each) for each in endpoints({})] == ["127.0.0.1:6379"]


def test_port_0_is_no_endpoint() -> None:
    assert endpoints({"port": ("0",)}) == ()


@pytest.mark.parametrize("text", ["/run/r.sock", "127.0.0.1:6379", "127.0.0.1:6380 tls"])
def test_reads_an_endpoint_as_the_facts_write_it(text: str) -> None:
    assert str(parse_endpoint(text)) == text


def test_reads_ipv6_with_and_without_brackets_and_nothing_else() -> None:
    bare, bracketed = parse_endpoint("::1:6379"), parse_endpoint("[::1]:6379")
    assert bare is not None
    assert bracketed is not None
    assert (bare.address, bare.port) == (bracketed.address, bracketed.port) == ("::1", 6379)
    assert parse_endpoint("somewhere") is None


def test_without_a_way_in_says_so() -> None:
    doors = Connector()
    assert doors.connect_or_none() is None
    with pytest.raises(UnreachableError):
        doors.connect()


def test_preferred_places_come_first_and_once() -> None:
    doors = Connector([Endpoint(port=1), Endpoint(port=2)])
    doors.prefer(places=[Endpoint(port=2), Endpoint(port=3)])
    assert [place.port for place in doors.endpoints] == [2, 3, 1]
