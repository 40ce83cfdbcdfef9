"""What the screens ask of the rest of the product.

Every method may take a while and is called from a thread, but the pure ones marked so.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from wizard.model.answers import Answers, Attestation, Draft, Recommendation, UserAnswer
from wizard.model.event import Event, Outcome
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.finding import Report
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.sources import FileContents
from wizard.model.status import ApplyStatus
from wizard.model.value import Secret

if TYPE_CHECKING:  # the first paint needs none of them
    from wizard.drift import Drift
    from wizard.rollback import RestorePreview
    from wizard.snapshots.compare import Difference
    from wizard.snapshots.integrity import Audit
    from wizard.snapshots.listing import Listing
    from wizard.snapshots.prune import Pruning


class Detection(Protocol):
    """What was read of the host."""

    @property
    def facts(self) -> HostFacts:
        """All that may be shown."""
        ...

    @property
    def sources(self) -> FileContents:
        """File contents, for planning only."""
        ...


class FieldProblem(Protocol):
    """Why an answer is refused."""

    @property
    def field(self) -> str:
        """``section.field``, with more behind it for a part of a field."""
        ...

    @property
    def text(self) -> str:
        """One sentence: what is wrong, the value, what to do."""
        ...

    @property
    def blocking(self) -> bool:
        """No plan is made with it."""
        ...


class Job(Protocol):
    """An apply or rollback that runs on its own; it can be followed and decided."""

    def events(self) -> Iterator[Event]:
        """Yield each event from the first on, as it comes, until the last."""
        ...

    def outcome(self) -> Outcome:
        """Return how it finished; raises what went wrong."""
        ...

    def confirm(self) -> bool:
        """Confirm the change; false when it was rolled back before. Raises WizardError."""
        ...

    def rollback(self) -> bool:
        """Roll back the change; false when it was confirmed before. Raises WizardError."""
        ...

    def extend(self, seconds: float) -> float:
        """Wait longer for the confirmation; return the seconds that are left then. Raises WizardError."""
        ...


class Engine(Protocol):
    """The product below the screens."""

    @property
    def may_change(self) -> bool:
        """Whether this run may change the host."""
        ...

    @property
    def confirm_within(self) -> int:
        """Seconds in which an apply must be confirmed; 0: no confirmation is asked for."""
        ...

    @property
    def command_options(self) -> str:
        """Options by which a command of another login means this host."""
        ...

    def detect(self, login: Login | None, config: PurePosixPath | None, name: str = "") -> Detection:
        """Return what is read of the host; the login goes to the instance of this name. Raises WizardError."""
        ...

    def choose(self, facts: HostFacts, name: str) -> Instance:
        """Pure. Choose the instance; raises PlanError when there is none or several."""
        ...

    def recommend(self, facts: HostFacts, instance: Instance | None) -> Recommendation:
        """Pure. Give the answers that the facts suggest."""
        ...

    def plan(self, detection: Detection, answers: Answers, instance: str, left_out: frozenset[str]) -> Plan:
        """Pure. Make the plan without some changes; raises WizardError."""
        ...

    def problems(self, answers: Answers, facts: HostFacts, instance: Instance | None) -> Sequence[FieldProblem]:
        """Judge the answers, and the certificate that they name, at each stored field: quick."""
        ...

    def check(self, facts: HostFacts, instance: str, attestations: Sequence[Attestation], today: date) -> Report:
        """Run the checklist, with what was attested on the host and these; raises WizardError."""
        ...

    def attest(self, instance: str, attestation: Attestation, today: date) -> None:
        """Keep an attestation on the host; raises WizardError."""
        ...

    def left_by_applies(self, instance: str) -> Mapping[str, str]:
        """Return the values that the applies in effect left, by directive or kernel key; raises WizardError."""
        ...

    def drift(self, facts: HostFacts, instance: Instance | None) -> "Drift | None":
        """Return what differs since the last apply; ``None`` where none is in force; raises WizardError."""
        ...

    def rules(self, user: UserAnswer, instance: Instance | None) -> str:
        """Pure. Give the ACL rules that a user gets; raises InvalidValueError."""
        ...

    def may(self, user: UserAnswer, command: Sequence[str], instance: Instance | None) -> str:
        """Pure. Return whether a user may run a command, in one sentence that begins with yes or no."""
        ...

    def try_now(
        self, facts: HostFacts, instance: Instance, user: str, command: Sequence[str], login: Login | None
    ) -> str:
        """Return whether a user may run a command now, by the server where it can be asked; raises WizardError."""
        ...

    def answers_text(self, answers: Answers, recommendation: Recommendation) -> str:
        """Pure. Write the answers as the text of an answers file."""
        ...

    def save_draft(self, draft: Draft) -> None:
        """Write the answers that were not applied; raises WizardError."""
        ...

    def load_draft(self) -> Draft | None:
        """Return the answers of an earlier run that were not applied; raises WizardError."""
        ...

    def discard_draft(self) -> None:
        """Remove them; raises WizardError."""
        ...

    def passwords(self, plan: Plan) -> Mapping[str, Secret]:
        """Generate the passwords that a plan needs."""
        ...

    def apply(self, plan: Plan, login: Login | None, passwords: Mapping[str, Secret], secrets_to: str) -> Job:
        """Start an apply; `secrets_to` names the file that the passwords were written to, if any."""
        ...

    def rehearse(self, plan: Plan, login: Login | None) -> Job:
        """Begin to rehearse a plan: nothing is changed; raises WizardError."""
        ...

    def status(self) -> ApplyStatus | None:
        """Return the status of the unfinished apply or rollback, else of the newest; raises WizardError."""
        ...

    def attach(self, identity: str) -> Job:
        """Return a job that another login has started; raises WizardError."""
        ...

    def pending_passwords(self, identity: str) -> Mapping[str, Secret]:
        """Return the new passwords of an unfinished apply; raises WizardError."""
        ...

    def recover(self, identity: str) -> Job:
        """Recover an interrupted job."""
        ...

    def clock(self) -> float:
        """Pure. Return the time by the clock of the deadlines."""
        ...

    def snapshots(self) -> "Listing":
        """List the snapshots; raises WizardError."""
        ...

    def changed_since(self, snapshot: Snapshot, facts: HostFacts) -> "Difference":
        """Return what changed since a snapshot; raises WizardError."""
        ...

    def verify_snapshot(self, snapshot: str) -> "Audit":
        """Read every byte of a snapshot; raises WizardError."""
        ...

    def keep_snapshot(self, snapshot: str, *, kept: bool) -> None:
        """Exempt a snapshot from pruning, or let it be pruned again; raises WizardError."""
        ...

    def preview_prune(self) -> "Pruning":
        """Return which snapshots pruning would remove; raises WizardError."""
        ...

    def prune(self) -> "Pruning":
        """Remove them; raises WizardError."""
        ...

    def preview_restore(self, snapshot: Snapshot, login: Login | None) -> "RestorePreview":
        """Return what a rollback to a snapshot would change; raises WizardError."""
        ...

    def rollback(self, snapshot: str, login: Login | None, *, accepted: bool) -> Job:
        """Start a rollback; `accepted`: the operator consents to a loss of keys."""
        ...
