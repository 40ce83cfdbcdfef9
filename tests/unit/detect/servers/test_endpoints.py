from pathlib import PurePosixPath

from wizard.config import ResolvedConfig
from wizard.detect.servers.candidates import Candidate
from wizard.detect.servers.endpoints import endpoints_of, listeners_of, probes_of
from wizard.host.reader import ProcessFacts
from wizard.model.facts.configuration import ConfigLine
from wizard.model.network import Listener

CONF = PurePosixPath("/etc/redis.conf")
ANY = "0.0.0.0"  # noqa: S104 - read, not bound
CLOSED = ResolvedConfig(lines=None)


def config(**values: str) -> ResolvedConfig:
    lines = (
        ConfigLine(name=name.replace("_", "-"), arguments=tuple(value.split()), path=CONF, line=number)
        for number, (name, value) in enumerate(values.items(), 1)
    )
    return ResolvedConfig(lines=tuple(lines))


def listener(address: str, port: int = 0, pid: int = 0) -> Listener:
    return Listener(address=address, port=port, pid=pid, process="")


def process(pid: int, *arguments: str) -> ProcessFacts:
    return ProcessFacts(pid=pid, parent=1, name="redis-server", arguments=arguments, user="", resident=0, started=0.0)


def test_takes_the_sockets_of_the_process() -> None:
    own, other = listener("127.0.0.1", 7000, 5), listener("127.0.0.1", 6379, 6)
    assert listeners_of(Candidate(process=process(5)), config(), (own, other)) == (own,)


def test_takes_the_sockets_that_the_file_names_where_owners_are_hidden() -> None:
    ours = (listener(ANY, 7000), listener(ANY, 7001), listener("/run/s"))
    others = (listener(ANY, 22), listener("/run/other"), listener("127.0.0.1", 7000, 99))
    found = listeners_of(
        Candidate(process=process(5)), config(port="7000", tls_port="7001", unixsocket="/run/s"), (*ours, *others)
    )
    assert found == ours


def test_takes_the_socket_of_the_title_where_the_file_is_closed_too() -> None:
    ours, other = listener("127.0.0.1", 7000), listener("127.0.0.1", 22)
    titled = Candidate(process=process(5, "/usr/bin/redis-server 127.0.0.1:7000"))
    assert listeners_of(titled, CLOSED, (ours, other)) == (ours,)


def test_a_file_alone_claims_no_socket_of_another_process() -> None:
    assert listeners_of(Candidate(config=CONF), config(), (listener("127.0.0.1", 6379, 99),)) == ()


def test_asks_by_socket_then_loopback_then_tls() -> None:
    given = (listener("10.0.0.1", 7000), listener("127.0.0.1", 7000), listener(ANY, 7001), listener("/run/s"))
    ways = endpoints_of(config(port="7000", tls_port="7001"), given)
    assert [str(way) for way in ways] == ["/run/s", "127.0.0.1:7000", "10.0.0.1:7000", "127.0.0.1:7001 tls"]


def test_never_asks_the_cluster_bus() -> None:
    given = (listener("127.0.0.1", 7000), listener("127.0.0.1", 17000))
    assert [way.port for way in endpoints_of(config(port="7000", cluster_enabled="yes"), given)] == [7000]
    probed = probes_of((listener("127.0.0.1", 17000),), lambda name: {"cluster-enabled": "yes"}.get(name, ""), ())
    assert probed == ()
