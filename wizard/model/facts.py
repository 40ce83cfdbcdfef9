"""What is on a host: read once, frozen, serialisable, and without any secret.

`wizard.detect` fills these values; planning and the checklist only read them. Texts come from the
host as they are (data, never markup); secret arguments are replaced by :data:`MASK` or a
fingerprint before they get here. What could not be read is an :class:`Unreadable`, not a default.
"""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import NewType

from wizard.model.certificate import CertificateDetails
from wizard.model.network import Interface, Listener, Probe
from wizard.model.rights import TriedRights, WeakPassword
from wizard.model.unit_state import RUNNING
from wizard.model.value import Value

MASK = "********"
"""Stands where a secret argument stood."""

Memory = NewType("Memory", int)
"""An amount of memory or disk in bytes."""


class Unreadable(Value, tag="unreadable", frozen=True, kw_only=True):
    """A fact that could not be read."""

    what: str
    """What was looked for, for example ``/proc/1/limits``."""

    why: str
    """Why not, in words that say what would make it possible."""


# --- the machine -----------------------------------------------------------------------------


class Init(StrEnum):
    """What runs as process 1."""

    SYSTEMD = "systemd"
    OTHER = "other"


class OperatingSystem(Value, frozen=True, kw_only=True):
    """Which system this is."""

    id: str
    """``ID`` of os-release, for example ``debian``; empty when unknown."""

    version: str
    """``VERSION_ID`` of os-release; empty when there is none."""

    name: str
    """``PRETTY_NAME`` of os-release."""

    kernel: str
    """Release of the running kernel, ``uname -r``; empty for a directory tree."""

    architecture: str
    """Machine name, ``uname -m``."""

    init: Init
    """What manages services here (``/run/systemd/system`` exists for systemd)."""

    virtualisation: str
    """``none``, or the word of ``systemd-detect-virt``, for example ``kvm`` or ``systemd-nspawn``."""

    container: bool
    """The kernel is shared with another host, so its settings belong to that one."""

    package_manager: str
    """``apt``, ``dnf``, ``apk``, … or empty."""

    security_modules: tuple[str, ...]
    """Active ones of ``apparmor`` and ``selinux``."""


class MemoryLimit(Value, frozen=True, kw_only=True):
    """One ceiling on memory that holds for the Redis service."""

    limit: Memory
    """Bytes."""

    source: str
    """The file or property that sets it, for example ``/sys/fs/cgroup/system.slice/memory.max``."""


class MemoryConsumer(Value, frozen=True, kw_only=True):
    """Resident memory of one process or group that is not the instance in question."""

    name: str
    """Command name."""

    pid: int
    """Process id, 0 for a sum over many."""

    resident: Memory
    """PSS where readable, else RSS, in bytes."""


class MachineMemory(Value, frozen=True, kw_only=True):
    """How much memory there is and who has it."""

    total: Memory | Unreadable
    """``MemTotal``."""

    available: Memory | Unreadable
    """``MemAvailable``."""

    swap: Memory
    """``SwapTotal``."""

    limits: tuple[MemoryLimit, ...] = ()
    """Every cgroup and unit limit on the way to the Redis service; may be empty."""

    others: tuple[MemoryConsumer, ...] = ()
    """Processes that are no Redis or Valkey server, the largest first, the small ones summed."""


# --- the kernel ------------------------------------------------------------------------------


class KernelSetting(Value, frozen=True, kw_only=True):
    """One sysctl or transparent huge page knob, now and after the next boot."""

    key: str
    """``vm.overcommit_memory``, or ``thp.enabled`` and ``thp.defrag`` for huge pages."""

    live: str | Unreadable
    """The value in force; for huge pages the bracketed word."""

    next_boot: str | None
    """The value that a file, unit or the kernel command line will set, ``None`` when nothing does."""

    next_boot_source: str
    """``path:line`` or unit that wins; empty when nothing sets it."""

    overridden: tuple[str, ...] = ()
    """Other places that set it and lose, as ``path:line = value``."""

    writable: bool = True
    """False where the kernel belongs to another host (container) or the file is read-only."""


# --- files -----------------------------------------------------------------------------------


