"""What a listener answers to a stranger: no password, no certificate, one PING.

What may not live here: any login.
"""

import errno
import hashlib
import socket
import ssl
import time
import warnings
from contextlib import closing, suppress

from wizard.model.network import Listener, Probe, ProbeAnswer, local_address
from wizard.server.tls import Proof, connect_tls

_SECONDS = 1.0
_LINE_LIMIT = 1024

_VERSIONS = (
    ("TLSv1", ssl.TLSVersion.TLSv1),
    ("TLSv1.1", ssl.TLSVersion.TLSv1_1),
    ("TLSv1.2", ssl.TLSVersion.TLSv1_2),
    ("TLSv1.3", ssl.TLSVersion.TLSv1_3),
)

_WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE", "BAD_CERTIFICATE")
"""Alerts with which a server refuses a client that shows no certificate: TLS 1.3 the first, 1.2 the others."""

_ANSWERS = (
    ("+PONG", ProbeAnswer.OPEN),
    ("-DENIED", ProbeAnswer.PROTECTED),
    ("-NOAUTH", ProbeAnswer.NEEDS_LOGIN),
    ("-NOPERM", ProbeAnswer.NEEDS_LOGIN),
    ("-LOADING", ProbeAnswer.OPEN),
    ("-MASTERDOWN", ProbeAnswer.OPEN),
    ("-MISCONF", ProbeAnswer.OPEN),
)
"""Beginnings of the answer to PING; a server that loads, lost its primary or cannot save has let us in all the same."""


def probe(
    listener: Listener, *, tls: bool = False, via: str = "", seconds: float = _SECONDS, prove: Proof | None = None
) -> Probe:
    """Ask one listener for PING as a stranger would; never raises for what it does.

    Args:
        listener: A TCP address with port, or a unix socket.
        tls: Speak TLS, whatever certificate it shows.
        via: For a listener on all addresses: by which one to ask; loopback when empty. Protected
            mode lets loopback in, so another address shows what the network meets.
        seconds: For each step.
        prove: Raises where another process may answer than the server; what it raises is raised.
    """
    everywhere = local_address(listener.address) != listener.address
    address = via if via and everywhere else local_address(listener.address)
    answer = _answer(address, listener.port, tls=tls, seconds=seconds, prove=prove)
    versions, fingerprint = probe_tls_versions(address, listener.port, seconds=seconds) if tls else ((), "")
    return Probe(
        address=listener.address,
        port=listener.port,
        tls=tls,
        answer=answer,
        tls_versions=versions,
        certificate=fingerprint,
    )


def _answer(address: str, port: int, *, tls: bool, seconds: float, prove: Proof | None) -> ProbeAnswer:
    try:
        with closing(_linked(address, port, seconds, tls=tls, prove=prove)) as link:
            return _asked(link, seconds, tls=tls)
    except ssl.SSLError as error:
        wants = any(word in str(error).upper().replace(" ", "_") for word in _WANTS_CERTIFICATE)
        return ProbeAnswer.NEEDS_CERTIFICATE if wants else ProbeAnswer.SILENT
    except TimeoutError:
        return ProbeAnswer.SILENT
    except OSError as error:
        refused = error.errno in {errno.ECONNREFUSED, errno.ENOENT, errno.EHOSTUNREACH, errno.ENETUNREACH}
        return ProbeAnswer.REFUSED if refused else ProbeAnswer.SILENT


def _linked(address: str, port: int, seconds: float, *, tls: bool, prove: Proof | None) -> socket.socket:
    if tls:
        return connect_tls(_stranger(), address, port, seconds=seconds, prove=prove)
    link = _connected(address, port, seconds)
    try:
        if prove is not None:
            prove(link)
    except BaseException:
        link.close()
        raise
    return link


def _asked(link: socket.socket, seconds: float, *, tls: bool) -> ProbeAnswer:
    # Protected mode answers before it is asked and hangs up: the answer may still be read.
    with suppress(OSError):
        link.sendall(b"PING\r\n")
    try:
        line = _first_line(link, seconds)
    except TimeoutError:
        raise
    except OSError:
        line = ""
    if tls and not line:
        # The handshake went well and then it hung up: with TLS 1.3 the missing certificate shows only now,
        # as an alert, or without a word where our PING was on its way.
        return ProbeAnswer.NEEDS_CERTIFICATE
    return next((answer for beginning, answer in _ANSWERS if line.startswith(beginning)), ProbeAnswer.SILENT)


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


def _stranger() -> ssl.SSLContext:
    """A client that shows nothing and accepts any certificate: it only looks at it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def probe_tls_versions(address: str, port: int, *, seconds: float = _SECONDS) -> tuple[tuple[str, ...], str]:
    """Try each TLS version alone.

    Returns:
        The versions that a handshake succeeds with, and the SHA-256 fingerprint in hex of the
        certificate that the server shows (empty without any handshake).
    """
    accepted = []
    fingerprint = ""
    for name, version in _VERSIONS:
        shown = _handshake(address, port, version, seconds)
        if shown is not None:
            accepted.append(name)
            fingerprint = hashlib.sha256(shown).hexdigest()
    return tuple(accepted), fingerprint


def _handshake(address: str, port: int, version: ssl.TLSVersion, seconds: float) -> bytes | None:
    """Give the certificate of the server in DER, ``None`` when it does not take this version."""
    context = _stranger()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Old versions are tried to learn that they are refused.
        context.minimum_version = context.maximum_version = version
    # OpenSSL 3 offers TLS 1.0 and 1.1 at security level 0 only.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        with closing(connect_tls(context, address, port, seconds=seconds)) as link:
            return link.getpeercert(binary_form=True)
    except OSError:
        return None
