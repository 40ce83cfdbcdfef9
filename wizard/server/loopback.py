"""Find a loopback endpoint that a temporary server can listen on and that this host's firewall lets pass."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress

from wizard.errors import UnsupportedError
from wizard.model.login import Endpoint

_SECONDS = 0.3
"""A connection over loopback takes well under a millisecond; a firewall that drops it never answers."""


def listen(address: str, port: int) -> socket.socket:
    """Return a socket that listens there; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def is_reachable(listener: socket.socket) -> bool:
    """Return whether a connection from this process reaches a socket that listens."""
    with socket.socket(listener.family) as client:
        client.settimeout(_SECONDS)
        try:
            client.connect(listener.getsockname())
        except OSError:
            return False
        return True


def loopback_endpoint(
    preferred: int,
    *,
    listen: Callable[[str, int], socket.socket] = listen,
    is_reachable: Callable[[socket.socket], bool] = is_reachable,
) -> Endpoint:
    """Return a TLS endpoint on a loopback address that accepts a connection from here.

    Args:
        preferred: The port that will be used in the end: where random ports are blocked, this one may be open.
        listen: Opens the socket to try.
        is_reachable: Tries it.

    Raises:
        UnsupportedError: this host has no loopback address, or a firewall drops every connection that was tried.
    """
    dropped: list[Endpoint] = []
    for address, port in _candidates(preferred):
        with suppress(OSError), listen(address, port) as listener:
            found = Endpoint(address=address, port=listener.getsockname()[1], tls=True)
            if is_reachable(listener):
                return found
            dropped.append(found)
    if not dropped:
        raise UnsupportedError("no loopback address of this host is usable; set the interface lo up")
    where = " and ".join(f"{each.address} port {each.port}" for each in dropped if each.port == preferred)
    raise UnsupportedError(
        f"a firewall on this host drops connections to {where or 'random ports'}; "
        f"let port {preferred} pass on lo, or choose another port with tls.port"
    )


def _candidates(preferred: int) -> Iterator[tuple[str, int]]:
    for address in ("127.0.0.1", "::1"):
        yield address, 0
        yield address, preferred
    # The port may be in use on the usual address.
    yield "127.0.0.2", preferred
