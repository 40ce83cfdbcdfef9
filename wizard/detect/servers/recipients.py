"""To which server the operator's login and endpoint belong, and the first look at each server with them.

A login is shown to the server that it is for and to no other process of that name; what answers at an endpoint
speaks for a server of this host only where the kernel gives that socket to its process.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.detect.reader import Reader
from wizard.detect.servers.candidates import Candidate
from wizard.detect.servers.claims import believed, names_sockets
from wizard.detect.servers.mounts import NoFiles
from wizard.detect.servers.sight import HostContext, ServerLogin, Sight
from wizard.model.facts.live import LiveServer
from wizard.model.login import Endpoint
from wizard.model.network import Listener, parse_address

_ACCOUNTS = frozenset({"root", "redis", "valkey", "keydb"})
"""Accounts that run servers by the packages of distributions."""

_EVERY_ADDRESS = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - read, not bound


class InstanceChoice(NamedTuple):
    """What the operator named."""

    config: PurePosixPath | None = None
    instance: str = ""

    @property
    def made(self) -> bool:
        """Whether a server was named."""
        return self.config is not None or bool(self.instance)

    def names(self, candidate: Candidate) -> bool:
        """Return whether this server has the name given."""
        units = (candidate.unit.name, *candidate.unit.aliases) if candidate.unit else ()
        paths = (str(path) for path in (candidate.config, *candidate.other_names) if path)
        return self.instance in {candidate.name, *paths, *units, *(unit.removesuffix(".service") for unit in units)}


def look(
    reader: Reader, candidates: Sequence[Candidate], choice: InstanceChoice, around: HostContext, access: ServerLogin
) -> list[Sight]:
    """Look at each server, and at the one behind the endpoint where that is none of these."""
    given = ServerLogin(access.login, access.endpoint, named=choice.made)
    if access.endpoint is None:
        meant = _meant(reader, candidates, choice)
        others = ServerLogin(withheld=access.login is not None and not meant)
        return [Sight(reader, each, around, given if each in meant else others) for each in candidates]
    owners = [each for each in candidates if _listens(reader, each, access.endpoint, around)]
    sights = [Sight(reader, each, around, given if each in owners else ServerLogin()) for each in candidates]
    proven = [sight for sight in sights if sight.candidate in owners and _answers(sight, alone=len(owners) == 1)]
    if len(proven) == 1:
        return [*proven, *(_apart(reader, each, owners, around) for each in sights if each is not proven[0])]
    there = Candidate(endpoint=access.endpoint, inside=Reader(reader.host, NoFiles("it is not inspected")))
    return [Sight(reader, there, around, given), *(_apart(reader, each, owners, around) for each in sights)]


def give(reader: Reader, candidates: Sequence[Candidate], config: PurePosixPath, around: HostContext) -> None:
    """Give the file that the operator names to the one server that shows no file, can read it and has its sockets."""
    if any(each.config == config and each.process for each in candidates):
        return
    found = [each for each in candidates if each.process and not each.unit and _fits(reader, each, config, around)]
    if len(found) == 1:
        found[0].config = config


def _fits(reader: Reader, candidate: Candidate, config: PurePosixPath, around: HostContext) -> bool:
    if candidate.config is not None or candidate.process is None:
        return False
    own = [each for each in around.listeners if each.pid == candidate.process.pid]
    return names_sockets(reader, config, candidate.working, own) and believed(reader, candidate.process.user, config)


def names(candidate: Candidate, path: PurePosixPath) -> bool:
    """Return whether a path leads to the configuration file of a server."""
    return not candidate.apart and path in (candidate.config, *candidate.other_names)


def _apart(reader: Reader, sight: Sight, owners: Sequence[Candidate], around: HostContext) -> Sight:
    """Forget what the endpoint answered for a server that is not behind it."""
    return Sight(reader, sight.candidate, around, ServerLogin()) if sight.candidate in owners else sight


def _answers(sight: Sight, *, alone: bool) -> bool:
    """Tell whether the server that answered is this one: by the kernel's table, or where that is closed by its word."""
    pid = sight.candidate.process.pid if sight.candidate.process else 0
    seen = any(listener.pid == pid for listener in sight.listeners if pid)
    told = isinstance(sight.live, LiveServer) and "process_id" in sight.live.info
    return not sight.refuted and (seen or told or alone)


def _meant(reader: Reader, candidates: Sequence[Candidate], choice: InstanceChoice) -> Sequence[Candidate]:
    """Choose the one server that the operator's login goes to; none where it could be for several.

    It is the server that is named (or the only one that hides its file), else the only one that the service manager
    runs, else the only one.
    """
    if choice.instance:
        return [each for each in candidates if choice.names(each)]
    running = [each for each in candidates if each.process is not None]
    if choice.config is not None:
        named = [each for each in candidates if names(each, choice.config)]
        nameless = [each for each in running if each.config is None and _is_usual(reader, each)]
        stopped = not any(each.process for each in named)
        return [*named, *nameless] if stopped and len(nameless) == 1 else named
    managed = [each for each in candidates if each.unit is not None]
    likely = [each for each in managed if each.process is not None] or managed or running
    return likely if len(likely) == 1 else []


def _is_usual(reader: Reader, candidate: Candidate) -> bool:
    """Return whether an account runs a server that root can mean by it: not any user who named a program so."""
    user = candidate.process.user if candidate.process else ""
    return not reader.host.root or user in _ACCOUNTS or candidate.config is not None


def _listens(reader: Reader, candidate: Candidate, endpoint: Endpoint, around: HostContext) -> bool:
    """Return whether the kernel gives an endpoint to this server's process, or hides whose it is from us."""
    pid = candidate.process.pid if candidate.process else 0
    return pid != 0 and any(listener.pid in {0, pid} for listener in _listeners(reader, endpoint, around))


def _listeners(reader: Reader, endpoint: Endpoint, around: HostContext) -> list[Listener]:
    """Return the listeners of this host that a connection to an endpoint reaches; none where it leads elsewhere."""
    if endpoint.socket is not None:
        return [each for each in around.listeners if each.unix and each.address == str(endpoint.socket)]
    there = [each for each in around.listeners if not each.unix and each.port == endpoint.port]
    found = []
    for address in _addresses(reader, endpoint.address):
        if not _is_local(address, around):
            continue
        exact = [each for each in there if each.address.removeprefix("::ffff:") == address]
        found += exact or [each for each in there if each.address in _wildcards(address)]
    return found


def _wildcards(address: str) -> set[str]:
    # An IPv6 socket takes IPv4 connections too, unless it says otherwise (ipv6(7)).
    return {_EVERY_ADDRESS[ip_address(address).version], "::"}


def _is_local(address: str, around: HostContext) -> bool:
    own = {each.address for interface in around.interfaces for each in interface.addresses}
    return ip_address(address).is_loopback or address in own


def _addresses(reader: Reader, text: str) -> list[str]:
    """Return the addresses of a host's name without asking the network: as written, or by ``/etc/hosts``."""
    try:
        return [str(ip_address(text.strip("[]")))]
    except ValueError:
        pass
    rows = (line.partition("#")[0].split() for line in reader.lines(PurePosixPath("/etc/hosts")))
    found = [row[0] for row in rows if text in row[1:]]
    if text == "localhost":
        found += ["127.0.0.1", "::1"]
    return [each for each in dict.fromkeys(found) if parse_address(each) is not None]
