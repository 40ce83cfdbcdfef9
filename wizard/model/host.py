"""What is on a host: each of its servers, and the machine around them. The single facts are in `facts`.

Source:
    of the limits on memory: cgroups(7); systemd.resource-control(5), ``MemoryMax=``.
"""

from pathlib import PurePosixPath

from wizard.model.certificate import CertificateDetails
from wizard.model.facts import (
    AclFacts,
    ConfigFacts,
    FileStatus,
    Flavour,
    KernelSetting,
    MachineMemory,
    MemoryLimit,
    NameSample,
    OperatingSystem,
    PlaceWriters,
    Problem,
    Role,
    ServerProcess,
    Space,
    Unit,
    Unreadable,
)
from wizard.model.network import Interface, Listener, PacketFilter, Probe, ProbeAnswer
from wizard.model.rights import TriedRights, WeakPassword
from wizard.model.text import counted
from wizard.model.value import Value

CGROUPS = PurePosixPath("/sys/fs/cgroup")
_HIERARCHIES = ("unified", "memory")
_PROPERTIES = (" MemoryMax", " MemoryHigh")

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
    modules: tuple[str, ...] = ()
    """Paths of loaded modules, without those that are a part of the server."""
    unreadable: tuple[Unreadable, ...] = ()


class CertificateFacts(CertificateDetails, frozen=True, kw_only=True):
    """One certificate file, and what it says."""

    path: PurePosixPath
    status: FileStatus


class TlsFacts(Value, frozen=True, kw_only=True):
    """The certificates and keys that the configuration names."""

    certificates: tuple[CertificateFacts, ...] = ()
    """Server certificate, client certificate, CA bundle, in this order, where named."""
    keys: tuple[FileStatus, ...] = ()
    """Private keys named by the configuration."""
    key_matches: bool | Unreadable | None = None
    """Server key and certificate belong together; ``None`` when there are none."""
    chain_valid: bool | Unreadable | None = None
    """The CA file verifies the server certificate; ``None`` when there are none."""
    problems: tuple[Problem, ...] = ()


PASSWORD_SIGNS = ("#", ">", "<", "!")
"""First characters of ACL rules that carry a password or its hash (redis ``src/acl.c``)."""


