"""What a running server says of itself: configuration, users, clients, statistics."""

from wizard.model.facts.configuration import NameSample
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.rights import SharedPassword, TriedRights, WeakPassword
from wizard.model.text import counted
from wizard.model.value import Value

OWN_CALLS = frozenset(
    {
        *("ping", "hello", "auth", "info", "select", "reset", "quit", "echo", "command", "role", "multi", "exec"),
        *("config|get", "acl|list", "acl|whoami", "acl|getuser", "client|list", "client|info", "client|setinfo"),
        *("client|setname", "client|id", "client|getname", "command|info", "command|docs", "config", "client", "acl"),
        *("latency|latest", "slowlog|len", "client|maint_notifications", "psync", "replconf", "acl|dryrun", "acl|cat"),
        *("module|list", "module", "lastsave", "acl|log", "acl|users", "scan", "pubsub|channels", "pubsub"),
    }
)
"""Calls of detection itself, of every client at connect, or of links and tools with users of their own."""


class ClientGroup(Value, frozen=True, kw_only=True):
    """Connections that look alike in ``CLIENT LIST``, counted together."""

    user: str
    address: str
    """Without the port; ``unix`` for a unix socket."""
    name: str
    library: str
    """``lib-name`` with its version, empty when the client does not say."""
    listener: str
    """Local address and port they came in by, or the socket path."""
    count: int
    replica: bool = False
    subscribed: bool = False
    idle_seconds: int = 0
    """How long the one that was quiet longest has been idle."""
    active: bool = False
    """One of them has done what needs a login, as far as the server tells."""
    exporter: str = ""
    """The program of this host that holds them, where it is known to read metrics."""

    def describe(self) -> str:
        """Return in words who they are: address, number, name, library, user."""
        details = [counted(self.count, "connection"), self.name, self.library, f"user {self.user or 'default'}"]
        return f"{'replica ' if self.replica else ''}{self.address} ({', '.join(filter(None, details))})"


class LiveServer(Value, tag="live", frozen=True, kw_only=True):
    """What a running server says of itself."""

    version: str
    """The product's own version; for Valkey not the ``redis_version`` it also reports."""
    role: Role
    user: str
    """The user that we looked as."""
    endpoint: str
    """How it was reached: a socket path or ``address:port``, with ``tls`` where so."""
    config: dict[str, str]
    """``CONFIG GET *``; secret values are :data:`MASK` when set and empty when not. Empty when it
    could not be read."""
    acl: tuple[str, ...]
    """``ACL LIST`` with hashes replaced by fingerprints; empty when it could not be read."""
    info: dict[str, str]
    """All fields of ``INFO everything`` that are ``name:value``."""
    command_calls: dict[str, int]
    """Calls per command since the counters started (commandstats)."""
    clients: tuple[ClientGroup, ...]
    refused: tuple[ClientGroup, ...] = ()
    """Connections that ACL LOG names, because a command of theirs was refused; they may be closed by now."""
    replicas: tuple[str, ...] = ()
    """Addresses of connected replicas."""
    primary: str = ""
    """``host:port`` of the primary of a replica."""
    missing_commands: tuple[str, ...] = ()
    """Of the dangerous commands, those that are renamed away or disabled."""
    keys: int = 0
    """Keys in all databases."""
    key_names: NameSample = NameSample()
    """By SCAN, of the first keys of each database."""
    channel_names: NameSample = NameSample()
    """Channels that have a subscriber."""
    rights: tuple[TriedRights, ...] = ()
    """What the server says that its users may do, by their rules; empty where it was not asked."""
    weak_passwords: tuple[WeakPassword, ...] = ()
    """Passwords in force that others can guess."""
    shared_passwords: tuple[SharedPassword, ...] = ()
    """Passwords in force that several users have."""
    modules: tuple[str, ...] = ()
    """Paths of loaded modules, without those that are a part of the server."""
    unreadable: tuple[Unreadable, ...] = ()
