from tests.support.memory_host.host import MemoryHost
from wizard.detect.reader import Reader
from wizard.detect.servers.exporter_clients import find_exporters
from wizard.detect.servers.live import grouped
from wizard.model.facts.host import Exporter
from wizard.model.network import Connection

TELEGRAF = Exporter(program="telegraf", pid=900, account="telegraf")


def client(number: int, port: int, address: str = "127.0.0.1", **over: str) -> dict[str, str]:
    ends = {"addr": f"{address}:{port}", "laddr": "127.0.0.1:6379"}
    return {"id": str(number), "name": "", "user": "metrics", "cmd": "info", "flags": "N", **ends, **over}


def host(*held: tuple[int, int]) -> MemoryHost:
    """Return a host on which processes hold the client's end of connections, by process id and port."""
    made = MemoryHost()
    made.connections = {
        Connection(address="127.0.0.1", port=port, client_address="127.0.0.1", client_port=6379): pid
        for pid, port in held
    }
    return made


def test_a_connection_that_an_exporter_holds_is_its_own() -> None:
    clients = [client(1, 4001), client(2, 4002), client(3, 4003)]
    found = find_exporters(Reader(host((900, 4001), (7, 4002))), [TELEGRAF], clients)
    assert found == {"1": "telegraf"}
    groups = grouped(clients, own="9", exporters=found)
    assert [(each.exporter, each.count) for each in groups] == [("", 2), ("telegraf", 1)]


def test_a_client_elsewhere_or_on_a_unix_socket_is_none_that_the_kernel_shows() -> None:
    clients = [
        client(1, 4001, address="10.0.4.9"),
        client(2, 0, addr="/run/s:0", laddr="/run/s:0", flags="U"),
        client(3, 4001, laddr=""),
    ]
    assert find_exporters(Reader(host((900, 4001))), [TELEGRAF], clients) == {}


def test_the_many_connections_of_an_application_are_not_looked_up() -> None:
    clients = [client(number, 4000 + number, user="app") for number in range(1, 40)] + [client(99, 4999)]
    found = find_exporters(Reader(host((900, 4001), (900, 4999))), [TELEGRAF], clients)
    assert found == {"99": "telegraf"}


def test_clients_of_other_hosts_take_no_place() -> None:
    far = [client(number, 4000 + number, address="10.0.4.9", user=f"far{number}") for number in range(1, 100)]
    assert find_exporters(Reader(host((900, 4999))), [TELEGRAF], [*far, client(999, 4999)]) == {"999": "telegraf"}


def test_without_an_exporter_nothing_is_looked_up() -> None:
    assert find_exporters(Reader(host((900, 4001))), [], [client(1, 4001)]) == {}
