"""Which process holds the other end of a connection, by the kernel's tables.

Source:
    proc(5): /proc/PID/stat, /proc/PID/net/tcp. A socket gets its inode when a process accepts it
    (linux ``net/socket.c``, ``do_accept()``).
"""

import os
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path, PurePosixPath

from wizard.errors import NotPermittedError
from wizard.host.reader import ProcessLife
from wizard.model.network import Connection, Holder

_STARTED = 19
"""Field 22 of /proc/PID/stat, counted from behind the command name."""
_DEAD = ("Z", "X")
_NO_INODE = "0"
_OPENING = frozenset({"01", "03"})
"""TCP_ESTABLISHED and TCP_SYN_RECV: without an inode it waits to be accepted."""


def life(pid: int) -> ProcessLife | None:
    """Return what identifies a process; its user is a number. ``None`` when it is gone or a zombie."""
    try:
        # Between two equal looks at its start the id names one process.
        started = _started(pid)
        user_id, parent = _number(pid, "Uid", 1), _number(pid, "PPid", 0)
        if started is None or user_id is None or _started(pid) != started:
            return None
    except OSError:
        return None
    return ProcessLife(pid=pid, started=started, user_id=user_id, user=str(user_id), parent=parent or 0)


def holder(pid: int, connection: Connection) -> Holder:
    """Return whether a process holds the server's end of a connection.

    Raises:
        NotPermittedError: its sockets may not be read.
    """
    try:
        if not _shares_network(pid):
            return Holder.ABSENT
        found = _row(pid, connection)
        if found is None:
            return Holder.ABSENT
        state, inode = found
        if inode == _NO_INODE:
            return Holder.PENDING if state in _OPENING else Holder.ABSENT
        return Holder.PROCESS if _has(pid, inode) else Holder.OTHER
    except PermissionError:
        raise NotPermittedError(PurePosixPath(f"/proc/{pid}/fd")) from None
    except OSError:
        # It ended in between, and its connections with it.
        return Holder.OTHER


def _started(pid: int) -> int | None:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    # The command name, in brackets, may hold anything; the fields follow its last bracket.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in _DEAD else int(fields[_STARTED])


def _number(pid: int, name: str, place: int) -> int | None:
    """Return one number of a line of /proc/PID/status; the second of ``Uid`` is the effective user."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    line = next((line for line in text.splitlines() if line.startswith(f"{name}:")), "")
    numbers = line.split()[1:]
    return int(numbers[place]) if len(numbers) > place else None


def _shares_network(pid: int) -> bool:
    """Return whether a process has our network: another network may have a connection of the same numbers."""
    ours, its = (os.stat(f"/proc/{who}/ns/net") for who in ("self", pid))  # noqa: PTH116 - a magic link, as below
    return (ours.st_dev, ours.st_ino) == (its.st_dev, its.st_ino)


def _row(pid: int, connection: Connection) -> tuple[str, str] | None:
    """Return state and inode of the server's end; an accepted one before one that waits."""
    found = None
    for table, needle in _needles(connection):
        for row in _rows(pid, table, needle):
            if found is None or found[1] == _NO_INODE:
                found = row
    return found


def _rows(pid: int, table: str, needle: bytes) -> Iterator[tuple[str, str]]:
    """Find a connection by its text: a busy server has ten thousands of rows, and only this one is read."""
    try:
        data = Path(f"/proc/{pid}/net/{table}").read_bytes()
    except FileNotFoundError:
        return
    start = data.find(needle)
    while start >= 0:
        end = data.find(b"\n", start)
        fields = data[start : end if end >= 0 else len(data)].decode("ascii", "replace").split()
        yield fields[2], fields[8]
        start = data.find(needle, start + 1)


def _needles(connection: Connection) -> Iterator[tuple[str, bytes]]:
    server, client = ip_address(connection.address), ip_address(connection.client_address)
    if isinstance(server, IPv4Address) and isinstance(client, IPv4Address):
        yield "tcp", _needle(server, client, connection)
        server, client = (IPv6Address(b"\0" * 10 + b"\xff\xff" + each.packed) for each in (server, client))
    yield "tcp6", _needle(server, client, connection)


def _needle(server: IPv4Address | IPv6Address, client: IPv4Address | IPv6Address, connection: Connection) -> bytes:
    return f" {_packed(server)}:{connection.port:04X} {_packed(client)}:{connection.client_port:04X} ".encode()


def _packed(address: IPv4Address | IPv6Address) -> str:
    """Write an address as the kernel prints it: 32-bit words in the machine's own byte order."""
    words = struct.unpack(f"={len(address.packed) // 4}I", address.packed)
    return "".join(f"{word:08X}" for word in words)


def _has(pid: int, inode: str) -> bool:
    wanted, directory = f"socket:[{inode}]", f"/proc/{pid}/fd"
    # The newest descriptors come last, and ours is one of the newest.
    for name in reversed(os.listdir(directory)):  # noqa: PTH208 - names only, and many
        try:
            if os.readlink(f"{directory}/{name}") == wanted:  # noqa: PTH115 - text of a magic link, and many
                return True
        except FileNotFoundError:
            continue
    return False
