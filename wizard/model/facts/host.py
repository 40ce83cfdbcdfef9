"""All that was read of a host, in one frozen value."""

from pathlib import PurePosixPath

from wizard.model.facts.files import FileStatus
from wizard.model.facts.instance import Instance
from wizard.model.facts.machine import KernelSetting, MachineMemory, OperatingSystem
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Interface, Listener, PacketFilter
from wizard.model.value import Value


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
