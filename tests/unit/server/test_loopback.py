"""A loopback endpoint for a rehearsal: one that exists, and that the firewall lets us reach."""

import errno
import socket

import pytest

from wizard.errors import UnsupportedError
from wizard.server import loopback
from wizard.server.loopback import loopback_endpoint

REAL = loopback._listening


def free() -> int:
    with REAL("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        return port


def without(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def listening(address: str, port: int) -> socket.socket:
        if address in addresses:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return REAL(address, port)

    monkeypatch.setattr(loopback, "_listening", listening)


def letting_through(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    monkeypatch.setattr(loopback, "_reached", lambda listener: listener.getsockname()[1] in ports)


def test_gives_a_random_port_where_nothing_is_in_the_way() -> None:
    port = free()
    found = loopback_endpoint(port)
    assert (found.address, found.tls) == ("127.0.0.1", True)
    assert found.port != port


def test_takes_the_planned_port_where_random_ones_are_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free()
    letting_through(monkeypatch, port)
    assert (loopback_endpoint(port).address, loopback_endpoint(port).port) == ("127.0.0.1", port)


def test_takes_another_loopback_address_where_the_planned_port_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "::1")
    with REAL("127.0.0.1", 0) as used:
        port = used.getsockname()[1]
        letting_through(monkeypatch, port)
        assert (loopback_endpoint(port).address, loopback_endpoint(port).port) == ("127.0.0.2", port)


def test_says_which_port_a_firewall_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free()
    letting_through(monkeypatch)
    with pytest.raises(UnsupportedError, match=f"a firewall on this host drops connections to 127.0.0.1 port {port}"):
        loopback_endpoint(port)


def test_says_that_there_is_no_loopback_address(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "127.0.0.1", "127.0.0.2", "::1")
    with pytest.raises(UnsupportedError, match="bring the interface lo up"):
        loopback_endpoint(6380)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_takes_the_other_family_where_there_is_no_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "127.0.0.1", "127.0.0.2")
    assert loopback_endpoint(6380).address == "::1"
