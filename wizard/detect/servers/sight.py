"""The first look at one server: which file is its own, whether its paths are this host's, how it answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

from wizard.config import ResolvedConfig
from wizard.detect.reader import Reader
from wizard.detect.servers import live as living
from wizard.detect.servers import mounts
from wizard.detect.servers.candidates import Candidate
from wizard.detect.servers.claims import UNKNOWN_FILE, believed, is_another, told_file
from wizard.detect.servers.config import read_config
from wizard.detect.servers.endpoints import endpoints_of, listeners_of
from wizard.detect.servers.exporter_clients import find_exporters
from wizard.detect.servers.server_binary import read_version
from wizard.formats.redisconf.include import ROOT
from wizard.host.files.paths import followed
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.host import Exporter, Package
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Endpoint, Login
from wizard.model.network import Interface, Listener
from wizard.model.value import Value
from wizard.server.access import ServerAccess, of_process, of_unit, owners_of

Setting = Callable[[str], str]

_PATHS = ("dir", "aclfile", "unixsocket", "tls-cert-file", "tls-key-file", "tls-ca-cert-file")
"""Directives that name what a server uses besides its configuration."""

_WITHHELD = "several servers run, so the login goes to none of them; choose one with --instance or --config"
NO_PROGRAM = Unreadable(what="the server's program", why="no process, unit or search path names it")


class HostContext(Value, frozen=True, kw_only=True):
    """What the facts of one instance need of the host around it."""

    listeners: tuple[Listener, ...]
    interfaces: tuple[Interface, ...]
    packages: tuple[Package, ...]
    exporters: tuple[Exporter, ...]
    now: datetime


class ServerLogin:
    """How the operator gives access to one server: a login, an endpoint, both or neither. Never printed."""

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
        """There is a login, and nothing shows which of several servers it is for."""


class Sight:
    """One server as far as it was looked at first.

    Args:
        reader: The host.
        candidate: What was found; it learns its file and its mounts.
        around: The host around it.
        access: The login and endpoint that the operator gave.
    """

    def __init__(self, reader: Reader, candidate: Candidate, around: HostContext, access: ServerLogin) -> None:
        self.host = reader
        self.candidate = candidate
        self.around = around
        self.barred = ""
        """Why the files are not to be changed; empty when they may."""
        self.refuted = False
        """Another server than its process answered."""
        self.version = self._version()
        self.config = self._config()
        self.listeners = listeners_of(candidate, self._filed(), around.listeners)
        self.live = self._live(access)
        self._hear()
        if judge_mounts(reader, candidate, _used(self.config, self.setting)):
            self.config = self._config()

    @property
    def reader(self) -> Reader:
        """The files by the names that the server has for them."""
        return self.candidate.inside or self.host

    @property
    def configuration(self) -> ResolvedConfig:
        """Its configuration: the unit's options count, but not what its process shows as its command line."""
        return ResolvedConfig.from_facts(self.config, self.live, self.candidate.unit)

    @property
    def setting(self) -> Setting:
        """The values in force, else at the next start; empty where nothing sets one."""
        configuration = self.configuration
        return lambda name: configuration.value(name, "")

    def _version(self) -> str | Unreadable:
        if self.candidate.program is None:
            return NO_PROGRAM
        if self.candidate.apart:
            return Unreadable(what="the server's program", why="it is in a mount namespace of its own")
        return read_version(self.host, self.candidate.program, self.around.packages)

    def _config(self) -> ConfigFacts | Unreadable:
        candidate = self.candidate
        if candidate.endpoint is not None:
            why = f"no process of this host is proven to listen at {candidate.endpoint}, so only its answers are shown"
            self.barred = (
                f"{why[0].upper()}{why[1:]}. For a server of this host, plan without --host, --port and --socket."
            )
            return Unreadable(what="configuration file", why=why)
        if candidate.config is None:
            return UNKNOWN_FILE
        known = "" if isinstance(self.version, Unreadable) else self.version
        return read_config(
            self.reader,
            candidate.config,
            candidate.flavour,
            known,
            sentinel=candidate.sentinel if candidate.unit or candidate.process else None,
            working=candidate.working or ROOT,
        )

    def _live(self, access: ServerLogin) -> LiveServer | Unreadable:
        pid = self.candidate.process.pid if self.candidate.process else 0
        mine = [each for each in self.listeners if not (each.unix and self._hidden(pid, each.address))]
        server = server_access(self.host, self.candidate, access)
        asked = _endpoints(self._filed(), mine, access, files=not self.candidate.own_mounts)
        found = living.read_live(server, asked, partial(find_exporters, self.host, self.around.exporters))
        if access.withheld and isinstance(found, Unreadable):
            found = Unreadable(what=found.what, why=_WITHHELD)
        self.refuted = is_another(self.host, found, pid)
        if self.refuted:
            return Unreadable(what="the running server", why=f"another server than process {pid} answered")
        return found

    def _filed(self) -> ResolvedConfig:
        """Its configuration before it was asked."""
        return ResolvedConfig.from_facts(self.config, unit=self.candidate.unit)

    def _hidden(self, pid: int, socket: str) -> bool:
        """Return whether this host has something else at the path of its socket."""
        return bool(pid) and self.host.host.sees_same(pid, PurePosixPath(socket)) is False

    def _hear(self) -> None:
        """Take the file that the server names itself, or compare it with the one that its unit names."""
        candidate, told = self.candidate, told_file(self.live)
        if told is None or candidate.process is None:
            return
        if candidate.config is None:
            self._take(told, candidate.process.user)
        elif isinstance(told, Unreadable):
            self.barred = _differs(candidate, "no file")
        elif not candidate.apart and not self._is_one(told, candidate.config):
            self.barred = _differs(candidate, str(told))

    def _take(self, told: PurePosixPath | Unreadable, user: str) -> None:
        if isinstance(told, Unreadable):
            self.config = told
        elif believed(self.host, user, told):
            self.candidate.config = told
            judge_mounts(self.host, self.candidate, [told])
            self.config = self._config()

    def _is_one(self, path: PurePosixPath, other: PurePosixPath) -> bool:
        one, two = (followed(each, self.host.read_link_quietly) for each in (path, other))
        return one == two or self.host.host.is_same_file(one, two) is True