class Instance(Value, frozen=True, kw_only=True):
    """One Redis or Valkey server: a process, a unit, or only a configuration file."""

    name: str
    """What ``--instance`` calls it: the unit without ``.service``, else the configuration's path."""
    flavour: Flavour
    version: str | Unreadable
    """Of the binary, for example ``8.0.2``."""
    binary: str | Unreadable
    """Absolute path, by the name that it is started by."""
    tls_build: bool | Unreadable
    """The binary has TLS (it links or names OpenSSL); the rehearsal proves it."""
    unit: Unit | None
    process: ServerProcess | None
    config: ConfigFacts | Unreadable
    acl: AclFacts | Unreadable | None
    """``None`` when the configuration names no ``aclfile``."""
    live: LiveServer | Unreadable
    listeners: tuple[Listener, ...]
    """Sockets of this process as the kernel sees them."""
    probes: tuple[Probe, ...]
    directories: tuple[FileStatus, ...]
    """Status of: configuration directory, data directory, log directory, socket directory, where
    known, in this order; and the parents' own owners decide who can replace what lies in them."""
    tls: TlsFacts
    space: tuple[Space, ...] = ()
    dump: FileStatus | None = None
    """The RDB file as configured."""
    append_only: FileStatus | None = None
    """The append-only directory (or file on 6.x) as configured."""
    next_directory: PurePosixPath | None = None
    """Where it will work after a restart: ``dir`` as its file has it, links followed (``CONFIG GET dir`` gives it
    without links too). ``None`` where the file names none, or a relative one."""
    shared_unit: str = ""
    """Why the unit that has started it cannot restart it alone; empty where there is no such unit."""
    other_units: tuple[Unit, ...] = ()
    """Further units that name its configuration file. They are no servers of their own."""
    other_processes: tuple[int, ...] = ()
    """Process ids of further servers that were started with its configuration file."""
    other_names: tuple[PurePosixPath, ...] = ()
    """Further paths that lead to its configuration file, as units or links name it."""
    barred: str = ""
    """Why no plan may be made for it, with what to do; empty when one may."""
    writers: tuple[PlaceWriters, ...] = ()
    """Each file that it reads at its start and each directory above one, with who can write there."""
    output_writers: tuple[PlaceWriters, ...] = ()
    """The log file and the pid file as configured, and each directory above one, with who can write there."""
    sockets: tuple[FileStatus, ...] = ()
    """The unix sockets on which it listens; a lost one, whose path is gone or is another file, is no socket."""
    socket_places: tuple[PlaceWriters, ...] = ()
    """Those sockets and each directory above one, with who can write there: to connect needs the right to write."""
    data_places: tuple[PlaceWriters, ...] = ()
    """The data directory and each directory above it, with who can write there and enter them."""
    own_mounts: bool = False
    """Its paths are names in the server's own mounts; this host has other files there, or none."""

    @property
    def runs_without_file(self) -> bool:
        """It was started without a configuration file, so no change of its configuration can be saved."""
        unread = isinstance(self.config, Unreadable) and not self.config.what.startswith("/")
        return unread and isinstance(self.live, LiveServer)

    @property
    def in_use(self) -> bool:
        """It runs now or starts at boot; a file or a disabled unit alone uses no memory."""
        units = (*((self.unit,) if self.unit else ()), *self.other_units)
        return (
            self.process is not None
            or isinstance(self.live, LiveServer)
            or any(unit.runs or unit.starts for unit in units)
        )

    @property
    def asks_for_login(self) -> bool:
        """It runs, and answers no client without a login or a certificate."""
        answers = {probe.answer for probe in self.probes}
        wanted = {ProbeAnswer.NEEDS_LOGIN, ProbeAnswer.NEEDS_CERTIFICATE}
        return isinstance(self.live, Unreadable) and bool(answers & wanted)

    @property
    def contenders(self) -> tuple[Unit, ...]:
        """Units that run or start with its configuration file; more than one writes to the same data."""
        units = (*((self.unit,) if self.unit else ()), *self.other_units)
        return tuple(unit for unit in units if unit.runs or unit.starts)

    @property
    def user_rules(self) -> dict[str, str]:
        """The rules of each user by name, without passwords: of the running server, else of its ACL file."""
        filed = self.acl.lines if isinstance(self.acl, AclFacts) else ()
        live = self.live.acl if isinstance(self.live, LiveServer) else ()
        found = (line.split() for line in live or filed)
        users = (words for words in found if words[:1] == ["user"] and len(words) > 1)
        return {name: " ".join(word for word in rules if word[0] not in PASSWORD_SIGNS) for _, name, *rules in users}


class Package(Value, frozen=True, kw_only=True):
    """A server package that the package manager knows."""

    name: str
    installed: bool
    version: str
    """Installed or candidate version; empty when unknown."""
    changelog: str = ""
    """Where its changelog was read; empty when it was not."""
    fixed_flaws: tuple[str, ...] = ()
    """The CVE numbers that its changelog names."""


class BackupJob(Value, frozen=True, kw_only=True):
    """A timer or cron entry that copies data, as far as its command shows."""

    name: str
    """The timer's unit, or ``path:line`` of a cron entry."""
    tool: str
    """The program that copies, for example ``restic``."""
    directories: tuple[PurePosixPath, ...] = ()
    """The data directories of servers that it copies, also as a part of a directory above."""
    servers: tuple[str, ...] = ()
    """Ports and unix sockets of the servers on this host that it asks for a dump (``redis-cli --rdb``)."""
    named: bool = False
    """It is called a backup of Redis or Valkey, whatever its command shows."""
    active: bool | None = None
    """The timer waits for its time, or a cron daemon runs; ``None``: not looked at."""
    enabled: str = ""
    """``UnitFileState`` of the timer."""
    result: str = ""
    """How its service ended last (``success``, ``exit-code``, …); cron keeps none."""
    last_run: str = ""
    """When the timer elapsed last, in the host's time; empty when never, and for cron."""
    waiting_since: str = ""
    """When the timer was started."""


class ClientCommand(Value, frozen=True, kw_only=True):
    """A command of a unit, a timer or cron that asks a server of this host."""

    source: str
    """The unit with its setting, the timer, or ``path:line`` of a cron entry."""
    program: str
    """``redis-cli`` or ``valkey-cli``."""
    server: str
    """Port or unix socket."""
    user: str = ""
    """Whom it logs in as; empty: the default user."""
    tls: bool = False
    command: str = ""
    """The command that it calls, in lower case; empty where that is not plain to see."""


