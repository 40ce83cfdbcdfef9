"""What a running server reports, read with the given login, or as an unauthenticated client."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from typing import TypeVar

from wizard.acl.namespaces import sample
from wizard.acl.password import mask_line
from wizard.acl.user import User, parse_line
from wizard.detect.servers.shared_passwords import shared_of
from wizard.detect.servers.tried_rights import try_rights
from wizard.detect.servers.weak_passwords import of_server
from wizard.errors import InvalidValueError, LoginError, ServerError, UnprovenError
from wizard.model.dataset import keyspace
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.facts.service import Flavour, Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.login import Endpoint, Login
from wizard.model.rights import TriedRights
from wizard.model.text import number_or
from wizard.server import replies
from wizard.server.access import ServerAccess
from wizard.server.client import OWN_NAME, Client
from wizard.server.redact import masked_config

_T = TypeVar("_T")

DANGEROUS = (
    *("flushall", "flushdb", "config", "debug", "keys", "shutdown", "monitor", "save", "bgsave", "bgrewriteaof"),
    *("replicaof", "slaveof", "migrate", "module", "acl", "script", "eval", "client", "rename", "swapdb", "sort"),
    *("failover", "sync", "psync", "latency", "slowlog", "info", "role", "cluster"),
)
"""Commands that operators rename or take away; each is asked for by its own name."""

_BEFORE_LOGIN = frozenset({"NULL", "auth", "hello", "quit", "reset"})
"""Last commands of connections that may never have logged in."""

ANSWER_SECONDS = 3.0
_NO_ID = "none"
_MOST_KEYS = 2000
"""Of one database."""


ExportersOf = Callable[[Sequence[Mapping[str, str]]], Mapping[str, str]]
"""Gives, for clients of CLIENT LIST, the program that reads metrics by the id of each that is one's."""


def read_live(
    access: ServerAccess,
    endpoints: Sequence[tuple[Endpoint, Login | None]],
    exporters_of: ExportersOf = lambda _: {},
) -> LiveServer | Unreadable:
    """Ask the first endpoint that accepts the login given for it; when none does, ask without a login.

    Args:
        access: Opens sessions with this server alone.
        endpoints: In the order to try, each with the login for it.
        exporters_of: Knows the programs of this host that read metrics.

    Returns:
        What the server says, or why it could not be asked: the first login that was not sent, else the first that was
        refused, else the last failure.
    """
    failures: list[ServerError] = []
    for attempt in (endpoints, _without_login(endpoints)):
        for endpoint, login in attempt:
            try:
                with access.connect(endpoint, login, seconds=ANSWER_SECONDS) as client:
                    client.ping()
                    return read_server(client, exporters_of)
            except ServerError as error:
                failures.append(error)
        if any(isinstance(failure, UnprovenError) for failure in failures):
            # The operator must know that the login was not sent, whatever the peer answers without one.
            break
    return _unread(failures)


def _unread(failures: Sequence[ServerError]) -> Unreadable:
    what = "the running server"
    if not failures:
        return Unreadable(what=what, why="it is not running, or none of its listeners is known")
    for kind, more in ((UnprovenError, ""), (LoginError, "; give a user and its password to read it")):
        if found := [failure for failure in failures if isinstance(failure, kind)]:
            why = str(found[0])
            return Unreadable(what=what, why=f"{why.rstrip('.')}{more}" if more else why)
    return Unreadable(what=what, why=str(failures[-1]))


def _without_login(endpoints: Sequence[tuple[Endpoint, Login | None]]) -> list[tuple[Endpoint, Login]]:
    """The same endpoints without user and password: a server that was rolled back knows the login no more."""
    return [
        (endpoint, Login(certificate=login.certificate, key=login.key, authority=login.authority))
        for endpoint, login in endpoints
        if login is not None and login.password is not None
    ]


