"""A scripted server, for versions and ciphers that no OpenSSL of today has."""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from wizard.model.network import Listener, ProbeAnswer
from wizard.server.client_hello import BROKEN, FORWARD_SECRET, RSA_KEY_EXCHANGE, ServerHello, offer, read_answer
from wizard.server.probe import probe
from wizard.server.tls_trials import try_tls

CERTIFICATE = b"\x30\x82 a certificate"
HANDSHAKE, ALERT = 22, 21
FAILURE = struct.pack(">BHHBB", ALERT, 0x0303, 2, 2, 40)


def message(kind: int, body: bytes = b"") -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def record(data: bytes) -> bytes:
    return struct.pack(">BHH", HANDSHAKE, 0x0303, len(data)) + data


def hello(version: int, cipher: int) -> bytes:
    return message(2, struct.pack(">H", version) + bytes(32) + b"\x02id" + struct.pack(">HB", cipher, 0))


def shown(certificate: bytes = CERTIFICATE) -> bytes:
    one = len(certificate).to_bytes(3, "big") + certificate
    return message(11, len(one).to_bytes(3, "big") + one)


def flight(version: int, cipher: int, *more: bytes) -> bytes:
    return hello(version, cipher) + shown() + b"".join(more) + message(14)


@contextmanager
def scripted(ciphers: Sequence[int], *, version: int = 0x0303, asks: bool = False) -> Iterator[int]:
    """A server that agrees to one version and some ciphers, and never ends a handshake; gives its port."""

    def answer(data: bytes) -> bytes:
        body = data[9:]
        number = int.from_bytes(body[:2], "big")
        session = body[34]
        suites = body[37 + session :][: int.from_bytes(body[35 + session : 37 + session], "big")]
        offered = {int.from_bytes(suites[at : at + 2], "big") for at in range(0, len(suites), 2)}
        common = [each for each in ciphers if each in offered]
        if number != version or not common:
            return FAILURE
        request = (message(13, b"\x01\x01\x00\x00"),) if asks else ()
        return record(flight(version, common[0], *request))

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                link, _ = listening.accept()
            except OSError:
                return
            with link:
                if data := link.recv(4096):
                    link.sendall(answer(data))
                    link.recv(4096)
                    link.sendall(FAILURE)

    with socket.create_server(("127.0.0.1", 0), backlog=32) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def listener(port: int) -> Listener:
    return Listener(address="127.0.0.1", port=port, pid=0, process="")


@pytest.mark.parametrize(("cipher", "kind"), [(0x0003, "export"), (0x0005, "RC4"), (0x000A, "3DES"), (0x0009, "DES")])
def test_a_broken_cipher_is_named_that_this_machine_lacks(cipher: int, kind: str) -> None:
    with scripted([cipher]) as port:
        found = try_tls(listener(port), seconds=10)
    assert (found.weak_ciphers, found.tls_versions, found.forward_secrecy) == ((kind,), ("TLSv1.2",), False)


@pytest.mark.parametrize(("version", "name"), [(0x0301, "TLSv1"), (0x0302, "TLSv1.1")])
def test_an_old_version_is_named_whatever_this_machine_takes(version: int, name: str) -> None:
    with scripted([*FORWARD_SECRET, *RSA_KEY_EXCHANGE], version=version) as port:
        assert try_tls(listener(port), seconds=10).tls_versions == (name,)


@pytest.mark.parametrize(("asks", "answer"), [(True, ProbeAnswer.NEEDS_CERTIFICATE), (False, ProbeAnswer.SILENT)])
def test_a_failed_handshake_means_a_certificate_only_where_one_was_asked_for(asks: bool, answer: ProbeAnswer) -> None:  # noqa: FBT001 - a case
    with scripted([0x0005], asks=asks) as port:
        assert probe(listener(port), tls=True, seconds=10).answer is answer


def test_an_answer_is_read_over_the_borders_of_records() -> None:
    whole = flight(0x0303, 0xC02F, message(13))
    expected = ServerHello(version="TLSv1.2", cipher=0xC02F, certificate=CERTIFICATE, asks_certificate=True)
    assert read_answer(whole) == expected
    with socket.create_server(("127.0.0.1", 0)) as listening:
        parts = b"".join(record(whole[at : at + 7]) for at in range(0, len(whole), 7))

        def serve() -> None:
            link, _ = listening.accept()
            with link:
                link.recv(4096)
                link.sendall(parts)

        thread = threading.Thread(target=serve)
        thread.start()
        assert offer("127.0.0.1", listening.getsockname()[1], 0x0303, tuple(BROKEN), seconds=10) == expected
        thread.join(10)


@pytest.mark.parametrize("data", [b"", b"\x02", message(2), message(2, bytes(40)), message(2, b"\x03\x03" + bytes(33))])
def test_an_answer_that_is_none_is_nothing(data: bytes) -> None:
    assert read_answer(data) is None


def test_every_number_has_one_meaning() -> None:
    every = [*FORWARD_SECRET, *RSA_KEY_EXCHANGE, *BROKEN]
    assert len(every) == len(set(every))
