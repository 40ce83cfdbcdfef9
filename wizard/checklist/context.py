"""One instance of a host as the checks look at it: what is known, and why the rest is not."""

from collections.abc import Mapping, Sequence
from datetime import date

from wizard.checklist.result import Judgement, unknown
from wizard.config import ResolvedConfig, configuration_of
from wizard.errors import InvalidValueError
from wizard.model.answers import Attestation
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.files import Space
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.machine import KernelSetting
from wizard.model.facts.service import Flavour, Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import State
from wizard.model.network import Listener, Probe, ProbeAnswer
from wizard.model.text import number
from wizard.model.value import Value, replace

AS_ROOT = "Check again as root."
ABSENT = "it does not exist"
"""Why a file could not be read that is not there."""
LOGIN = (
    "Check again with --user NAME --password-file FILE (a user that may run CONFIG GET, ACL LIST, INFO, CLIENT LIST)."
)
"""What makes it possible to read from the server."""

_FIRST_WITH_ACL = 6


class CheckContext(Value, frozen=True, kw_only=True):
    """What a check is given."""

    facts: HostFacts
    instance: Instance
    attestations: tuple[Attestation, ...]
    today: date

    # --- the server ------------------------------------------------------------------------------

    @property
    def live(self) -> LiveServer | None:
        """What the running server says, ``None`` when it could not be asked."""
        return None if isinstance(self.instance.live, Unreadable) else self.instance.live

    @property
    def running(self) -> bool:
        """Return whether it runs, as far as process, kernel, unit or an answer show."""
        unit = self.instance.unit
        alive = unit is not None and unit.runs
        seen = (self.instance.process, self.live, self.instance.listeners, self.answered)
        return alive or any(seen)

    @property
    def directives(self) -> Mapping[str, str] | None:
        """``CONFIG GET *``, ``None`` when it could not be read."""
        return self.live.config if self.live and self.live.config else None

    @property
    def file(self) -> ConfigFacts | None:
        """The configuration file, ``None`` when it could not be read."""
        return None if isinstance(self.instance.config, Unreadable) else self.instance.config

    @property
    def configuration(self) -> ResolvedConfig:
        """The values of its directives, in effect and at the next start."""
        return configuration_of(self.instance)

    @property
    def version(self) -> str:
        """The server's version, empty when unknown."""
        if self.live and self.live.version:
            return self.live.version
        return "" if isinstance(self.instance.version, Unreadable) else self.instance.version

    @property
    def major(self) -> int:
        """First number of the version; 0 when unknown. KeyDB counts as the Redis 6 that it left."""
        if self.instance.flavour is Flavour.KEYDB:
            return 6
        return number(self.version.split(".")[0]) or 0

    @property
    def rules_version(self) -> str:
        """The version to judge ACL rules by; empty (the newest) where it is older than ACL itself or no version."""
        return self.version if self.major >= _FIRST_WITH_ACL else ""

    @property
    def role(self) -> Role | None:
        """What it is to other servers, ``None`` when neither the server nor its file says."""
        if self.live:
            return self.live.role
        if self._shown_mode or not self.file:
            return self._shown_mode
        configuration = self.configuration
        if configuration.lines_of("sentinel"):
            return Role.SENTINEL
        if configuration.after_start("cluster-enabled").lower() == "yes":
            return Role.CLUSTER
        if configuration.next_start("replicaof"):
            return Role.REPLICA
        return None if self.running else Role.STANDALONE

    @property
    def mode(self) -> Role | None:
        """Whether it is a Sentinel, a cluster node or (STANDALONE) neither; ``None`` when nothing shows it.

        A server takes this mode when it starts, so its file tells it while it runs.
        """
        if self.role in (Role.SENTINEL, Role.CLUSTER):
            return self.role
        return Role.STANDALONE if self.role is not None or self.file else None

    @property
    def _shown_mode(self) -> Role | None:
        """The mode in the title of its process (redis ``src/server.c``, ``redisSetProcTitle``)."""
        words = self.instance.process.arguments if self.instance.process else ()
        if {"--sentinel", "[sentinel]"} & set(words):
            return Role.SENTINEL
        return Role.CLUSTER if "[cluster]" in words else None

    # --- its sockets -----------------------------------------------------------------------------

    @property
    def tcp(self) -> tuple[Listener, ...]:
        """Its TCP listeners, as the kernel sees them."""
        return tuple(each for each in self.instance.listeners if not each.unix)

    @property
    def sockets(self) -> tuple[Listener, ...]:
        """Its unix sockets."""
        return tuple(each for each in self.instance.listeners if each.unix)

    @property
    def answered(self) -> tuple[Probe, ...]:
        """Probes of listeners that accept; refused ones listen no longer."""
        return tuple(each for each in self.instance.probes if each.answer is not ProbeAnswer.REFUSED)

    @property
    def data_disk(self) -> Space | None:
        """The file system of its data directory, ``None`` when it was not read."""
        path = self.configuration.value("dir").rstrip("/") or "/"
        return next((each for each in self.instance.space if str(each.path) == path), None)

    # --- the rest of the host --------------------------------------------------------------------

    def kernel(self, key: str) -> KernelSetting | None:
        """One kernel setting, ``None`` when it was not looked at."""
        return next((each for each in self.facts.kernel if each.key == key), None)

    # --- why not ---------------------------------------------------------------------------------

    def look_again(self, what: str) -> str:
        """Return what makes it possible to read something of the machine."""
        if self.facts.tree is not None:
            return "Check on the running host, not in a directory tree."
        if not self.facts.root:
            return AS_ROOT
        return f"Find out what hides {what} from root: a container, or a kernel without it."

    def cannot_ask(self, what: str) -> Judgement:
        """Return that something could not be read from the server, why, and what would help."""
        if isinstance(self.instance.live, Unreadable):
            return unknown(f"{what} could not be read from the server: {self.instance.live.why}.", fix=LOGIN)
        if self.role is Role.SENTINEL:
            return unknown(
                f"{what} could not be read: a Sentinel has no such command.",
                fix="Check the servers that it monitors: CLIENT LIST there shows by which port it came.",
            )
        renamed = [name for name in self.instance.live.missing_commands if what.lower().split(" ")[0] == name]
        if renamed:
            return unknown(
                f"{what} could not be read: the server has no {renamed[0].upper()} under this name (rename-command).",
                fix=f"Deny {renamed[0].upper()} by ACL instead of renaming it, and check again. Until then root can "
                "run it by its new name, which the configuration file has.",
            )
        refused = [each for each in self.instance.live.unreadable if each.what.lower() in what.lower()]
        why = refused[0].why if refused else f"user {self.instance.live.user} got no answer"
        return unknown(f"{what} could not be read from the server: {why}.", fix=LOGIN)

    def of_file_alone(self, judged: Judgement, source: str) -> Judgement:
        """Return what was judged without the server: unknown where it runs, else with the file that speaks alone.

        A failure of the file is one whatever the server does.
        """
        if judged.state is State.FAIL:
            return judged
        if self.running:
            return self.cannot_ask("ACL LIST")
        if judged.state is not State.PASS:
            return judged
        return replace(judged, summary=f"{judged.summary} The server does not run: {source} alone was read.")

    def cannot_read_file(self) -> Judgement:
        """Return that the configuration file could not be read, and why."""
        config = self.instance.config
        why = f"{config.what}: {config.why}" if isinstance(config, Unreadable) else "it was read"
        return unknown(
            f"The configuration file could not be read ({why}).",
            fix=f"{'' if self.facts.root else AS_ROOT + ' '}Name the file with --config.".strip(),
        )

    def cannot_read_acl(self, acl: Unreadable) -> Judgement:
        """Return that the ACL file could not be read, and why."""
        if acl.why == ABSENT:
            return unknown(f"The ACL file {acl.what} does not exist.", fix="Create it, or correct aclfile.")
        return unknown(f"The ACL file could not be read ({acl.why}).", fix=AS_ROOT)


def subject(facts: HostFacts, name: str, attestations: Sequence[Attestation], today: date) -> CheckContext:
    """Return what is known of the instance of a name.

    Raises:
        InvalidValueError: there is none, none of this name, or several and no name.
    """
    found = [each for each in facts.instances if name in ("", each.name)]
    if len(found) == 1:
        return CheckContext(facts=facts, instance=found[0], attestations=tuple(attestations), today=today)
    known = ", ".join(each.name for each in facts.instances)
    if not facts.instances:
        raise InvalidValueError(
            f"{facts.display_name} has no Redis or Valkey server to check; name its configuration file with --config"
        )
    if not found:
        raise InvalidValueError(f"{facts.display_name} has no instance {name}; it has {known}")
    raise InvalidValueError(f"{facts.display_name} has several instances ({known}); choose one with --instance")
