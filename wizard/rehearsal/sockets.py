"""Compare the sockets that a server listens on with those that its configuration promises.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence

from wizard.model.network import Listener, bound_address, parse_address

_BUS_OFFSET = 10000


def check_sockets(here: Iterable[Listener], values: Mapping[str, Sequence[str]]) -> str:
    """Say what listens and should not, or should and does not; empty when all is as promised.

    Args:
        here: The sockets of the server's process.
        values: Arguments of the last line of each directive.
    """
    found = {_name(each) for each in here if not _is_bus(each, values)}
    must, may = expected_sockets(values)
    if missing := sorted(must - found):
        return f"the server should listen on {', '.join(missing)} and does not"
    if others := sorted(found - must - may):
        return f"the server listens on {', '.join(others)}, which is not planned"
    return ""


def expected_sockets(values: Mapping[str, Sequence[str]]) -> tuple[set[str], set[str]]:
    """Return the sockets that must be there, and those that may be (addresses marked optional, or names).

    Source:
        redis.conf: an address with a leading ``-`` may be missing; without ``bind`` it is ``* -::*``.
    """
    must: set[str] = set()
    may: set[str] = set()
    socket = "".join(values.get("unixsocket", ()))
    if socket:
        must.add(_run(socket))
    words = [word for word in values.get("bind", ()) if word] or ["*", "-::*"]
    for port in _ports(values):
        for word in words:
            optional = word.startswith("-")
            address = bound_address(word)
            (may if optional or parse_address(address) is None else must).add(f"{address} port {port}")
            if parse_address(address) is None:
                may |= {f"127.0.0.1 port {port}", f"::1 port {port}"}
    return must, may


def _ports(values: Mapping[str, Sequence[str]]) -> set[str]:
    port = "".join(values.get("port", ())) or "6379"
    tls = "".join(values.get("tls-port", ())) or "0"
    return {port, tls} - {"0"}


def _name(listener: Listener) -> str:
    return _run(listener.address) if listener.unix else f"{listener.address} port {listener.port}"


def _run(path: str) -> str:
    """``/var/run`` is a link to ``/run``; the kernel shows a socket by the name it was bound with."""
    return f"/run/{path.removeprefix('/var/run/')}" if path.startswith("/var/run/") else path


def _is_bus(listener: Listener, values: Mapping[str, Sequence[str]]) -> bool:
    """The cluster bus listens beside the ports."""
    if tuple(values.get("cluster-enabled", ())) != ("yes",):
        return False
    return str(listener.port - _BUS_OFFSET) in _ports(values) or str(listener.port) in values.get("cluster-port", ())
