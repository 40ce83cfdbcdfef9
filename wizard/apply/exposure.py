"""Try every endpoint of the server as an unauthenticated client, on each address that it listens on."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from wizard.acl.evaluate import opens
from wizard.acl.user import parse_line
from wizard.errors import HostError, InvalidValueError, ServerError
from wizard.host.reader import HostReader
from wizard.model.exposure import (
    Exposure,
    Opening,
    by_mode,
    endpoint_name,
    open_endpoints,
    plaintext_endpoints,
)
from wizard.model.facts.service import Flavour
from wizard.model.network import Interface, Listener, Probe, ProbeAnswer, Scope, local_address, wildcard_family
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.rehearsal import expected_sockets
from wizard.server.client import Client
from wizard.server.probe import probe

TRYING_SECONDS = 6.0
"""For all tries together; an endpoint that was not tried by then is not known to be closed."""
_TRY_SECONDS = 1.0
_LOOK = "run redis-wizard check for the cause and the fix"


def exposed(
    host: HostReader, plan: Plan, values: Mapping[str, Sequence[str]], users: Iterable[str], *, process: int
) -> Exposure:
    """Return which endpoints of the running server are open, with the plan's clients and remedy.

    Args:
        host: The machine.
        plan: What was applied.
        values: Arguments of the last line of each directive, as the server has them now.
        users: The users that need no password, as the server has them now.
        process: The server's main process; 0 where it is not known, then the configuration tells the listeners.
    """
    secure = "".join(values.get("tls-port", ())) or "0"
    clients, probes = {}, []
    deadline = time.monotonic() + TRYING_SECONDS
    for target in targets(_listeners(host, values, process), _interfaces(host)):
        left = deadline - time.monotonic()
        tls = not target.unix and str(target.port) == secure
        if target.unix:
            clients[target.address] = _clients(host, target.address)
        untried = Probe(address=target.address, port=target.port, tls=tls, answer=ProbeAnswer.SILENT)
        probes.append(probe(target, tls=tls, seconds=min(left, _TRY_SECONDS)) if left > 0 else untried)
    return judged(probes, tuple(users), plan.exposure, clients)


def judged(probes: Sequence[Probe], users: Sequence[str], predicted: Exposure, clients: Mapping[str, str]) -> Exposure:
    """Return what unauthenticated tries show. Pure.

    Args:
        probes: One for each endpoint that the server listens on: a refused connection is then no closed endpoint.
        users: Who needs no password.
        predicted: By the plan, with the clients of what stays open and how to close it.
        clients: Who can connect to a unix socket, by its path.
    """
    found = open_endpoints(probes, users, clients)
    doubtful = (each for each in probes if each.answer in {ProbeAnswer.SILENT, ProbeAnswer.REFUSED})
    return replace(
        predicted,
        open=found,
        unknown=tuple(endpoint_name(each) for each in doubtful),
        kept_for=predicted.kept_for if found else (),
        close=(predicted.close or _LOOK) if found else "",
        plaintext=_plaintext(plaintext_endpoints(probes), predicted.plaintext),
    )


def _plaintext(names: tuple[str, ...], predicted: Opening | None) -> Opening | None:
    if not names:
        return None
    return replace(predicted, names=names) if predicted else Opening(names=names, close=_LOOK)


def users_without_password(client: Client, flavour: Flavour, version: str) -> tuple[str, ...]:
    """Return the users that need no password and can run a command; none where the server does not tell."""
    try:
        lines = client.acl_list()
    except ServerError:
        return ()
    return tuple(_without_password(lines, flavour, version))


def _without_password(lines: Iterable[str], flavour: Flavour, version: str) -> Iterator[str]:
    for line in lines:
        try:
            user = parse_line(line)
        except InvalidValueError:
            continue
        if opens(user, flavour=flavour, version=version):
            yield user.name


def targets(listeners: Iterable[Listener], interfaces: Sequence[Interface]) -> tuple[Listener, ...]:
    """Return one listener for each address that a client can use; a wildcard stands for those of the host."""
    found: dict[tuple[str, int], Listener] = {}
    for each in listeners:
        for address in _addresses(each.address, interfaces):
            found[address, each.port] = Listener(address=address, port=each.port, pid=0, process="")
    return tuple(sorted(found.values(), key=lambda each: each.unix))


def _addresses(address: str, interfaces: Sequence[Interface]) -> list[str]:
    if wildcard_family(address) is None:
        return [address]
    own = (each for interface in interfaces if interface.up for each in interface.addresses)
    outside = [
        each.address
        for each in own
        if (":" in each.address) == (":" in address) and each.scope not in {Scope.LOOPBACK, Scope.LINK_LOCAL}
    ]
    return [local_address(address), *outside]


def _listeners(host: HostReader, values: Mapping[str, Sequence[str]], process: int) -> list[Listener]:
    """Return the sockets of the server's process but its cluster bus, else those that its configuration names."""
    must, _ = expected_sockets(values)
    ports = {name.rpartition(" port ")[2] for name in must if " port " in name}
    here = [each for each in host.listeners() if process and each.pid == process]
    if here:
        return [each for each in here if each.unix or str(each.port) in ports]
    return [_listener(name) for name in sorted(must)]


def _listener(name: str) -> Listener:
    address, parted, port = name.rpartition(" port ")
    return Listener(address=address if parted else name, port=int(port) if parted else 0, pid=0, process="")


def _interfaces(host: HostReader) -> tuple[Interface, ...]:
    try:
        return host.interfaces()
    except HostError:
        return ()


def _clients(host: HostReader, path: str) -> str:
    try:
        return by_mode(host.status(PurePosixPath(path)).mode)
    except HostError:
        return ""
