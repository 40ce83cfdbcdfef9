"""What the phases of one apply share while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wizard.changes.staging import Staged
from wizard.config import ResolvedConfig, configuration_of, resolve
from wizard.errors import PlanError
from wizard.host.port import Host
from wizard.jobs.journal_writer import Journal
from wizard.model.dataset import DatasetStats
from wizard.model.exposure import Exposure
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.value import Secret
from wizard.server.sessions import Connector
from wizard.snapshots.store import Store


class PlanView(Protocol):
    """What the new endpoints and logins of a server follow from; an apply has it, and a recovery after a crash too."""

    @property
    def host(self) -> Host:
        """The machine."""
        ...

    @property
    def plan(self) -> Plan:
        """What was to be done."""
        ...

    @property
    def passwords(self) -> Mapping[str, Secret]:
        """The new ones, by user."""
        ...


@dataclass(slots=True, kw_only=True)
class PlanContext:
    """One plan on the host that it was made for: enough to stage and to rehearse it."""

    host: Host
    plan: Plan
    journal: Journal
    login: Login | None = field(repr=False)
    passwords: Mapping[str, Secret] = field(repr=False)
    facts: HostFacts
    """As they were when the lock was taken."""
    instance: Instance | None
    """The server in question; ``None`` when none is installed yet."""
    staged: Staged = field(default_factory=Staged)
    checks: list[str] = field(default_factory=list)
    """What was seen to be right, one sentence each."""

    @property
    def server(self) -> Instance:
        """The server in question.

        Raises:
            PlanError: none is installed.
        """
        if self.instance is None:
            raise PlanError("no server is installed yet; install one and plan again")
        return self.instance

    @property
    def config(self) -> ConfigFacts | None:
        """Its configuration as it was, ``None`` when it could not be read."""
        return self.instance.config if self.instance and isinstance(self.instance.config, ConfigFacts) else None

    @property
    def configuration(self) -> ResolvedConfig:
        """Return the values of the server's directives; where none is installed yet, none is known."""
        return configuration_of(self.instance) if self.instance else ResolvedConfig(lines=None)

    @property
    def live(self) -> LiveServer | None:
        """What it reported before the change, ``None`` when it does not run or refused the login."""
        return self.instance.live if self.instance and isinstance(self.instance.live, LiveServer) else None

    @property
    def is_running_host(self) -> bool:
        """The host is the running machine, not a directory tree."""
        return self.host.tree is None


@dataclass(slots=True, kw_only=True)
class ApplyContext(PlanContext):
    """One running apply."""

    store: Store
    confirm_within: int
    """Seconds that the operator has to confirm; 0 asks for no confirmation."""
    identity: str
    """Name of this apply and of its snapshot."""
    snapshot: Snapshot
    connector: Connector = field(default_factory=Connector)
    changed_at: float | None = None
    """When the first change began, by the monotonic clock."""
    restarted: bool = False
    """The server was asked to restart."""
    restarted_at: float = 0.0
    """When it answered again, by the monotonic clock."""
    unit_state_before: Mapping[str, str] = field(default_factory=dict)
    """Identifies the run of the server's unit before the first change."""
    unit_state: Mapping[str, str] = field(default_factory=dict)
    """The same when it answered again."""
    downtime_seconds: float = 0.0
    dataset_before: DatasetStats | None = None
    """The dataset before the first change, or just before the restart; ``None`` where no login could ask for it."""
    dataset_after: DatasetStats | None = None
    exposure: Exposure | None = None
    """What an unauthenticated client can still reach, tried after the change; ``None`` while it was not tried."""

    @property
    def keys_before(self) -> int | None:
        """Keys before the change."""
        return self.dataset_before.keys if self.dataset_before else None

    @property
    def keys_after(self) -> int | None:
        """Keys after it."""
        return self.dataset_after.keys if self.dataset_after else None

    @property
    def server_is_seen(self) -> bool:
        """A server was running before the apply, or it was restarted: it can be looked at from outside."""
        return self.is_running_host and self.instance is not None and (self.live is not None or self.restarted)


def planned_configuration(run: PlanContext) -> ResolvedConfig:
    """The configuration as it will be, or is once it is committed."""
    return resolve(run.host, run.plan.config, {file.path: file.data for file in run.staged.files}, run.instance)