def judge_mounts(reader: Reader, candidate: Candidate, paths: Sequence[PurePosixPath]) -> bool:
    """Notice that a server has other files by these names; look at its own where only root can have put them there.

    Returns:
        Whether that was noticed now.
    """
    if candidate.own_mounts:
        return False
    found = _mounted(reader, candidate, [path for path in paths if path.is_absolute()])
    if found is None:
        return False
    path, unit, why = found
    candidate.apart = path == candidate.config
    candidate.own_mounts = mounts.reason(candidate.name, path, unit, why)
    pid = candidate.process.pid if candidate.process else 0
    readable = bool(pid) and mounts.arranged_by_root(reader, pid)
    files = reader.host.files_of(pid) if readable else mounts.NoFiles(candidate.own_mounts)
    candidate.inside = Reader(reader.host, files)
    return True


def _mounted(
    reader: Reader, candidate: Candidate, paths: Sequence[PurePosixPath]
) -> tuple[PurePosixPath, str, str] | None:
    """Return the first path at which the server has something else, the unit that mounts it if one does, and how."""
    process, unit = candidate.process, candidate.unit
    by_unit = mounts.other_mount(reader, unit, paths) if unit is not None else None
    path = mounts.other_file(reader, process.pid, paths) if process is not None else None
    if unit is not None and by_unit is not None and path in {None, by_unit[0]}:
        return by_unit[0], unit.name, by_unit[1]
    return (path, "", f"process {process.pid}") if path and process else None


def _differs(candidate: Candidate, told: str) -> str:
    named = candidate.unit.name if candidate.unit else "its command line or --config"
    return (
        f"The running server was started with {told}, but {named} names {candidate.config}. "
        "Restart the server, then plan again."
    )


def _used(config: ConfigFacts | Unreadable, setting: Setting) -> list[PurePosixPath]:
    """Return the files and directories that a server uses, as far as their paths are absolute."""
    files = [] if isinstance(config, Unreadable) else [status.path for status in config.files]
    return [*files, *(PurePosixPath(text) for name in _PATHS if (text := setting(name)).startswith("/"))]


def server_access(reader: Reader, candidate: Candidate, access: ServerLogin) -> ServerAccess:
    """Return what opens sessions with one server: with its unit's main process, else with the process detected."""
    authority = access.login.authority if access.login is not None else None
    if candidate.unit is not None:
        return ServerAccess(reader.host, of_unit(reader.host, candidate.unit.name), authority)
    if candidate.process is None:
        return ServerAccess(reader.host, None, authority)
    accounts = owners_of(reader.host, candidate.config, named=access.named)
    return ServerAccess(reader.host, of_process(candidate.process.pid, accounts), authority)


def _endpoints(
    config: ResolvedConfig, listeners: Sequence[Listener], access: ServerLogin, *, files: bool
) -> list[tuple[Endpoint, Login | None]]:
    """Return where to ask, each with the login for it."""
    endpoints = (access.endpoint,) if access.endpoint is not None else endpoints_of(config, listeners)
    return [(endpoint, _login(endpoint, config, access.login, files=files)) for endpoint in endpoints]


def _login(endpoint: Endpoint, config: ResolvedConfig, login: Login | None, *, files: bool) -> Login | None:
    """The login given; for TLS with the authority that the configuration names, unless it has its own.

    Args:
        endpoint: Where it goes.
        config: What the server is configured with.
        login: What the operator gave.
        files: The paths of the configuration are this host's.
    """
    if not endpoint.tls or (login and login.authority):
        return login
    named = config.after_start("tls-ca-cert-file") if files else ""
    authority = PurePosixPath(named) if named.startswith("/") else None
    if login is None:
        return Login(authority=authority)
    return Login(login.user, login.password, certificate=login.certificate, key=login.key, authority=authority)
