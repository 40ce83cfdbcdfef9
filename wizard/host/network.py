"""The running machine's network: interfaces with their addresses, and who listens where.

Source:
    proc(5): /proc/net/tcp, /proc/net/unix, /proc/net/route, /proc/net/ipv6_route.
"""

import itertools
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from wizard.model.network import Address, Interface, Listener, Scope, scope_of

_TCP_LISTEN = "0A"
_UNIX_ACCEPTS = 0x10000
"""``__SO_ACCEPTCON``: the socket listens."""
_UNIX_WITH_PATH = 8
"""Columns of a row of /proc/net/unix that ends with a path."""


class _Socket(NamedTuple):
    address: str
    port: int
    inode: str


def interfaces() -> tuple[Interface, ...]:
    """List the network interfaces of this machine in the kernel's order."""
    import psutil  # noqa: PLC0415 - heavy, and only this function needs it

    states = psutil.net_if_stats()
    addresses: dict[str, list[Address]] = {name: [] for name in states}
    for label, found in psutil.net_if_addrs().items():
        # An IPv4 alias has a label such as eth0:1 and belongs to eth0.
        here = addresses.setdefault(label.partition(":")[0], [])
        families = (socket.AF_INET, socket.AF_INET6)
        here += [_address(item.address, item.netmask or "") for item in found if item.family in families]
    routes = set(_default_routes())
    return tuple(
        Interface(
            name=name,
            up=name in states and states[name].isup,
            mtu=states[name].mtu if name in states else 0,
            addresses=tuple(listed),
            default_route=name in routes,
        )
        for name, listed in addresses.items()
    )


def _address(text: str, netmask: str) -> Address:
    address = ip_address(text.partition("%")[0])
    prefix = int(ip_address(netmask)).bit_count() if netmask else address.max_prefixlen
    return Address(address=str(address), prefix=prefix, scope=scope_of(str(address)) or Scope.GLOBAL)


def _default_routes() -> Iterator[str]:
    """Names of interfaces with a default route; the loopback's reject entries do not count."""
    for row in _rows("/proc/net/route"):
        if row[1] == row[7] == "00000000":
            yield row[0]
    for row in _rows("/proc/net/ipv6_route", header=False):
        if row[0] == "0" * 32 and row[1] == "00" and row[9] != "lo":
            yield row[9]


def listeners() -> tuple[Listener, ...]:
    """List TCP listeners and listening unix sockets with a path, sorted by address and port.

    The process is only known for sockets of processes that we may look into: all for root.
    """
    found = list(_listening())
    owners = _owners({item.inode for item in found})
    return _sorted(_listener(item, owners.get(item.inode, 0)) for item in found)


def listeners_of(pid: int) -> tuple[Listener, ...]:
    """List the listeners of one process of ours."""
    inodes = set(_sockets_of(pid))
    return _sorted(_listener(item, pid) for item in _listening() if item.inode in inodes)


def first_listener_of(pid: int) -> Listener | None:
    """Return one listener of a process of ours, a unix socket where it has one; ``None`` while it has none."""
    inodes = set(_sockets_of(pid))
    return next((_listener(item, pid) for item in _listening() if item.inode in inodes), None)


def listening_ports() -> tuple[Listener, ...]:
    """List the TCP listeners of this machine without their processes, which take long to find."""
    return _sorted(_listener(item, 0) for item in (*_tcp("/proc/net/tcp"), *_tcp("/proc/net/tcp6")))


def _listening() -> Iterator[_Socket]:
    yield from _unix()
    yield from _tcp("/proc/net/tcp")
    yield from _tcp("/proc/net/tcp6")


def _sorted(found: Iterable[Listener]) -> tuple[Listener, ...]:
    return tuple(sorted(found, key=lambda listener: (listener.address, listener.port, listener.pid)))


def _listener(item: _Socket, pid: int) -> Listener:
    address = item.address if item.port else _absolute(item.address, pid)
    return Listener(address=address, port=item.port, pid=pid, process=_command(pid) if pid else "")


def _absolute(path: str, pid: int) -> str:
    """Return the path of a unix socket, which the kernel shows as the process named it: relative to where it works."""
    if path.startswith("/"):
        return path
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink() / path)
    except OSError:
        return path


def _tcp(path: str) -> Iterator[_Socket]:
    """Read the kernel's table of one protocol: those that listen come first, before any connection.

    Source:
        linux ``net/ipv4/tcp_ipv4.c``, ``tcp_seq_start()``.
    """
    for row in itertools.takewhile(lambda row: row[3] == _TCP_LISTEN, _rows(path)):
        address, _, port = row[1].partition(":")
        yield _Socket(_unpack(address), int(port, 16), row[9])


def _unpack(hexadecimal: str) -> str:
    """Read an address as the kernel prints it: 32-bit words in the machine's own byte order."""
    words = [int(hexadecimal[start : start + 8], 16) for start in range(0, len(hexadecimal), 8)]
    return str(ip_address(struct.pack(f"={len(words)}I", *words)))


def _unix() -> Iterator[_Socket]:
    for line in _lines("/proc/net/unix")[1:]:
        row = line.split(None, 7)
        if len(row) == _UNIX_WITH_PATH and int(row[3], 16) & _UNIX_ACCEPTS and row[7][0] != "@":
            yield _Socket(row[7], 0, row[6])


def _owners(inodes: set[str]) -> dict[str, int]:
    """Find the process of each socket; of several that share one the first, usually the parent."""
    owners: dict[str, int] = {}
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdecimal()):  # noqa: PTH208 - names only, and many
        if len(owners) == len(inodes):
            break
        for inode in _sockets_of(pid):
            if inode in inodes:
                owners.setdefault(inode, pid)
    return owners


def _sockets_of(pid: int) -> Iterable[str]:
    directory = f"/proc/{pid}/fd"
    try:
        names = os.listdir(directory)  # noqa: PTH208 - names only, and many
    except OSError:
        return
    for name in names:
        try:
            target = os.readlink(f"{directory}/{name}")  # noqa: PTH115 - text of a magic link, and many
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").rstrip("\n")
    except OSError:
        return ""


def _rows(path: str, *, header: bool = True) -> Iterator[Sequence[str]]:
    return (line.split() for line in _lines(path)[1 if header else 0 :])


def _lines(path: str) -> list[str]:
    """Lines of a table of the kernel; none where it lacks the protocol."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
