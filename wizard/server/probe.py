"""What a listener answers to an unauthenticated client: no password, no certificate, one PING."""

import errno
import socket
import ssl
import time
from contextlib import closing, suppress

from wizard.model.network import Listener, Probe, ProbeAnswer, local_address
from wizard.server.client_hello import BROKEN, FORWARD_SECRET, RSA_KEY_EXCHANGE, TLS_1_2, offer
from wizard.server.tls import Proof, connect_tls

_SECONDS = 1.0
_LINE_LIMIT = 1024

EVERY_CIPHER = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
_NEEDS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN")
"""Alerts of a server that asked for a certificate: it got none, or none that it trusts (RFC 8446, 6.2)."""
_NO_HANDSHAKE = "HANDSHAKE_FAILURE"
"""The alert of a server that got no certificate below TLS 1.3, and of one that shares no cipher with the client."""

_ANSWERS = (
    ("+PONG", ProbeAnswer.OPEN),
    ("-DENIED", ProbeAnswer.PROTECTED),
    ("-NOAUTH", ProbeAnswer.NEEDS_LOGIN),
    ("-NOPERM", ProbeAnswer.NEEDS_LOGIN),
    ("-LOADING", ProbeAnswer.OPEN),
    ("-MASTERDOWN", ProbeAnswer.OPEN),
    ("-MISCONF", ProbeAnswer.OPEN),
)
"""Beginnings of the answer to PING; a server that loads, lost its primary or cannot save has accepted the login too."""


def probe(
    listener: Listener, *, tls: bool = False, via: str = "", seconds: float = _SECONDS, prove: Proof | None = None
) -> Probe:
    """Ask one listener for PING as an unauthenticated client would; never raises for what it does.

    Args:
        listener: A TCP address with port, or a unix socket.
        tls: Speak TLS, whatever certificate it shows.
        via: For a listener on all addresses: by which one to ask; loopback when empty. Protected
            mode lets loopback in, so another address shows what the network meets.
        seconds: For each step.
        prove: Raises where another process may answer than the server; what it raises is raised.
    """
    address = probed_address(listener, via)
    if tls:
        answer = answer_by_tls(unauthenticated(), address, listener.port, seconds=seconds, prove=prove)
    else:
        answer = _answer(address, listener.port, seconds, prove)
    return Probe(address=listener.address, port=listener.port, tls=tls, answer=answer)


def probed_address(listener: Listener, via: str = "") -> str:
    """Return the address by which `probe` asks a listener."""
    everywhere = local_address(listener.address) != listener.address
    return via if via and everywhere else local_address(listener.address)


def _answer(address: str, port: int, seconds: float, prove: Proof | None) -> ProbeAnswer:
    try:
        with closing(_connected(address, port, seconds)) as link:
            if prove is not None:
                prove(link)
            return _known(_asked(link, seconds))
    except OSError as error:
        return _failure(error)


def answer_by_tls(
    context: ssl.SSLContext, address: str, port: int, *, seconds: float = _SECONDS, prove: Proof | None = None
) -> ProbeAnswer:
    """Return what a TLS listener answers to a client that knows no password; never raises for what it does.

    Args:
        context: What the client shows and accepts.
        address: An IP address.
        port: The server's TLS port.
        seconds: For each step.
        prove: As for `probe`.
    """
    try:
        with closing(connect_tls(context, address, port, seconds=seconds, prove=prove)) as link:
            line = _asked(link, seconds)
            if line or link.version() != "TLSv1.3":
                return _known(line)
        # With TLS 1.3 a refused certificate shows only now, as an alert, which is lost where our PING was on its way.
        with closing(connect_tls(context, address, port, seconds=seconds, prove=prove)) as link:
            link.recv(1)
            return ProbeAnswer.SILENT
    except ssl.SSLError as error:
        return _refusal(error, address, port, seconds, prove)
    except OSError as error:
        return _failure(error)


def _refusal(error: ssl.SSLError, address: str, port: int, seconds: float, prove: Proof | None) -> ProbeAnswer:
    """Tell why a handshake failed: a server needs a certificate only where it asked for one."""
    said = str(error).upper().replace(" ", "_")
    asked = any(word in said for word in _NEEDS_CERTIFICATE)
    if not asked and _NO_HANDSHAKE in said:
        every = (*FORWARD_SECRET, *RSA_KEY_EXCHANGE, *BROKEN)
        hello = offer(address, port, TLS_1_2, every, seconds=seconds, prove=prove)
        asked = hello is not None and hello.asks_certificate
    return ProbeAnswer.NEEDS_CERTIFICATE if asked else ProbeAnswer.SILENT


def _failure(error: OSError) -> ProbeAnswer:
    refused = error.errno in {errno.ECONNREFUSED, errno.ENOENT, errno.EHOSTUNREACH, errno.ENETUNREACH}
    return ProbeAnswer.REFUSED if refused else ProbeAnswer.SILENT


def _known(line: str) -> ProbeAnswer:
    return next((answer for beginning, answer in _ANSWERS if line.startswith(beginning)), ProbeAnswer.SILENT)


def _asked(link: socket.socket, seconds: float) -> str:
    # Protected mode answers before it is asked and hangs up: the answer may still be read.
    with suppress(OSError):
        link.sendall(b"PING\r\n")
    try:
        return _first_line(link, seconds)
    except (TimeoutError, ssl.SSLError):
        raise
    except OSError:
        return ""


def _first_line(link: socket.socket, seconds: float) -> str:
    end = time.monotonic() + seconds
    data = b""
    while b"\n" not in data and len(data) < _LINE_LIMIT and time.monotonic() < end:
        part = link.recv(_LINE_LIMIT)
        if not part:
            break
        data += part
    return data.decode(errors="replace")


def _connected(address: str, port: int, seconds: float) -> socket.socket:
    if not address.startswith("/"):
        return socket.create_connection((address, port), timeout=seconds)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(seconds)
    try:
        link.connect(address)
    except OSError:
        link.close()
        raise
    return link


def unauthenticated() -> ssl.SSLContext:
    """Return a client that shows nothing, accepts any certificate, and takes every version and cipher it has."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(EVERY_CIPHER)
    return context