def read_server(client: Client, exporters_of: ExportersOf) -> LiveServer:
    """Read everything that this user may see."""
    asked = _Asked()
    asked.quietly(client.set_name, None)
    nothing: dict[str, str] = {}
    unknown: dict[str, bool] = {}
    none: tuple[dict[str, str], ...] = ()
    no_users: tuple[str, ...] = ()
    no_rights: tuple[TriedRights, ...] = ()
    info = asked.ask("INFO", lambda: client.info("everything"), nothing)
    hello = asked.quietly(client.hello, nothing)
    config = asked.ask("CONFIG GET", client.config_get, nothing)
    commands = asked.ask("COMMAND INFO", lambda: client.command_info(DANGEROUS), unknown)
    clients = asked.ask("CLIENT LIST", client.client_list, none)
    acl = asked.ask("ACL LIST", client.acl_list, no_users)
    version = hello.get("version") or info.get("valkey_version") or info.get("redis_version", "")
    flavour = Flavour.VALKEY if "valkey" in (info.get("server_name"), hello.get("server")) else Flavour.REDIS
    role = role_of(info, hello)
    users = _users(acl)
    try_all = partial(try_rights, client, users, flavour, version, sentinel=role is Role.SENTINEL)
    return LiveServer(
        version=version,
        role=role,
        user=asked.quietly(client.acl_whoami, client.user),
        endpoint=str(client.endpoint),
        config=masked_config(config),
        acl=tuple(mask_line(line) for line in acl),
        info=info,
        command_calls=replies.command_calls(info.items()),
        clients=grouped(clients, own=asked.quietly(client.identity, ""), exporters=exporters_of(clients)),
        refused=grouped(
            [each for each in asked.quietly(client.acl_log, none) if not _is_earlier_look(each)], own=_NO_ID
        ),
        replicas=_replicas(info),
        primary=_primary(info),
        missing_commands=tuple(name for name, known in commands.items() if not known),
        keys=replies.key_count(info.items()),
        key_names=sample(asked.quietly(lambda: _key_names(client, info), ())),
        channel_names=sample(asked.quietly(client.channel_names, ())),
        rights=asked.ask("ACL DRYRUN", try_all, no_rights),
        modules=asked.ask("MODULE LIST", client.modules, no_users),
        weak_passwords=of_server(users, config.get("requirepass", "")),
        shared_passwords=shared_of(users),
        unreadable=tuple(asked.refused),
    )


def _users(lines: Sequence[str]) -> tuple[User, ...]:
    """Return the users of the lines that can be read."""
    found = []
    for line in lines:
        with suppress(InvalidValueError):
            found.append(parse_line(line))
    return tuple(found)


