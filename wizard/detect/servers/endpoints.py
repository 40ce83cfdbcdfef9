"""By which ways a server can be asked, and how each treats an unauthenticated client.

Only sockets that the kernel shows are ever contacted: a file alone proves no server behind it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from wizard.config import ResolvedConfig
from wizard.detect.commandline import sockets_of
from wizard.detect.servers.candidates import Candidate
from wizard.model.login import Endpoint
from wizard.model.network import Interface, Listener, Probe, Scope, is_loopback, local_address
from wizard.model.text import number_or
from wizard.server.probe import probe
from wizard.server.tls_trials import try_tls

DEFAULT_PORT = "6379"
_AT_ONCE = 4


def listeners_of(candidate: Candidate, config: ResolvedConfig, listeners: Sequence[Listener]) -> tuple[Listener, ...]:
    """Keep the listeners of one server: by its process, or where that cannot be seen by its configuration."""
    if candidate.process is not None:
        own = tuple(listener for listener in listeners if listener.pid == candidate.process.pid)
        if own:
            return own
    running = candidate.process is not None or (candidate.unit is not None and candidate.unit.active == "active")
    if not (running or candidate.unit is None):
        return ()
    ports, socket = (_ports_of(config), config.after_start("unixsocket")) if config.readable else _told(candidate)
    return tuple(
        listener
        for listener in listeners
        if not listener.pid and (listener.address == socket if listener.unix else str(listener.port) in ports)
    )


def listens(candidate: Candidate, endpoint: Endpoint, listeners: Sequence[Listener]) -> bool:
    """Return whether an endpoint is a socket of this server's process, or where owners are hidden may be one."""
    pid = candidate.process.pid if candidate.process else 0
    return any(
        listener.address == str(endpoint.socket) if endpoint.socket else listener.port == endpoint.port
        for listener in listeners
        if pid and listener.pid in {0, pid}
    )


def _told(candidate: Candidate) -> tuple[frozenset[str], str]:
    """Ports and socket by the title of the process, where its configuration is closed to us."""
    address, port = sockets_of(candidate.process.arguments) if candidate.process else ("", 0)
    return (frozenset({str(port)}), "") if port else (frozenset(), address)


def _ports_of(config: ResolvedConfig) -> frozenset[str]:
    """Return the ports that a configuration opens, plain and TLS."""
    return frozenset({config.after_start("port"), config.after_start("tls-port")} - {"0", ""})


def endpoints_of(config: ResolvedConfig, listeners: Sequence[Listener]) -> tuple[Endpoint, ...]:
    """Order the ways to ask a server: unix socket, plain port by loopback first, TLS last."""
    tls_port = config.after_start("tls-port", "")
    cluster_bus = {str(number_or(port) + 10000) for port in (config.after_start("port"), tls_port)}
    sockets = [Endpoint(socket=PurePosixPath(each.address)) for each in listeners if each.unix]
    tcp = sorted((each for each in listeners if not each.unix), key=lambda each: (not _loopback(each), each.address))
    plain = [each for each in tcp if str(each.port) not in {tls_port, *cluster_bus}]
    secure = [each for each in tcp if str(each.port) == tls_port]
    return (
        *sockets,
        *(Endpoint(address=local_address(each.address), port=each.port) for each in plain[:2]),
        *(Endpoint(address=local_address(each.address), port=each.port, tls=True) for each in secure[:1]),
    )


def _loopback(listener: Listener) -> bool:
    return is_loopback(listener.address)


def probes_of(
    listeners: Sequence[Listener], setting: Callable[[str], str], interfaces: Sequence[Interface]
) -> tuple[Probe, ...]:
    """Ask every listener as an unauthenticated client; the cluster bus has another protocol and is left out."""
    ports = {setting("port") or DEFAULT_PORT, setting("tls-port")} - {"0", ""}
    asked = [each for each in listeners if each.unix or str(each.port) in ports or setting("cluster-enabled") != "yes"]
    if not asked:
        return ()

    def ask(listener: Listener) -> Probe:
        tls = not listener.unix and str(listener.port) == setting("tls-port")
        return (try_tls if tls else probe)(listener, via=_way(listener, interfaces))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(ask, asked))


def _way(listener: Listener, interfaces: Sequence[Interface]) -> str:
    """An address of this host that is not loopback, of the same family, by which unauthenticated clients come."""
    for interface in interfaces:
        for address in interface.addresses:
            outside = address.scope not in {Scope.LOOPBACK, Scope.LINK_LOCAL}
            if interface.up and outside and (":" in address.address) == (":" in listener.address):
                return address.address
    return ""