class FileKind(StrEnum):
    """What a path is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    SOCKET = "socket"
    OTHER = "other"
    ABSENT = "absent"


class FileStatus(Value, frozen=True, kw_only=True):
    """What a path is and who may do what with it; links are not followed."""

    path: PurePosixPath
    kind: FileKind
    owner: str = ""
    """User name, or the number as text when it has no name."""
    group: str = ""
    """Group name, or the number as text."""
    mode: int = 0
    """Permission bits, for example ``0o640``, with setuid, setgid and sticky."""
    size: Memory = Memory(0)
    links: int = 1
    """Number of hard links."""
    target: str = ""
    """Where a symbolic link points, as written."""
    immutable: bool = False
    """The file has the immutable attribute (``chattr +i``)."""
    digest: str = ""
    """SHA-256 in hex of a regular file's bytes, where they were read."""

    @property
    def absolute_target(self) -> PurePosixPath:
        """Where a symbolic link points, as an absolute path; ``..`` is taken literally off the path."""
        parts: list[str] = []
        for part in (self.path.parent / self.target).parts[1:]:
            if part == "..":
                del parts[-1:]
            else:
                parts.append(part)
        return PurePosixPath("/", *parts)


class Space(Value, frozen=True, kw_only=True):
    """The file system that holds a directory."""

    path: PurePosixPath
    free: Memory
    """Bytes free for the service (not the blocks reserved for root)."""
    total: Memory
    filesystem: str
    """Type, for example ``ext4``; empty when unknown."""
    read_only: bool


# --- the server's configuration --------------------------------------------------------------


class ConfigLine(Value, frozen=True, kw_only=True):
    """One directive as it stands in a file, secret arguments replaced by :data:`MASK`."""

    name: str
    """Lower case, as written otherwise (aliases are not resolved)."""
    arguments: tuple[str, ...]
    path: PurePosixPath
    line: int
    """Counted from 1."""


class Problem(Value, frozen=True, kw_only=True):
    """Something in a file that the server would refuse, or take differently than it reads."""

    path: PurePosixPath
    line: int
    """Counted from 1; 0 for the whole file."""
    code: str
    """Stable name, for example ``trailing-comment``."""
    what: str
    """One sentence: what is there and what the server makes of it."""
    remedy: str
    """One sentence: what to do."""
    fatal: bool
    """The server would not start with it."""


class ConfigFacts(Value, tag="config", frozen=True, kw_only=True):
    """The configuration file of an instance with its includes."""

    main: PurePosixPath
    files: tuple[FileStatus, ...]
    """The main file first, then each include in the order it is read."""
    lines: tuple[ConfigLine, ...]
    """Every directive in the order the server reads them, includes expanded in place."""
    problems: tuple[Problem, ...] = ()
    weak_passwords: tuple[WeakPassword, ...] = ()
    """Passwords of ``requirepass`` and ``user`` lines that others can guess."""


class AclFacts(Value, tag="acl", frozen=True, kw_only=True):
    """The ACL file of an instance."""

    path: PurePosixPath
    status: FileStatus
    lines: tuple[str, ...]
    """Its user lines, each hash replaced by a fingerprint (`wizard.acl.password.fingerprint`)."""
    problems: tuple[Problem, ...] = ()
    common_passwords: tuple[str, ...] = ()
    """Names of users with a hash of a password from the list of common ones."""
    weak_passwords: tuple[WeakPassword, ...] = ()
    """Passwords that others can guess."""


# --- the service -----------------------------------------------------------------------------


