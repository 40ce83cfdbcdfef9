"""Ports of sandboxes."""

import socket
import subprocess
import sys

from wizard.sandbox.ports import free_port


def test_no_port_is_one_that_an_outgoing_connection_may_take() -> None:
    assert all(10000 <= free_port() < 32768 for _ in range(50))


def test_no_port_comes_twice() -> None:
    assert len({free_port() for _ in range(50)}) == 50


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    following = free_port() + 1
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", following))
        taken.listen()
        assert free_port() != following


def test_processes_beside_each_other_get_different_ports() -> None:
    code = "from wizard.sandbox.ports import free_port; print(free_port())"
    assert len({subprocess.check_output([sys.executable, "-c", code]) for _ in range(3)}) == 3
