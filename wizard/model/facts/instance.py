"""One server on the host with all that was read of it."""

from pathlib import PurePosixPath

from wizard.model.certificate import CertificateDetails
from wizard.model.facts.configuration import AclFacts, ConfigFacts, Problem
from wizard.model.facts.files import FileStatus, PlaceWriters, Space
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Flavour, ServerProcess, Unit
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Listener, Probe, ProbeAnswer
from wizard.model.value import Value


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
    known, in this order. The owner of a parent can replace what is in it."""
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