class Exporter(Value, frozen=True, kw_only=True):
    """A running program that may read metrics of a server."""

    program: str
    """Its file's name, for example ``prometheus-redis-exporter``."""
    pid: int
    account: str
    """The system user that it runs as."""
    login: str = ""
    """The server's user that its command line names; empty when it names none."""
    target: str = ""
    """The server that its command line names: ``address:port`` or a socket path; empty when it names none."""


class HostFacts(Value, frozen=True, kw_only=True):
    """Everything that was read of a host, in one frozen value."""

    schema: str = "redis-wizard/facts"
    version: int = 1
    hostname: str
    names: tuple[str, ...]
    """Other names of this host: fully qualified, from ``/etc/hosts``; for certificates."""
    taken_at: str
    """ISO 8601, UTC."""
    root: bool
    """We looked as root."""
    tree: PurePosixPath | None
    """The directory tree that was looked at instead of the running host (``--root``)."""
    state: PurePosixPath
    """The product's own directory on this host."""
    os: OperatingSystem
    memory: MachineMemory
    processors: int
    numa_nodes: int = 1
    """Memory nodes of the machine; 1 where the kernel does not say."""
    interfaces: tuple[Interface, ...]
    listeners: tuple[Listener, ...]
    """All TCP listeners of the host, for ports in use."""
    kernel: tuple[KernelSetting, ...]
    instances: tuple[Instance, ...]
    packages: tuple[Package, ...]
    """Known server packages (``redis-server``, ``valkey-server``, ``redis``, …)."""
    backup_jobs: tuple[BackupJob, ...] = ()
    """Timers and cron entries that copy data, by name."""
    client_commands: tuple[ClientCommand, ...] = ()
    """What units, timers and cron ask the servers of this host."""
    exporters: tuple[Exporter, ...] = ()
    """Programs that may read metrics of a server, by process id."""
    files: tuple[FileStatus, ...] = ()
    """Other paths that a plan may create or change: drop-ins, sysctl.d files, THP unit, state
    directory, certificate directory; absent ones are listed as absent."""
    packet_filter: PacketFilter | Unreadable = Unreadable(what="packet filter", why="it was not read")
    """The rules of nftables and iptables that an arriving packet may meet."""
    boot_filter: PacketFilter | Unreadable = Unreadable(what="packet filter of the next boot", why="it was not read")
    """Those that the next boot loads."""
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def display_name(self) -> str:
        """What a sentence calls it: its name, or the tree, or ``this host``."""
        return self.hostname or (f"the tree {self.tree}" if self.tree else "this host")


def limits_of(facts: HostFacts, instance: Instance) -> tuple[MemoryLimit, ...]:
    """Return the limits of the host that hold for one server; a limit of another server's unit is none of its."""
    others = [each for each in facts.instances if each.name != instance.name]
    return tuple(
        limit
        for limit in facts.memory.limits
        if _holds(limit.source, instance)
        # A group that is known to hold for none of them may hold for all: what is not known counts.
        or not (limit.source.endswith(_PROPERTIES) or any(_holds(limit.source, each) for each in others))
    )


def resource_limit(resource: str, instance: str) -> str:
    """Return how a resource limit of the process of an instance is named."""
    return f"{resource} of {instance}"


def _holds(source: str, instance: Instance) -> bool:
    if source.startswith("RLIMIT_"):
        return source == resource_limit(source.split(" ", maxsplit=1)[0], instance.name)
    if source.endswith(_PROPERTIES):
        return instance.unit is not None and source.rpartition(" ")[0] == instance.unit.name
    path = PurePosixPath(source)
    if not path.is_relative_to(CGROUPS):
        return True
    group = path.relative_to(CGROUPS).parent
    if group.parts[:1] and group.parts[0] in _HIERARCHIES:
        group = PurePosixPath(*group.parts[1:])
    return _own_group(instance).is_relative_to(group)


def _own_group(instance: Instance) -> PurePosixPath:
    """Return the control group of a server, without the leading slash; of one that is stopped, where it will be."""
    if instance.process is not None and instance.process.control_group:
        parts = PurePosixPath(instance.process.control_group).parts
    elif instance.unit is not None:
        slices = instance.unit.properties.get("Slice") or "system.slice"
        parts = (*PurePosixPath(slices).parts, instance.unit.name)
    else:
        parts = ()
    return PurePosixPath(*(part for part in parts if part not in {"/", ".."}))
