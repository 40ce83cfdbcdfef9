"""What the commands see of a host on which something is open: the functions of `wizard.app`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.fake_apply import FakeApply, outcome
from wizard.errors import ApplyError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.event import EventKind, Outcome, Phase, Result
from wizard.model.login import Login
from wizard.model.status import ApplyStatus, Operation, Stage
from wizard.model.value import Secret, replace

WAITING = ApplyStatus(
    id="20260504-101112",
    kind=Operation.APPLY,
    stage=Stage.WAITING,
    what="12 changes, 1 restart",
    instance="redis-server",
    by="anna",
    begun_at="2026-05-04T10:11:12.345Z",
    phase=Phase.CONFIRM,
    text="waiting 300 seconds for a confirmation",
    seconds_left=251.5,
)


@dataclass
class FakeClient:
    """Stands in for the functions of `wizard.app`."""

    root: Path
    now: ApplyStatus | None = None
    apply: FakeApply = field(default_factory=FakeApply)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    recovered: Outcome | None = None
    stuck: ApplyError | None = None
    abandoned: bool = False

    def stands(self, stage: Stage, **changes: object) -> None:
        """Let an apply stand so."""
        waits = stage is Stage.WAITING
        self.now = replace(WAITING, stage=stage, seconds_left=251.5 if waits else None, **changes)

    def status(self, host: HostReader, identity: str = "") -> ApplyStatus | None:
        """See the client."""
        assert identity in ("", WAITING.id)
        return self.now

    def attach(self, host: Host, identity: str = "") -> FakeApply:
        """See the client."""
        if self.now is None:
            raise ApplyError("nothing is open")
        return self.apply

    def start_rollback(self, host: Host, snapshot_id: str, *, login: Login | None, accepted: bool = False) -> FakeApply:
        """See the client."""
        assert snapshot_id == WAITING.id
        self.apply.decide(EventKind.REVOKED)
        return self.apply

    def pending_passwords(self, host: HostReader, identity: str) -> Mapping[str, Secret]:
        """See the client."""
        return self.secrets

    def recover(self, host: Host) -> Outcome | None:
        """See the client."""
        if self.stuck:
            raise self.stuck
        return self.recovered

    def abandon(self, host: Host) -> Outcome | None:
        """See the client."""
        self.abandoned = True
        return outcome(Result.INCOMPLETE)
