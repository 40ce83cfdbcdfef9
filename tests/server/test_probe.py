"""What a stranger is told, by real servers and by listeners that are none."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers import SERVERS, Server, need, running
from wizard.model.network import Listener, ProbeAnswer, local_address
from wizard.sandbox.ports import free_port
from wizard.server.certificate import served
from wizard.server.probe import probe
from wizard.server.tls_trials import try_tls

pytestmark = pytest.mark.server


def listener(address: str | Path, port: int = 0) -> Listener:
    return Listener(address=str(address), port=port, pid=0, process="")


@contextmanager
def pretended(answer: bytes, *, hang_up: bool = False) -> Iterator[int]:
    """A listener that sends bytes to whoever comes; gives its port."""
    done = threading.Event()

    def serve(listening: socket.socket) -> None:
        link, _ = listening.accept()
        with link:
            link.sendall(answer)
            if not hang_up:
                done.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            done.set()
            thread.join(10)


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Server:
    return need(request.param)


@pytest.mark.parametrize(
    ("conf", "answer"),
    [
        ("", ProbeAnswer.OPEN),
        ("requirepass x\n", ProbeAnswer.NEEDS_LOGIN),
        ("user default on nopass -@all\n", ProbeAnswer.NEEDS_LOGIN),
    ],
)
def test_tells_open_from_closed(server: Server, tmp_path: Path, conf: str, answer: ProbeAnswer) -> None:
    with running(server, conf, tmp_path) as (path, _):
        assert probe(listener(path)).answer is answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"+PONG\r\n", ProbeAnswer.OPEN),
        (b"-LOADING Redis is loading\r\n", ProbeAnswer.OPEN),
        (b"-DENIED Redis is running in protected mode\r\n", ProbeAnswer.PROTECTED),
        (b"-NOPERM no\r\n", ProbeAnswer.NEEDS_LOGIN),
        (b"SSH-2.0-OpenSSH\r\n", ProbeAnswer.SILENT),
        (b"x" * 5000, ProbeAnswer.SILENT),
    ],
)
def test_reads_the_first_line_of_any_listener(said: bytes, answer: ProbeAnswer) -> None:
    with pretended(said) as port:
        assert probe(listener("127.0.0.1", port), seconds=30 if said.endswith(b"\n") else 2).answer is answer


def test_reads_the_answer_of_a_listener_that_hangs_up_at_once() -> None:
    with pretended(b"-DENIED protected\r\n", hang_up=True) as port:
        assert probe(listener("127.0.0.1", port)).answer is ProbeAnswer.PROTECTED


def test_gives_up_on_a_listener_that_says_nothing() -> None:
    with pretended(b"") as port:
        assert probe(listener("127.0.0.1", port), seconds=0.1).answer is ProbeAnswer.SILENT


def test_tells_that_nothing_accepts(tmp_path: Path) -> None:
    assert probe(listener("127.0.0.1", free_port())).answer is ProbeAnswer.REFUSED
    assert probe(listener(tmp_path / "nothing")).answer is ProbeAnswer.REFUSED


def test_a_plain_port_speaks_no_tls() -> None:
    with pretended(b"-ERR unknown command\r\n") as port:
        found = try_tls(listener("127.0.0.1", port), seconds=0.5)
    assert found.answer is ProbeAnswer.SILENT
    assert (found.tls_versions, found.certificate) == ((), "")
    assert served("127.0.0.1", free_port()) == ""


def test_asks_a_wildcard_listener_by_the_address_it_is_given() -> None:
    anywhere = "0.0.0.0"  # noqa: S104 - asked, not bound
    with pretended(b"+PONG\r\n") as port:
        found = probe(listener(anywhere, port), via="127.0.0.1")
    assert (found.address, found.answer) == (anywhere, ProbeAnswer.OPEN)
    assert probe(listener("127.0.0.1", free_port()), via="192.0.2.1").answer is ProbeAnswer.REFUSED
    assert [local_address(each) for each in (anywhere, "::", "10.0.0.1")] == ["127.0.0.1", "::1", "10.0.0.1"]
