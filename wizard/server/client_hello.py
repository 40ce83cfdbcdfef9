"""What a TLS server agrees to below TLS 1.3, by its answer to the first message of a handshake.

The answer comes in plain text: version, cipher, certificate, and whether the server asks for a client certificate.
So old versions and broken ciphers can be tried that this machine's OpenSSL does not have.

Source:
    RFC 5246, 7.3 and 7.4 (messages), RFC 8422 (curves); the IANA registry "TLS Cipher Suites".
"""

import secrets
import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import Final

from wizard.model.value import Value
from wizard.server.tls import Proof

VERSIONS: Final[Mapping[int, str]] = MappingProxyType({0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2"})
TLS_1_2: Final = 0x0303

FORWARD_SECRET: Final = (
    *(0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0xCCAA, 0x009E, 0x009F, 0xC0AC, 0xC0AD, 0xC0AE, 0xC0AF),
    *(0xC09E, 0xC09F, 0xC0A2, 0xC0A3, 0xC009, 0xC00A, 0xC013, 0xC014, 0xC023, 0xC024, 0xC027, 0xC028, 0x0033, 0x0039),
    *(0x0067, 0x006B, 0x0032, 0x0038, 0x0040, 0x006A, 0xC05C, 0xC05D, 0xC060, 0xC061, 0xC052, 0xC053),
    *(0xC072, 0xC073, 0xC076, 0xC077, 0x0045, 0x0088, 0x00BE, 0x00C4),
)
"""Ciphers with a key of their own for each connection (ECDHE, DHE)."""

RSA_KEY_EXCHANGE: Final = (
    *(0x009C, 0x009D, 0x003C, 0x003D, 0x002F, 0x0035, 0xC09C, 0xC09D, 0xC0A0, 0xC0A1),
    *(0xC050, 0xC051, 0x0041, 0x0084, 0x00BA, 0x00C0, 0x0096),
)
"""Ciphers whose connections the server's private key can decrypt later."""

BROKEN: Final[Mapping[int, str]] = MappingProxyType(
    dict.fromkeys((0x0001, 0x0002, 0x003B, 0xC001, 0xC006, 0xC00B, 0xC010, 0xC015), "NULL")
    | dict.fromkeys((0x001B, 0x0034, 0x003A, 0x006C, 0x006D, 0x00A6, 0x00A7, 0x0046, 0x0089, 0x00BF), "anonymous")
    | dict.fromkeys((0x00C5, 0xC017, 0xC018, 0xC019), "anonymous")
    | dict.fromkeys((0x0003, 0x0006, 0x0008, 0x000B, 0x000E, 0x0011, 0x0014, 0x0017, 0x0019, 0x0062, 0x0064), "export")
    | dict.fromkeys((0x0004, 0x0005, 0x0018, 0xC002, 0xC007, 0xC00C, 0xC011, 0xC016), "RC4")
    | dict.fromkeys((0x0009, 0x000C, 0x000F, 0x0012, 0x0015, 0x001A), "DES")
    | dict.fromkeys((0x000A, 0x000D, 0x0010, 0x0013, 0x0016, 0xC003, 0xC008, 0xC00D, 0xC012), "3DES")
)
"""Ciphers that others can read or change, by class."""

_RENEGOTIATION: Final = 0x00FF
_GROUPS: Final = (0x001D, 0x0017, 0x0018, 0x0019, 0x001E)
_SIGNATURES: Final = (
    *(0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B),
    *(0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0302, 0x0202),
)
_HANDSHAKE: Final = 22
_SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_REQUEST, _DONE = 2, 11, 13, 14
_LONGEST_FLIGHT: Final = 1 << 18
_VERSION_AND_RANDOM: Final = 34


class ServerHello(Value, frozen=True, kw_only=True):
    """What a server agreed to."""

    version: str
    """``TLSv1``, ``TLSv1.1`` or ``TLSv1.2``."""
    cipher: int
    """Number of the cipher suite."""
    certificate: bytes = b""
    """The server's own, in DER; empty where it showed none."""
    asks_certificate: bool = False
    """It asked for a certificate of the client, which may still do without one."""


def offer(
    address: str, port: int, version: int, ciphers: Sequence[int], *, seconds: float, prove: Proof | None = None
) -> ServerHello | None:
    """Return what a server agrees to when it is offered one version and these ciphers; ``None`` when to nothing.

    Args:
        address: An IP address.
        port: The server's TLS port.
        version: The highest that is offered, by its number in the protocol.
        ciphers: Numbers of cipher suites.
        seconds: For each step.
        prove: Called before anything is sent; what it raises is raised.
    """
    try:
        with closing(socket.create_connection((address, port), timeout=seconds)) as link:
            if prove is not None:
                prove(link)
            link.sendall(client_hello(version, ciphers))
            return read_answer(_flight(link))
    except OSError:
        return None


def client_hello(version: int, ciphers: Sequence[int]) -> bytes:
    """Return the first message of a client, as one record."""
    suites = _numbers((*ciphers, _RENEGOTIATION))
    extensions = _extension(10, _sized(_numbers(_GROUPS))) + _extension(11, b"\x01\x00")
    if version >= TLS_1_2:
        extensions += _extension(13, _sized(_numbers(_SIGNATURES)))
    body = struct.pack(">H", version) + secrets.token_bytes(32) + b"\x00" + _sized(suites) + b"\x01\x00"
    body += _sized(extensions)
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return struct.pack(">BHH", _HANDSHAKE, 0x0301, len(message)) + message


def read_answer(flight: bytes) -> ServerHello | None:
    """Return what the messages of a server's first flight say; ``None`` where it agreed to nothing."""
    messages = dict(_messages(flight))
    hello = messages.get(_SERVER_HELLO, b"")
    if len(hello) <= _VERSION_AND_RANDOM:
        return None
    session = hello[_VERSION_AND_RANDOM]
    chosen = hello[_VERSION_AND_RANDOM + 1 + session :][:2]
    version = VERSIONS.get(int.from_bytes(hello[:2], "big"), "")
    if not version or len(chosen) < 2:  # noqa: PLR2004 - the length of a number of a cipher
        return None
    shown = messages.get(_CERTIFICATE, b"")
    return ServerHello(
        version=version,
        cipher=int.from_bytes(chosen, "big"),
        certificate=shown[6 : 6 + int.from_bytes(shown[3:6], "big")],
        asks_certificate=_CERTIFICATE_REQUEST in messages,
    )


def _flight(link: socket.socket) -> bytes:
    """Read the handshake records of a server until its last message, an alert, or the end."""
    messages = b""
    while len(messages) < _LONGEST_FLIGHT:
        kind, _, length = struct.unpack(">BHH", _exactly(link, 5) or bytes(5))
        record = _exactly(link, length)
        if kind != _HANDSHAKE or not record:
            break
        messages += record
        if any(each == _DONE for each, _ in _messages(messages)):
            break
    return messages


def _exactly(link: socket.socket, length: int) -> bytes:
    """Read so many bytes; empty where the connection ends before."""
    data = b""
    while len(data) < length:
        part = link.recv(length - len(data))
        if not part:
            return b""
        data += part
    return data


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    """Split handshake messages, the complete ones."""
    found = []
    while len(data) >= 4:  # noqa: PLR2004 - kind and length
        length = int.from_bytes(data[1:4], "big")
        if len(data) < 4 + length:
            break
        found.append((data[0], data[4 : 4 + length]))
        data = data[4 + length :]
    return found


def _numbers(values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _extension(number: int, data: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(data)