class Unit(Value, frozen=True, kw_only=True):
    """The systemd unit that runs an instance."""

    name: str
    """For example ``redis-server.service``."""
    fragment: PurePosixPath | None
    """The unit file."""
    drop_ins: tuple[PurePosixPath, ...]
    """Drop-in files in the order they are read."""
    properties: dict[str, str]
    """The ones that matter here, as ``systemctl show`` gives them or as the files say for a tree:
    ``Type User Group UMask LimitNOFILE LimitNOFILESoft MemoryMax ReadWritePaths ProtectSystem NoExecPaths ExecPaths
    PrivateUsers PrivateTmp ProtectHome Restart TimeoutStartUSec TimeoutStopUSec ExecStart Slice RuntimeDirectory``."""
    active: str
    """``ActiveState``; empty for a tree."""
    enabled: str
    """``UnitFileState``; for a tree ``enabled``, ``disabled`` or ``static``."""
    main_pid: int
    needs_reload: bool
    """``NeedDaemonReload``."""
    aliases: tuple[str, ...] = ()
    wanted_by: tuple[str, ...] = ()
    """Units that start it, such as ``multi-user.target``, a timer or a unit of the operator's."""

    @property
    def runs(self) -> bool:
        """It runs now, or is about to."""
        return self.active in RUNNING

    @property
    def starts(self) -> bool:
        """Something starts it at boot, as far as the service manager tells."""
        return not self.enabled.startswith("masked") and (self.enabled == "enabled" or bool(self.wanted_by))


class ServerProcess(Value, frozen=True, kw_only=True):
    """A running server process."""

    pid: int
    program: PurePosixPath
    """``argv[0]`` where it is a path, else the executable; never resolved through links (Debian's
    binary chooses its role by its name)."""
    arguments: tuple[str, ...]
    """The command line after ``argv[0]`` with secret arguments masked."""
    user: str
    started: float
    """Seconds since the epoch."""
    open_files: int | Unreadable
    """Soft limit of open files in force, ``/proc/PID/limits``."""
    resident: Memory
    anonymous_huge_pages: Memory | Unreadable
    """``AnonHugePages`` of ``/proc/PID/smaps_rollup``."""
    control_group: str
    secrets_in_environment: tuple[str, ...] | Unreadable = ()
    """Names of environment variables that look like passwords; never their values."""


class Flavour(StrEnum):
    """Which server it is."""

    REDIS = "redis"
    VALKEY = "valkey"
    KEYDB = "keydb"
    OTHER = "other"


class Role(StrEnum):
    """What the instance is to others."""

    STANDALONE = "standalone"
    PRIMARY = "primary"
    """A primary with at least one replica."""
    REPLICA = "replica"
    CLUSTER = "cluster"
    SENTINEL = "sentinel"


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
    """One of them has run a command that needs a login."""


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
    replicas: tuple[str, ...] = ()
    """Addresses of connected replicas."""
    primary: str = ""
    """``host:port`` of the primary of a replica."""
    missing_commands: tuple[str, ...] = ()
    """Of the dangerous commands, those that are renamed away or disabled."""
    keys: int = 0
    """Keys in all databases."""
    rights: tuple[TriedRights, ...] = ()
    """What the server says that its users may do, by their rules; empty where it was not asked."""
    weak_passwords: tuple[WeakPassword, ...] = ()
    """Passwords in force that others can guess."""
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
    other_units: tuple[Unit, ...] = ()
    """Further units that name its configuration file. They are no servers of their own."""
    other_processes: tuple[int, ...] = ()
    """Process ids of further servers that were started with its configuration file."""
    other_names: tuple[PurePosixPath, ...] = ()
    """Further paths that lead to its configuration file, as units or links name it."""
    barred: str = ""
    """Why no plan may be made for it, with what to do; empty when one may."""
    own_mounts: bool = False
    """Its paths are names in the server's own mounts; this host has other files there, or none."""

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
    def contenders(self) -> tuple[Unit, ...]:
        """Units that run or start with its configuration file; more than one writes to the same data."""
        units = (*((self.unit,) if self.unit else ()), *self.other_units)
        return tuple(unit for unit in units if unit.runs or unit.starts)


class Package(Value, frozen=True, kw_only=True):
    """A server package that the package manager knows."""

    name: str
    installed: bool
    version: str
    """Installed or candidate version; empty when unknown."""


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
    files: tuple[FileStatus, ...] = ()
    """Other paths that a plan may create or change: drop-ins, sysctl.d files, THP unit, state
    directory, certificate directory; absent ones are listed as absent."""
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def display_name(self) -> str:
        """What a sentence calls it: its name, or the tree, or ``this host``."""
        return self.hostname or (f"the tree {self.tree}" if self.tree else "this host")
