"""How long a server is away, as a client sees it."""

import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

import pytest

from wizard.host.local import LocalHost
from wizard.model.login import Endpoint
from wizard.server.access import ServerAccess, of_own
from wizard.server.downtime import DowntimeProbe
from wizard.server.sessions import Connector

ENOUGH = 10.0


class Stub:
    """A server that answers every command with one line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answer = b"+PONG\r\n"
        self.answered = threading.Event()
        self._links: list[socket.socket] = []

    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            with closing(link):
                link.shutdown(socket.SHUT_RDWR)
        self._links = []

    def wait_for_an_answer(self) -> None:
        self.answered.clear()
        assert self.answered.wait(ENOUGH)

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self._links.append(link)
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        try:
            while link.recv(4096):
                link.sendall(self.answer)
                self.answered.set()
        except OSError:
            return


@pytest.fixture
def stub() -> Iterator[Stub]:
    with tempfile.TemporaryDirectory(prefix="rw-") as directory:
        yield Stub(Path(directory, "s"))


@contextmanager
def pulse(stub: Stub) -> Iterator[DowntimeProbe]:
    access = ServerAccess(LocalHost(), of_own("the stub", os.getpid))
    with DowntimeProbe(Connector([Endpoint(socket=PurePosixPath(stub.path))], [None], access=access)) as beating:
        yield beating


def test_counts_from_the_last_answer_to_the_next_one(stub: Stub) -> None:
    stub.start()
    begun = time.monotonic()
    with pulse(stub) as beating:
        stub.wait_for_an_answer()
        stub.stop()
        # The last answer is on its way to the probe, which notes it when it gets a processor.
        time.sleep(0.5)
        away = time.monotonic()
        time.sleep(0.05)
        back = time.monotonic()
        stub.start()
        stub.wait_for_an_answer()
        gap = beating.longest_gap()
    assert back - away <= gap <= time.monotonic() - begun
    stub.stop()


def test_loading_is_being_away_and_a_refused_login_is_not(stub: Stub) -> None:
    stub.start()
    with pulse(stub) as beating:
        stub.wait_for_an_answer()
        stub.answer = b"-LOADING Redis is loading the dataset in memory\r\n"
        for _ in range(2):
            # The first of them may be one that was on its way.
            stub.wait_for_an_answer()
        away = time.monotonic()
        for _ in range(3):
            stub.wait_for_an_answer()
        back = time.monotonic()
        stub.answer = b"-NOAUTH Authentication required.\r\n"
        stub.wait_for_an_answer()
        assert beating.longest_gap() >= back - away
    stub.stop()


def test_a_server_that_was_down_before_was_not_taken_away(stub: Stub) -> None:
    with pulse(stub) as beating:
        up = time.monotonic()
        stub.start()
        stub.wait_for_an_answer()
        assert beating.longest_gap() <= time.monotonic() - up
    stub.stop()


def test_a_server_that_never_answers_has_no_gap(stub: Stub) -> None:
    with pulse(stub) as beating:
        assert beating.longest_gap() == 0
