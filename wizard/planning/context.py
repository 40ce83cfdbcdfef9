"""What every part of the planning looks at: the facts, the instance and the answers together.

Each question here has one answer in the facts.
"""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from wizard.config import ResolvedConfig, intended_configuration
from wizard.model.answers import Answers
from wizard.model.facts.configuration import AclFacts, ConfigFacts, ConfigLine
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Role
from wizard.model.sources import FileContents
from wizard.planning.select_instance import config_path

SYSTEM_DIRECTORIES = frozenset(
    PurePosixPath(each)
    for each in (
        *("/", "/etc", "/usr", "/usr/local", "/usr/local/etc", "/opt", "/srv", "/var", "/var/lib", "/var/log"),
        *("/run", "/var/run", "/tmp", "/var/tmp", "/root", "/home", "/bin", "/usr/bin", "/etc/default"),  # noqa: S108 - a refusal, nothing is written there
    )
)
"""Shared with other programs: never tightened, and no place for certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One instance of a host, with what the operator wants of it."""

    facts: HostFacts
    sources: FileContents
    answers: Answers
    instance: Instance
    configuration: ResolvedConfig = field(init=False, repr=False, compare=False)
    """The values of its directives; of a line that the server refuses, the intended one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "configuration", intended_configuration(self.instance))

    # --- the server --------------------------------------------------------------------------

    @property
    def config(self) -> ConfigFacts | None:
        """Its configuration file, ``None`` when it could not be read."""
        return self.instance.config if isinstance(self.instance.config, ConfigFacts) else None

    @property
    def main(self) -> PurePosixPath:
        """Path of the main configuration file."""
        return config_path(self.instance)

    @property
    def acl(self) -> AclFacts | None:
        """Its ACL file, ``None`` when it has none or it could not be read."""
        return self.instance.acl if isinstance(self.instance.acl, AclFacts) else None

    @property
    def live(self) -> LiveServer | None:
        """What it reports, ``None`` when it does not run or refused the login."""
        return self.instance.live if isinstance(self.instance.live, LiveServer) else None

    @property
    def settings(self) -> dict[str, str]:
        """``CONFIG GET *``, empty when it could not be read."""
        return self.live.config if self.live else {}

    @property
    def running(self) -> bool:
        """A process serves this instance now."""
        unit = self.instance.unit
        return self.instance.process is not None or self.live is not None or bool(unit and unit.runs)

    @property
    def needs_manual_restart(self) -> bool:
        """A running server that can be asked, and that only the operator can restart: no systemd unit runs it."""
        return self.live is not None and self.instance.unit is None

    @property
    def why_no_unit(self) -> str:
        """Say why no unit can restart this server."""
        return self.instance.shared_unit or "no systemd unit runs this server"

    @property
    def version(self) -> str:
        """Version of the running server, else of the binary; empty when neither is known."""
        if self.live:
            return self.live.version
        return self.instance.version if isinstance(self.instance.version, str) else ""

    @property
    def role(self) -> Role:
        """What it is to others, by its own word or by its file."""
        if self.live:
            return self.live.role
        if self.lines("sentinel"):
            return Role.SENTINEL
        if self.next_start("cluster-enabled") == ("yes",):
            return Role.CLUSTER
        return Role.REPLICA if self.next_start("replicaof") else Role.STANDALONE

    @property
    def is_replicated(self) -> bool:
        """Others depend on settings that must be equal or known everywhere: replica, cluster, Sentinel."""
        return self.role in {Role.REPLICA, Role.CLUSTER, Role.SENTINEL}

    # --- its file ----------------------------------------------------------------------------

    def lines(self, name: str) -> tuple[ConfigLine, ...]:
        """Every line of this directive under any of its names, in the order the server reads them."""
        return self.configuration.lines_of(name)

    # --- the value of a directive -------------------------------------------------------------

    def in_force(self, name: str) -> str | None:
        """Return the value in the running server; ``None`` where none runs or its values could not be read."""
        return self.configuration.in_force(name)

    def next_start(self, name: str) -> tuple[str, ...] | None:
        """Return the arguments that the next start reads; ``None`` where neither file nor command line sets it."""
        return self.configuration.next_start(name)

    def value(self, name: str, default: str = "") -> str:
        """Return the value in force; where it cannot be read, the one after the next start, else `default`."""
        return self.configuration.value(name, default)

    # --- the host around it ------------------------------------------------------------------

    @property
    def siblings(self) -> tuple[Instance, ...]:
        """The other instances of the host, also those that are only a file or a disabled unit."""
        return tuple(each for each in self.facts.instances if each.name != self.instance.name)

    @property
    def neighbours(self) -> tuple[Instance, ...]:
        """The other instances of the host that run or start at boot."""
        return tuple(each for each in self.siblings if each.in_use)

    @property
    def user(self) -> str:
        """The account that the server runs as; without unit and process, the owner of its data."""
        unit, process = self.instance.unit, self.instance.process
        named = unit.properties.get("User", "") if unit else ""
        if named or process:
            return named or (process.user if process else "")
        return "root" if unit else self._of_file("owner")

    @property
    def group(self) -> str:
        """The group that the server runs in."""
        unit = self.instance.unit
        named = unit.properties.get("Group", "") if unit else ""
        return named or (self.user if unit or self.instance.process else self._of_file("group"))

    def _of_file(self, who: str) -> str:
        """Give owner or group of the data directory or the file, the package's usual account where both are root's."""
        data = self.status(PurePosixPath(self.value("dir", "/")))
        statuses = (*((data,) if data else ()), *(self.config.files if self.config else ()))
        found = (getattr(status, who) for status in statuses)
        return next((each for each in found if each not in {"", "root"}), self.instance.flavour.value)

    @property
    def unit(self) -> str:
        """Name of the systemd unit; empty without one."""
        return self.instance.unit.name if self.instance.unit else ""

    def status(self, path: PurePosixPath) -> FileStatus | None:
        """What a path is, by any fact; ``None`` when it was not read."""
        known = [*self.facts.files, *self.instance.directories, *self.instance.tls.keys]
        known += [each.status for each in self.instance.tls.certificates]
        known += [each.status for each in self.instance.output_writers]
        known += self.config.files if self.config else ()
        known += [self.acl.status] if self.acl else []
        return next((each for each in known if each.path == path), None)

    def exists(self, path: PurePosixPath) -> bool:
        """Return whether a path, or something in it, is known to be there."""
        status = self.status(path)
        if status is not None:
            return status.kind is not FileKind.ABSENT
        known = (each.path for each in self.facts.files if each.kind is not FileKind.ABSENT)
        return any(each.is_relative_to(path) for each in (*self.sources.paths(), *known))
