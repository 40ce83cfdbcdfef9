"""What runs an instance: its unit, its process, its kind and its role."""

from enum import StrEnum
from pathlib import PurePosixPath

from wizard.model.facts.unreadable import Unreadable
from wizard.model.unit_state import RUNNING
from wizard.model.value import Memory, Value

DELETED = " (deleted)"
"""What the kernel puts behind the path of a program that was replaced or removed (proc_pid_exe(5))."""


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
    executable: str = ""
    """What ``/proc/PID/exe`` leads to, with `DELETED` behind it where the file was replaced; empty: not readable."""
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
