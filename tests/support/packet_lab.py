"""Two network namespaces with links between them: rules are loaded in one, packets come from the other.

A namespace belongs to a thread: what `PacketLab.inside` calls, and each program that it starts, is in that namespace.
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from wizard.host.programs import find_program

_T = TypeVar("_T")
_NEW_NETWORK = 0x40000000
"""``CLONE_NEWNET`` of ``<sched.h>``."""
PORTS = (6379, 6380, 16379)
_LONG = 10.0
"""A packet that is accepted connects in well under a millisecond."""
_SHORT = 0.02


class Sender(NamedTuple):
    """An address that packets come from, and how they reach the host."""

    source: str
    target: str
    interface: str


SENDERS = (
    Sender("10.77.0.2", "10.77.0.1", "e0"),
    Sender("10.77.0.200", "10.77.0.1", "e0"),
    Sender("203.0.113.5", "10.77.0.1", "e0"),
    Sender("10.78.0.2", "10.78.0.1", "e1"),
    Sender("fd77::2", "fd77::1", "e0"),
    Sender("2001:db8:5::5", "fd77::1", "e0"),
)
# Rules may drop the packets that ask for neighbours, so that each is known for ever.
_HOST = """
link set lo up
link add e0 address 02:00:00:00:00:01 type veth peer name c0 address 02:00:00:00:00:02 netns {client}
link add e1 type veth peer name c1 netns {client}
address add 10.77.0.1/24 dev e0
address add 10.78.0.1/24 dev e1
address add fd77::1/64 dev e0 nodad
link set e0 up
link set e1 up
route add 203.0.113.0/24 dev e0
route add 2001:db8:5::/64 dev e0
neighbour add fd77::2 lladdr 02:00:00:00:00:02 dev e0
neighbour add 2001:db8:5::5 lladdr 02:00:00:00:00:02 dev e0
"""
_CLIENT = """
link set lo up
address add 10.77.0.2/24 dev c0
address add 10.77.0.200/24 dev c0
address add 203.0.113.5/24 dev c0
address add 10.78.0.2/24 dev c1
address add fd77::2/64 dev c0 nodad
address add 2001:db8:5::5/64 dev c0 nodad
link set c0 up
link set c1 up
neighbour add fd77::1 lladdr 02:00:00:00:00:01 dev c0
"""


class PacketLab:
    """A host whose servers listen on `PORTS`, and a client on each of its links."""

    def __init__(self, host: int, client: int) -> None:
        self._host = host
        self._client = client
        self._listeners: list[socket.socket] = []

    def furnish(self) -> None:
        """Make the links and start to listen."""
        self.inside(lambda: _run("ip", "-batch", "-", given=_HOST.format(client=self._client)))
        _in(self._client, lambda: _run("ip", "-batch", "-", given=_CLIENT))
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 - in a namespace
            for port in PORTS:
                listener = self.inside(partial(socket.socket, family))
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind((address, port))
                listener.listen(64)
                listener.settimeout(0)
                self._listeners.append(listener)

    def inside(self, act: Callable[[], _T]) -> _T:
        """Do something in the namespace of the host."""
        return _in(self._host, act)

    def load(self, program: str, rules: str) -> None:
        """Give rules to ``nft -f -`` or a restore program, which replace all that were there."""
        words = ("-f", "-") if program == "nft" else ()
        self.inside(lambda: _run("nft", "flush", "ruleset"))
        self.inside(lambda: _run(program, *words, given=rules))

    def connects(self, sender: Sender, port: int, *, expected: bool) -> bool:
        """Return whether a client can connect.

        Args:
            sender: Where from and where to.
            port: One of `PORTS`.
            expected: Whether to be patient: an answer that is not expected may be missed on a busy machine, never
                an expected one.
        """
        family = socket.AF_INET6 if ":" in sender.source else socket.AF_INET
        with _in(self._client, lambda: socket.socket(family)) as client:
            client.bind((sender.source, 0))
            client.settimeout(_LONG if expected else _SHORT)
            try:
                client.connect((sender.target, port))
            except ConnectionResetError:
                # The rules refuse the second packet alone: for the first, it would be ConnectionRefusedError.
                return True
            except OSError:
                return False
            self._accept()
            return True

    def _accept(self) -> None:
        """Take what waits in the queues: a full one drops packets too."""
        for each in self._listeners:
            with suppress(BlockingIOError):
                each.accept()[0].close()

    def close(self) -> None:
        """Stop to listen."""
        for each in self._listeners:
            each.close()


@contextmanager
def packet_lab() -> Iterator[PacketLab | None]:
    """Give a lab; ``None`` where this machine or user cannot have one."""
    if os.geteuid() != 0 or not all(map(find_program, ("nft", "ip", "unshare", "iptables-nft-restore"))):
        yield None
        return
    words = [str(find_program("unshare")), "--net", "sh", "-c", "echo; read line"]
    with _started(words) as host, _started(words) as client:
        lab = PacketLab(host.pid, client.pid)
        try:
            for each in (host, client):
                assert each.stdout is not None
                each.stdout.readline()
            try:
                lab.furnish()
            except (OSError, subprocess.CalledProcessError):
                yield None
            else:
                yield lab
        finally:
            lab.close()
            host.communicate(b"\n")
            client.communicate(b"\n")


def _started(words: list[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _in(pid: int, act: Callable[[], _T]) -> _T:
    def enter() -> _T:
        with Path(f"/proc/{pid}/ns/net").open() as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _NEW_NETWORK) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        return act()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(enter).result()


def _run(name: str, *words: str, given: str = "") -> None:
    subprocess.run([str(find_program(name)), *words], input=given, text=True, check=True, capture_output=True)
