"""A loopback endpoint for a rehearsal: one that exists, and that the firewall lets us reach."""

import errno
import socket
from collections.abc import Callable

import pytest

from wizard.errors import UnsupportedError
from wizard.server.loopback import listen, loopback_endpoint

Listen = Callable[[str, int], socket.socket]


def free() -> int:
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        return port


def without(*addresses: str) -> Listen:
    def listening(address: str, port: int) -> socket.socket:
        if address in addresses:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return listen(address, port)

    return listening


def letting_through(*ports: int) -> Callable[[socket.socket], bool]:
    return lambda listener: listener.getsockname()[1] in ports


def test_gives_a_random_port_where_nothing_is_in_the_way() -> None:
    port = free()
    found = loopback_endpoint(port)
    assert (found.address, found.tls) == ("127.0.0.1", True)
    assert found.port != port


def test_takes_the_planned_port_where_random_ones_are_blocked() -> None:
    port = free()
    found = loopback_endpoint(port, is_reachable=letting_through(port))
    assert (found.address, found.port) == ("127.0.0.1", port)


def test_takes_another_loopback_address_where_the_planned_port_is_in_use() -> None:
    with listen("127.0.0.1", 0) as used:
        port = used.getsockname()[1]
        found = loopback_endpoint(port, listen=without("::1"), is_reachable=letting_through(port))
        assert (found.address, found.port) == ("127.0.0.2", port)


def test_says_which_port_a_firewall_drops() -> None:
    port = free()
    with pytest.raises(UnsupportedError, match=f"a firewall on this host drops connections to 127.0.0.1 port {port}"):
        loopback_endpoint(port, is_reachable=letting_through())


def test_says_that_there_is_no_loopback_address() -> None:
    with pytest.raises(UnsupportedError, match="set the interface lo up"):
        loopback_endpoint(6380, listen=without("127.0.0.1", "127.0.0.2", "::1"))


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_takes_the_other_family_where_there_is_no_ipv4() -> None:
    assert loopback_endpoint(6380, listen=without("127.0.0.1", "127.0.0.2")).address == "::1"
