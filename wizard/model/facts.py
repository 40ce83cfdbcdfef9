"""The single facts of a host: read once, frozen, serialisable, and without any secret. `host` joins them.

`wizard.detect` fills these values; planning and the checklist only read them. Texts come from the
host as they are (data, never markup); secret arguments are replaced by :data:`MASK` or a
fingerprint before they get here. What could not be read is an :class:`Unreadable`, not a default.
"""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import NewType

from wizard.model.rights import WeakPassword
from wizard.model.unit_state import RUNNING
from wizard.model.value import Mode, Value, field, keep_modes

MASK = "********"
"""Replaces a secret argument."""

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
    """Memory of one process or group that is not the instance in question."""

    name: str
    """Command name."""

    pid: int
    """Process id, 0 for a sum over many."""

    resident: Memory
    """Bytes of its own; what processes share is a consumer of its own."""


SHARED_MEMORY = "shared memory"
HUGE_PAGES = "reserved huge pages"
"""Consumers that belong to the whole machine, not to a process."""


class MachineMemory(Value, frozen=True, kw_only=True):
    """How much memory there is and who has it."""

    total: Memory | Unreadable
    """``MemTotal``."""

    available: Memory | Unreadable
    """``MemAvailable``."""

    swap: Memory | Unreadable
    """``SwapTotal``."""

    limits: tuple[MemoryLimit, ...] = ()
    """Every cgroup and unit limit on the way to the Redis service; may be empty."""

    others: tuple[MemoryConsumer, ...] = ()
    """Processes that are no Redis or Valkey server, the largest first, the small ones summed; then what is shared."""

    @property
    def taken(self) -> int:
        """Bytes that all others have."""
        return sum(each.resident for each in self.others)

    @property
    def taken_by_processes(self) -> int:
        """Bytes that processes have to themselves: all that can count in a control group beside a server."""
        return sum(each.resident for each in self.others if each.name not in (SHARED_MEMORY, HUGE_PAGES))


# --- the kernel ------------------------------------------------------------------------------


class KernelSetting(Value, frozen=True, kw_only=True):
    """One sysctl or transparent huge page knob, now and after the next boot."""

    key: str
    """``vm.overcommit_memory``; for huge pages ``thp.enabled``, ``thp.defrag``, and ``thp.sizes`` where one is on."""

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
    mode: Mode = 0
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
    modified: int = 0
    """When its contents were last written, in seconds since 1970; 0 where that is not known.

    No part of what a file is: two of the same contents, owner and mode are equal.
    """

    def __post_init__(self) -> None:
        keep_modes(self, "mode")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FileStatus):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "modified")

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


class PlaceWriters(Value, frozen=True, kw_only=True):
    """Who, besides root, can write a file that a server reads, or a directory above it."""

    status: FileStatus
    users: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By group: the accounts that are known to be in it."""
    everybody: bool = False
    readers: tuple[str, ...] = ()
    """Whom an access control list lets read the file or enter the directory, besides its mode: ``user op``,
    ``group dba``."""
    holds: tuple[PurePosixPath, ...] = ()
    """The files that they can replace by it, as the configuration names them."""


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
    """One directive as it is in a file, secret arguments replaced by :data:`MASK`."""

    name: str
    """Lower case, as written otherwise (aliases are not resolved)."""
    arguments: tuple[str, ...]
    path: PurePosixPath
    line: int
    """Counted from 1."""


class NameSample(Value, frozen=True, kw_only=True):
    """What names of keys or channels begin with; the names themselves are left on the server."""

    patterns: tuple[str, ...] = ()
    """One for each first part of a name."""
    names: int = 0
    """How many names were looked at."""
    unnamed: int = 0
    """Of these, how many no pattern covers."""


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
    intended: tuple[str, ...] | None = None
    """Arguments that the operator evidently intended, secrets masked; ``None`` where that is not evident."""


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


SERVERS = {
    "redis-server": Flavour.REDIS,
    # Amazon Linux has the version in the name.
    "redis6-server": Flavour.REDIS,
    "redis6-sentinel": Flavour.REDIS,
    "redis-sentinel": Flavour.REDIS,
    "redis-stack-server": Flavour.REDIS,
    "valkey-server": Flavour.VALKEY,
    "valkey-sentinel": Flavour.VALKEY,
    "keydb-server": Flavour.KEYDB,
}
"""Names of server programs."""


class Role(StrEnum):
    """What the instance is to others."""

    STANDALONE = "standalone"
    PRIMARY = "primary"
    """A primary with at least one replica."""
    REPLICA = "replica"
    CLUSTER = "cluster"
    SENTINEL = "sentinel"
