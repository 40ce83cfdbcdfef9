"""Prove TLS from a client's side: names checked, the authority verified, one answer read."""

import ssl

from wizard.errors import ServerError
from wizard.model.login import Login
from wizard.server.tls import Proof, connect_tls, tls_context


def tls_handshake(
    address: str, port: int, login: Login | None, *, name: str, seconds: float = 3, prove: Proof | None = None
) -> str:
    """Make a TLS connection and read one answer to PING, whatever it is.

    With TLS 1.3 a refused client certificate shows on the first read only.

    Args:
        address: Where it listens.
        port: Its TLS port.
        login: Client certificate, key and the authority to trust; its user and password are not sent.
        name: Host name or address that the server's certificate must be good for.
        seconds: For each step.
        prove: Raises where the peer may be another process; called before anything is sent.

    Returns:
        The version agreed on, for example ``TLSv1.3``.

    Raises:
        ServerError: no connection, no handshake, or no answer.
    """
    context = tls_context(login)
    try:
        with connect_tls(context, address, port, name=name, seconds=seconds, prove=prove) as link:
            link.sendall(b"PING\r\n")
            if not link.recv(64):
                raise ServerError(f"{address}:{port} closes the TLS connection without an answer")
            return link.version() or ""
    except ssl.SSLError as error:
        raise ServerError(f"the TLS handshake with {address}:{port} fails: {error.reason or error}") from None
    except OSError as error:
        raise ServerError(f"{address}:{port} cannot be reached by TLS: {error.strerror or error}") from None
