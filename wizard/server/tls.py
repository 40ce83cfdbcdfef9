"""TLS from a client's side: what it trusts and shows, and a connection that is closed whatever happens."""

import socket
import ssl
from collections.abc import Callable

from wizard.errors import ServerError
from wizard.model.login import Login

Proof = Callable[[socket.socket], None]
"""Looks at a connection that has sent nothing yet, and raises where its peer is not proven to be the server."""


def tls_context(login: Login | None) -> ssl.SSLContext:
    """Make a client context: names are checked, and only the authority given is trusted.

    Raises:
        ServerError: a certificate or key file cannot be used.
    """
    authority = str(login.authority) if login and login.authority else None
    try:
        context = ssl.create_default_context(cafile=authority)
        if login is not None and login.certificate is not None:
            key = str(login.key) if login.key else None
            # An encrypted key would ask the terminal for its passphrase: an empty one fails instead.
            context.load_cert_chain(str(login.certificate), key, password="")
    except (OSError, ValueError) as error:
        msg = f"a certificate for the connection is unusable: {error}; check the certificate, key and CA files"
        raise ServerError(msg) from None
    return context


def connect_tls(
    context: ssl.SSLContext,
    address: str,
    port: int,
    *,
    seconds: float,
    name: str | None = None,
    prove: Proof | None = None,
) -> ssl.SSLSocket:
    """Connect, then shake hands.

    The socket is wrapped before it is connected: ``wrap_socket`` of a connected one does not close it when the
    server has closed in between (CPython, ``SSLSocket._create``).

    Args:
        context: Which authorities to trust, which certificate to show.
        address: An address, or a host name of which each address is tried.
        port: The server's TLS port.
        seconds: For each step.
        name: What the certificate must be good for, where the context checks that.
        prove: Called before the handshake; what it raises is raised.

    Raises:
        OSError: no connection, or no handshake (``ssl.SSLError``).
    """
    failure = OSError(f"{address} has no address")
    for family, kind, protocol, _, where in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM):
        link = context.wrap_socket(
            socket.socket(family, kind, protocol), server_hostname=name, do_handshake_on_connect=False
        )
        try:
            link.settimeout(seconds)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.connect(where)
        except OSError as error:
            link.close()
            failure = error
            continue
        return _shaken(link, prove)
    raise failure


def _shaken(link: ssl.SSLSocket, prove: Proof | None) -> ssl.SSLSocket:
    try:
        if prove is not None:
            prove(link)
        link.do_handshake()
    except BaseException:
        link.close()
        raise
    return link
