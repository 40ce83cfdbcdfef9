"""What the parts of a rollback share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from wizard.acl.merge import Merged
from wizard.host.port import Host
from wizard.jobs.journal_writer import Journal
from wizard.model.dataset import DatasetStats
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.instance import Instance
from wizard.model.snapshot import SavedPath, Snapshot
from wizard.model.value import Value
from wizard.server.sessions import Connector
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.store import Store


class Baseline(Value, frozen=True, kw_only=True):
    """What may be replaced without a check, because the apply wrote it or it is recorded."""

    digests: Mapping[PurePosixPath, str]
    """SHA-256 by path."""
    beside: Mapping[PurePosixPath, SavedPath]
    """Owner, mode and attributes by path."""
    live: Mapping[str, str]
    """Live values that we set or left, or that are remembered, by directive."""
    remembered: bool
    """It is what a snapshot of this rollback's own has, not what the apply wrote."""


@dataclass(slots=True, kw_only=True)
class RollbackContext:
    """One running rollback."""

    host: Host
    journal: Journal
    store: Store
    snapshot: Snapshot
    footprint: ApplyRecord
    instance: Instance | None
    connector: Connector
    known: Baseline | None = None
    """``None``: whatever is there is replaced."""
    restarted: bool
    """The apply restarted the server, so the old state needs a restart too."""
    aof_at_start: bool | None = None
    """The append-only file held the newest data when a rollback that was asked for began, by its own snapshot;
    ``None`` where an apply is rolled back."""
    accepted: bool = False
    """The operator consented to a loss of keys."""
    booting: bool = False
    """The host boots or goes down: no server and no unit is started, stopped or asked."""
    waits_for_server: bool = False
    """All is restored but the line that says where the keys are; it must wait until the server is up."""
    retryable: list[str] = field(default_factory=list)
    """What the host refused to restore now, one sentence each; it can be tried again."""
    differences: list[str] = field(default_factory=list)
    """What is not as it was, one sentence each, with the reason."""
    messages: list[str] = field(default_factory=list)
    """What the operator should know of the way, one sentence each."""
    external_values: dict[str, str] = field(default_factory=dict)
    """Live values that others set since; they stay."""
    users: Mapping[str, Merged] = field(default_factory=dict)
    """Users of the running server as they are wanted, by name; empty where that is not known."""
    users_moved: tuple[str, ...] = ()
    """Those that were in memory alone and are in the ACL file now."""
    dataset_before: DatasetStats | None = None
    """What the server held when the rollback began; ``None`` where no login could ask it."""
    dataset_after: DatasetStats | None = None
    downtime_seconds: float = 0.0
    loads_for_ever: bool = False
    """The server was still reading its data when its time was over."""

    @property
    def keys_before(self) -> int | None:
        """Keys when it began."""
        return self.dataset_before.keys if self.dataset_before else None

    @property
    def keys_after(self) -> int | None:
        """Keys at its end."""
        return self.dataset_after.keys if self.dataset_after else None


def main_config(work: RollbackContext) -> PurePosixPath | None:
    """The main configuration file of the instance."""
    if work.instance is None or not isinstance(work.instance.config, ConfigFacts):
        return None
    return work.instance.config.main
