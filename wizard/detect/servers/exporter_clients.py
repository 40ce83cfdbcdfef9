"""Which of a server's clients are programs of this host that read metrics, by the kernel's tables.

Source:
    CLIENT LIST (redis 8.0 ``src/networking.c``, ``catClientInfoString()``): ``addr`` is the client's end of the
    connection, ``laddr`` the server's, from 6.2 on. A unix socket has no end to tell clients apart.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from wizard.detect.reader import Reader
from wizard.errors import HostError
from wizard.model.facts.host import Exporter
from wizard.model.network import Connection, Holder
from wizard.model.text import number_or

_MOST_OF_A_USER = 16
"""An exporter holds few connections; the many of an application are not looked up one by one."""
_MOST = 64

Clients = Sequence[Mapping[str, str]]


def find_exporters(reader: Reader, exporters: Sequence[Exporter], clients: Clients) -> dict[str, str]:
    """Return the exporter's program by the id of each client that one of this host holds."""
    if not exporters:
        return {}
    found = {}
    for client, connection in _of_this_host(clients):
        program = next((each.program for each in exporters if _holds(reader, each, connection)), "")
        if program:
            found[client.get("id", "")] = program
    return found


def _holds(reader: Reader, exporter: Exporter, connection: Connection) -> bool:
    try:
        return reader.host.holder(exporter.pid, connection) is Holder.PROCESS
    except HostError:
        return False


def _of_this_host(clients: Clients) -> Iterator[tuple[Mapping[str, str], Connection]]:
    """Return the clients whose two ends are on this host, with the connection as the client's process has it."""
    near = [
        (client, each) for client in clients if (each := _client_end(client)) and each.address == each.client_address
    ]
    many = Counter(client.get("user", "") for client, _ in near)
    few = [pair for pair in near if many[pair[0].get("user", "")] <= _MOST_OF_A_USER]
    yield from few[:_MOST]


def _client_end(client: Mapping[str, str]) -> Connection | None:
    address, port = _split(client.get("addr", ""))
    server, server_port = _split(client.get("laddr", ""))
    if not port or not server_port or "U" in client.get("flags", ""):
        return None
    return Connection(address=address, port=port, client_address=server, client_port=server_port)


def _split(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), number_or(port)
