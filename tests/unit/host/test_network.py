"""Interfaces, scopes, listeners and processes of the running machine."""

import os
import socket
import struct
from pathlib import Path, PurePosixPath

import pytest

from wizard.host import network
from wizard.host.hostnames import other_names
from wizard.host.local import LocalHost
from wizard.model.network import Listener, Scope
from wizard.snapshots.posixacl import ACCESS


def test_lists_the_loopback_interface() -> None:
    (loopback,) = [found for found in LocalHost().interfaces() if found.name == "lo"]
    assert ("127.0.0.1", 8, Scope.LOOPBACK) in [(a.address, a.prefix, a.scope) for a in loopback.addresses]
    assert not loopback.default_route


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_lists_a_tcp_listener_with_its_process(family: socket.AddressFamily) -> None:
    address = "127.0.0.1" if family is socket.AF_INET else "::1"
    with socket.socket(family) as server:
        try:
            server.bind((address, 0))
        except OSError:
            pytest.skip("the machine lacks this address family")
        server.listen()
        port = server.getsockname()[1]
        name = Path("/proc/self/comm").read_text().strip()
        wanted = Listener(address=address, port=port, pid=os.getpid(), process=name)
        assert wanted in LocalHost().listeners()
        assert wanted in network.listeners_of(os.getpid())
    assert wanted not in LocalHost().listeners()


def test_lists_a_listening_unix_socket_but_no_mere_connection(tmp_path: Path) -> None:
    path = tmp_path / "with space.sock"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(path))
        assert not [found for found in LocalHost().listeners() if found.address == str(path)]
        server.listen()
        client.connect(str(path))
        (found,) = [found for found in LocalHost().listeners() if found.address == str(path)]
        assert (found.port, found.pid, found.unix) == (0, os.getpid(), True)


def test_names_a_unix_socket_by_the_directory_that_it_was_bound_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("near.sock")
        server.listen()
        assert str(tmp_path / "near.sock") in {found.address for found in LocalHost().listeners()}


def test_reads_the_access_control_list_of_a_unix_socket(tmp_path: Path) -> None:
    path, allowed = tmp_path / "s", ((1, 7, -1), (2, 6, 65534), (4, 0, -1), (0x10, 6, -1), (0x20, 0, -1))
    listed = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in allowed)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        try:
            os.setxattr(path, ACCESS, listed)
        except OSError:
            pytest.skip("the file system of the temporary directory keeps no access control list")
        assert LocalHost().attributes(PurePosixPath(path)) == {ACCESS: listed}


def test_lists_this_process_among_all() -> None:
    (found,) = [process for process in LocalHost().processes() if process.pid == os.getpid()]
    assert found.parent == os.getppid()
    assert found.resident > 1 << 20
    assert len(found.name.encode()) <= 15
    assert found.arguments


def test_the_kernels_own_links_mean_what_the_kernel_says() -> None:
    host = LocalHost()
    assert host.read(PurePosixPath("/proc/self/root/proc/self/comm")) == Path("/proc/self/comm").read_bytes()
    assert host.status(PurePosixPath("/proc/self/exe")).target == os.readlink("/proc/self/exe")  # noqa: PTH115 - its text
    assert host.read(PurePosixPath("/proc/mounts"))


@pytest.mark.parametrize(
    ("name", "hosts", "wanted"),
    [
        ("web", "127.0.1.1 web.example.org web\n", ("web.example.org",)),
        ("web.example.org", "127.0.1.1 web.example.org web cache\n", ("cache", "web.example.org")),
        ("web", "127.0.0.1 localhost web # comment names\n10.0.0.2 other\n", ()),
        ("web.example.org", "", ("web.example.org",)),
        ("web", "garbage\n\n#\n", ()),
    ],
)
def test_names_come_from_the_hosts_file_alone(name: str, hosts: str, wanted: tuple[str, ...]) -> None:
    assert other_names(name, hosts) == wanted
