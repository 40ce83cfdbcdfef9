"""Which process holds the other end of a connection, and what tells a process from a later one."""

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import NotPermittedError
from wizard.host.local import LocalHost
from wizard.host.port import Host
from wizard.host.reader import ProcessLife
from wizard.host.rooted import RootedHost
from wizard.model.network import Connection, Holder

MAKES: dict[str, Callable[[Path], Host]] = {
    "local": lambda _: LocalHost(),
    "memory": lambda _: MemoryHost(),
    "rooted": lambda place: RootedHost(PurePosixPath(place)),
}
NOWHERE = Connection(address="192.0.2.1", port=1, client_address="192.0.2.2", client_port=2)


@pytest.fixture(params=list(MAKES))
def any_host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return MAKES[request.param](tmp_path)


def test_a_process_that_is_not_there_has_no_life_and_holds_nothing(any_host: Host) -> None:
    assert any_host.life(2**22 + 1) is None
    assert any_host.holder(os.getpid(), NOWHERE) is Holder.ABSENT


def test_memory_answers_as_it_was_told() -> None:
    host = MemoryHost()
    host.lives[7] = ProcessLife(pid=7, started=1, user_id=101, user="redis")
    host.connections[NOWHERE] = 0
    assert (host.life(7), host.holder(7, NOWHERE)) == (host.lives[7], Holder.PENDING)
    host.connections[NOWHERE] = 7
    assert (host.holder(7, NOWHERE), host.holder(8, NOWHERE)) == (Holder.PROCESS, Holder.OTHER)


def test_a_life_names_the_user_and_ends_with_the_process() -> None:
    host = LocalHost()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        first = host.life(process.pid)
        assert first is not None
        assert (first.user_id, first.user) == (os.geteuid(), pwd.getpwuid(os.geteuid()).pw_name)
        assert host.life(process.pid) == first
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert host.life(process.pid) is None, "a zombie serves nobody"


FAMILIES = pytest.mark.parametrize(
    ("family", "bound", "address"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "0.0.0.0", "127.0.0.2"),  # noqa: S104 - the test wants all of them
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::", "127.0.0.1"),
    ],
)


@FAMILIES
def test_a_connection_is_pending_then_the_acceptors_then_nobodys(
    family: socket.AddressFamily, bound: str, address: str
) -> None:
    host = LocalHost()
    with socket.socket(family) as server:
        if family is socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bound == "::1"))
        server.bind((bound, 0))
        server.listen()
        with socket.create_connection((address, server.getsockname()[1])) as client:
            (client_address, client_port), (_, port) = client.getsockname()[:2], client.getpeername()[:2]
            made = Connection(address=address, port=port, client_address=client_address, client_port=client_port)
            assert host.holder(os.getpid(), made) is Holder.PENDING
            link, _ = server.accept()
            assert host.holder(os.getpid(), made) is Holder.PROCESS
            with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
                assert host.holder(other.pid, made) is Holder.OTHER
                other.kill()
            link.close()
            assert host.holder(os.getpid(), made) is Holder.ABSENT


def answer_for_networks(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], os.stat_result]) -> None:
    """Let what is asked of the network of a process get this answer."""
    whole = os.stat

    def stat(path: Any, **more: Any) -> os.stat_result:
        return answer(path) if str(path).endswith("/ns/net") else whole(path, **more)

    monkeypatch.setattr(os, "stat", stat)


def test_another_network_says_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = Path("/").stat(), Path("/proc").stat()
    answer_for_networks(monkeypatch, lambda path: ours if path == "/proc/self/ns/net" else other)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        link, _ = server.accept()
        with link:
            made = Connection(
                address="127.0.0.1",
                port=server.getsockname()[1],
                client_address="127.0.0.1",
                client_port=client.getsockname()[1],
            )
            assert LocalHost().holder(os.getpid(), made) is Holder.ABSENT


def test_what_may_not_be_looked_into_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: str) -> os.stat_result:
        raise PermissionError

    answer_for_networks(monkeypatch, forbidden)
    with pytest.raises(NotPermittedError, match="run as root"):
        LocalHost().holder(os.getpid(), NOWHERE)
