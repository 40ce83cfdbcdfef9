"""Who can reach the listeners of an instance: the questions that several network items share."""

from wizard.checklist.addresses import is_local
from wizard.checklist.context import CheckContext
from wizard.checklist.result import observed
from wizard.checklist.setting import LIVE, setting
from wizard.model.facts.service import Role
from wizard.model.finding import Evidence
from wizard.model.network import Listener, Probe, bind_words, is_loopback
from wizard.model.text import number

KERNEL = "kernel, listening sockets"
_BUS_OFFSET = 10000
"""The port of the cluster bus is the client port and this (redis cluster specification)."""


def listening(subject: CheckContext) -> tuple[Evidence, ...]:
    """Every listener as evidence."""
    return tuple(observed("listener", KERNEL, format_listener(each)) for each in subject.instance.listeners)


def role_evidence(subject: CheckContext, role: Role) -> Evidence:
    """Return the role of the server as evidence."""
    return observed("role", LIVE if subject.live else "configuration file", role.value)


def format_listener(listener: Listener | Probe) -> str:
    """Return a socket path, or address and port."""
    if not listener.port:
        return listener.address
    address = f"[{listener.address}]" if ":" in listener.address else listener.address
    return f"{address}:{listener.port}"


def is_reachable_remotely(subject: CheckContext) -> bool | None:
    """Return whether another host can connect; ``None`` when neither kernel nor file shows it.

    Both count: what listens now, and what the next start would bind.
    """
    now = [not is_local(each) for each in subject.instance.listeners]
    later = file_reaches_out(subject)
    if any(now) or later:
        return True
    if subject.running and not now:
        return None
    return later


def file_reaches_out(subject: CheckContext) -> bool | None:
    """Return whether the next start would listen beyond this host."""
    bind = setting(subject, "bind").file
    if bind is None or not all(port.isdecimal() for port in ports(subject)):
        return None
    if not ports(subject):
        return False
    return not all(map(is_loopback, bind_words(bind.split())))


def ports(subject: CheckContext) -> tuple[str, ...]:
    """TCP ports that the next start would open."""
    if subject.configuration.binds_nothing:
        return ()
    found = (setting(subject, name).file for name in ("port", "tls-port"))
    return tuple(port for port in found if port not in (None, "", "0"))


def bus_port(subject: CheckContext) -> int:
    """Return the port of a cluster node's bus: its own directive, else the client port + 10000; 0 when unknown.

    Source:
        redis ``src/cluster.c``, ``defaultClientPort()``: with ``tls-cluster`` the client port is the one with TLS.
    """
    if subject.mode is not Role.CLUSTER:
        return 0
    own = setting(subject, "cluster-port")
    if port := number(own.live) or number(own.file):
        return port
    encrypted = _now(subject, "tls-cluster").lower() == "yes"
    port = number(_now(subject, "tls-port" if encrypted else "port"))
    if port is not None:
        return port + _BUS_OFFSET
    return next((each.port + _BUS_OFFSET for each in subject.tcp), 0)


def _now(subject: CheckContext, name: str) -> str:
    """Return a value in effect, else that of the file."""
    found = setting(subject, name)
    return (found.live if found.live is not None else found.file) or ""
