"""The facts of each server that was found.

What may not live here: finding servers (`candidates`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from wizard.detect import live as living
from wizard.detect.binary import read_tls_build, read_version
from wizard.detect.candidates import Candidate
from wizard.detect.config import foreign, read_acl, read_config
from wizard.detect.endpoints import endpoints_of, listeners_of, probes_of
from wizard.detect.processes import read_process
from wizard.detect.reader import Reader
from wizard.detect.storage import read_storage, resolved
from wizard.detect.tls import read_tls
from wizard.model.facts import MASK, AclFacts, ConfigFacts, Flavour, Instance, LiveServer, Package, Unreadable
from wizard.model.login import Endpoint, Login
from wizard.model.network import Interface, Listener
from wizard.model.value import Value
from wizard.redisconf.include import ROOT
from wizard.server.access import ServerAccess, of_process, of_unit, owners_of

Setting = Callable[[str], str]

_WITHHELD = "several servers run, so the login goes to none of them; choose one with --instance or --config"
_NOT_ASKED = Unreadable(what="the running server", why="only its file is looked at")


class Surroundings(Value, frozen=True, kw_only=True):
    """What the facts of one instance need of the host around it."""

    listeners: tuple[Listener, ...]
    interfaces: tuple[Interface, ...]
    packages: tuple[Package, ...]
    now: datetime


class Access:
    """How the operator lets us into one server: a login, an endpoint, both or neither. Never printed."""

    __slots__ = ("endpoint", "login", "named", "withheld")

    def __init__(
        self,
        login: Login | None = None,
        endpoint: Endpoint | None = None,
        *,
        named: bool = False,
        withheld: bool = False,
    ) -> None:
        self.login = login
        self.endpoint = endpoint
        self.named = named
        """The operator named this server."""
        self.withheld = withheld
        """There is a login, and nothing tells which of several servers it is for."""


def read_instance(reader: Reader, candidate: Candidate, around: Surroundings, access: Access) -> Instance:
    """Read everything about one server."""
    version = _version(reader, candidate, around)
    config = _config(reader, candidate, version)
    listeners = listeners_of(candidate, config, around.listeners)
    live = _live(_server(reader, candidate, access), config, listeners, access)
    if candidate.config is None and (told := living.config_file(live)):
        candidate.config = told
        config = _config(reader, candidate, version)
    setting = setting_of(config, live)
    known = not (isinstance(config, Unreadable) and isinstance(live, Unreadable))
    storage = read_storage(
        reader,
        setting,
        candidate.config,
        candidate.working if known else None,
        filed=setting_of(config, _NOT_ASKED)("dir"),
    )
    return Instance(
        name=candidate.name,
        flavour=flavour_of(live, candidate.flavour),
        version=live.version if isinstance(version, Unreadable) and isinstance(live, LiveServer) else version,
        binary=str(candidate.program) if candidate.program else _no_program(),
        tls_build=read_tls_build(reader, candidate.program) if candidate.program else _no_program(),
        unit=candidate.unit,
        process=read_process(reader, candidate.process) if candidate.process else None,
        config=config,
        acl=_acl(reader, setting, version, candidate, config),
        live=live,
        listeners=listeners,
        probes=probes_of(listeners, setting, around.interfaces),
        directories=storage.directories,
        tls=read_tls(reader, setting, around.now),
        space=storage.space,
        dump=storage.dump,
        append_only=storage.append_only,
        next_directory=storage.next_directory,
    )


def setting_of(config: ConfigFacts | Unreadable, live: LiveServer | Unreadable) -> Setting:
    """Give a function from a directive to its value in force: live, else as the file says, else empty.

    A value of several words is joined by blanks; a secret is :data:`MASK`.
    """
    in_force = {} if isinstance(live, Unreadable) else live.config

    def setting(name: str) -> str:
        if name in in_force:
            return in_force[name]
        last = None if isinstance(config, Unreadable) else config.last(name)
        return " ".join(last) if last else ""

    return setting


def _no_program() -> Unreadable:
    return Unreadable(what="the server's program", why="no process, unit or search path names it")


def _version(reader: Reader, candidate: Candidate, around: Surroundings) -> str | Unreadable:
    if candidate.program is None:
        return _no_program()
    return read_version(reader, candidate.program, around.packages)


def _config(reader: Reader, candidate: Candidate, version: str | Unreadable) -> ConfigFacts | Unreadable:
    if candidate.config is None:
        return Unreadable(what="configuration file", why="the server was started without one, or does not say which")
    known = "" if isinstance(version, Unreadable) else version
    working = candidate.working or ROOT
    return read_config(reader, candidate.config, candidate.flavour, known, sentinel=candidate.sentinel, working=working)


def _server(reader: Reader, candidate: Candidate, access: Access) -> ServerAccess:
    """The process that a login for this server may go to: its unit's main process, else the one that was found."""
    authority = access.login.authority if access.login is not None else None
    if candidate.unit is not None:
        return ServerAccess(reader.host, of_unit(reader.host, candidate.unit.name), authority)
    if candidate.process is None:
        return ServerAccess(reader.host, None, authority)
    accounts = owners_of(reader.host, candidate.config, named=access.named)
    return ServerAccess(reader.host, of_process(candidate.process.pid, accounts), authority)


def _live(
    server: ServerAccess, config: ConfigFacts | Unreadable, listeners: Sequence[Listener], access: Access
) -> LiveServer | Unreadable:
    endpoints = (access.endpoint,) if access.endpoint is not None else endpoints_of(config, listeners)
    asked = [(endpoint, _login(endpoint, config, access.login)) for endpoint in endpoints]
    live = living.read_live(server, asked)
    if access.withheld and isinstance(live, Unreadable):
        return Unreadable(what=live.what, why=_WITHHELD)
    return live


def _login(endpoint: Endpoint, config: ConfigFacts | Unreadable, login: Login | None) -> Login | None:
    """The login given; for TLS with the authority that the configuration names, unless it has its own."""
    if not endpoint.tls or (login and login.authority):
        return login
    named = None if isinstance(config, Unreadable) else config.last("tls-ca-cert-file")
    authority = PurePosixPath(named[0]) if named and named[0].startswith("/") else None
    if login is None:
        return Login(authority=authority)
    return Login(login.user, login.password, certificate=login.certificate, key=login.key, authority=authority)


def _acl(
    reader: Reader,
    setting: Setting,
    version: str | Unreadable,
    candidate: Candidate,
    config: ConfigFacts | Unreadable,
) -> AclFacts | Unreadable | None:
    path = resolved(setting("aclfile"), candidate.working or ROOT)
    if path is None or str(path) == MASK:
        return None
    if isinstance(config, ConfigFacts) and (why := foreign(config, "aclfile")):
        return Unreadable(what=str(path), why=why)
    return read_acl(reader, path, candidate.flavour, "" if isinstance(version, Unreadable) else version)


def flavour_of(live: LiveServer | Unreadable, otherwise: Flavour) -> Flavour:
    """Tell the flavour by what the server says, since a program can have any name."""
    if isinstance(live, Unreadable):
        return otherwise
    named = live.info.get("server_name", "")
    return Flavour.VALKEY if named == "valkey" else otherwise