class _Asked:
    """Questions that may be refused one by one."""

    def __init__(self) -> None:
        self.refused: list[Unreadable] = []

    def ask(self, what: str, question: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return question()
        except ServerError as error:
            self.refused.append(Unreadable(what=what, why=str(error)))
            return otherwise

    def quietly(self, question: Callable[[], _T], otherwise: _T) -> _T:
        """For what 5.x lacks and other answers tell too."""
        try:
            return question()
        except ServerError:
            return otherwise


def role_of(info: Mapping[str, str], hello: Mapping[str, str]) -> Role:
    """Return the role. Valkey calls the mode ``server_mode``, Redis ``redis_mode``."""
    mode = info.get("server_mode") or info.get("redis_mode") or hello.get("mode", "")
    if mode in {"cluster", "sentinel"}:
        return Role(mode)
    if (info.get("role") or hello.get("role")) in {"slave", "replica"}:
        return Role.REPLICA
    return Role.PRIMARY if info.get("connected_slaves", "0") not in {"", "0"} else Role.STANDALONE


def _key_names(client: Client, info: Mapping[str, str]) -> tuple[str, ...]:
    """Return names of keys of every database; then database 0 is selected again."""
    databases = sorted(keyspace(info.items()))
    found = [name for number in databases for name in client.key_names(number, _MOST_KEYS)]
    if databases not in ([], [0]):
        client.execute("SELECT", "0")
    return tuple(found)


def _replicas(info: Mapping[str, str]) -> tuple[str, ...]:
    """Addresses of replicas: ``slave0:ip=10.0.0.2,port=6379,state=online,…``."""
    found = []
    for name, value in info.items():
        fields = replies.attributes(value, ",")
        if name.startswith("slave") and name[5:].isdecimal() and "ip" in fields:
            found.append(f"{fields['ip']}:{fields.get('port', '')}")
    return tuple(found)


def _is_earlier_look(entry: Mapping[str, str]) -> bool:
    """Return whether an entry of ACL LOG is of an earlier look from this host; a name alone hides no client."""
    local = "U" in entry.get("flags", "") or host_of(entry.get("addr", "")) in {"127.0.0.1", "::1"}
    return local and entry.get("name") == OWN_NAME


def _primary(info: Mapping[str, str]) -> str:
    host = info.get("master_host", "")
    return f"{host}:{info.get('master_port', '')}" if host else ""


def grouped(
    clients: Sequence[Mapping[str, str]], *, own: str = "", exporters: Mapping[str, str] | None = None
) -> tuple[ClientGroup, ...]:
    """Count connections that look alike, the most first.

    Our own are left out, those of another command too, and the link that this server opened to its primary.

    Args:
        clients: By CLIENT LIST.
        own: The id of our connection; where we may not ask for it, the client that listed clients last counts as us.
        exporters: The program that reads metrics, by the id of its connection.
    """
    found: dict[_Group, list[Mapping[str, str]]] = {}
    for client in clients:
        ours = client.get("id") == own if own else client.get("cmd") in {"client", "client|list"}
        to_primary = "M" in client.get("flags", "")
        if not ours and not to_primary:
            exporter = exporters.get(client.get("id", ""), "") if exporters else ""
            found.setdefault(_group(client, exporter), []).append(client)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), str(item[0])))
    return tuple(_with_count(group, members) for group, members in ordered)


_Group = tuple[str, str, str, str, str, bool, bool, str]


def _group(client: Mapping[str, str], exporter: str) -> _Group:
    flags = client.get("flags", "")
    local = client.get("laddr", "")
    library = " ".join(part for part in (client.get("lib-name", ""), client.get("lib-ver", "")) if part)
    socket = "U" in flags
    return (
        client.get("user", ""),
        "unix" if socket else host_of(client.get("addr", "")),
        client.get("name", ""),
        library,
        _socket_path(local) if socket else local,
        "S" in flags,
        "P" in flags,
        exporter,
    )


def _socket_path(local: str) -> str:
    """Return the path of ``path:0``, and of ``[path:0]:0``, which Valkey writes since 9.1."""
    return local.removesuffix("]:0").removeprefix("[").removesuffix(":0")


def _with_count(group: _Group, members: Sequence[Mapping[str, str]]) -> ClientGroup:
    user, address, name, library, listener, replica, subscribed, exporter = group
    return ClientGroup(
        user=user,
        address=address,
        name=name,
        library=library,
        listener=listener,
        count=len(members),
        idle_seconds=max(number_or(each.get("idle")) for each in members),
        replica=replica,
        subscribed=subscribed,
        active=any(_is_active(each) for each in members),
        exporter=exporter,
    )


def _is_active(client: Mapping[str, str]) -> bool:
    """Return whether a connection has done what the server refuses to one without a login.

    Source:
        Measured on five servers: ``cmd`` is the last command that was sent, refused ones included; Valkey counts in
        ``tot-cmds`` those that were run.
    """
    ran = client.get("tot-cmds", "0") != "0" and client.get("cmd", "NULL") not in _BEFORE_LOGIN
    return ran or any(client.get(name, "0") not in {"0", ""} for name in ("db", "sub", "psub", "ssub", "watch"))


def host_of(text: str) -> str:
    """Return the address of ``address:port``; IPv6 comes in brackets, from old servers without."""
    host = text.rpartition(":")[0].strip("[]")
    try:
        return str(ip_address(host))
    except ValueError:
        return host or text
