"""What the screens ask of the rest of the product, and the one real answer to it.

Every method may take a while and is called from a thread, but the pure ones marked so. What may not
live here: a widget. Heavy packages are imported when a method needs them, never before.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Protocol

from wizard.model.answers import Answers, Attestation, Recommendation, UserAnswer
from wizard.model.event import Event, Outcome
from wizard.model.facts import HostFacts, Instance
from wizard.model.finding import Report
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.sources import FileContents
from wizard.model.status import ApplyStatus
from wizard.model.value import Secret


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
    """Why an answer cannot be."""

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
    """An apply or rollback that runs by itself; whoever has one follows it and may decide."""

    def events(self) -> Iterator[Event]:
        """Give each event from the first on, as it comes, and end after the last."""
        ...

    def outcome(self) -> Outcome:
        """Give the end; raises what went wrong."""
        ...

    def confirm(self) -> bool:
        """Keep the change; false when it was decided otherwise before. Raises WizardError."""
        ...

    def rollback(self) -> bool:
        """Ask for it to be taken back; false when it was kept before. Raises WizardError."""
        ...


class Engine(Protocol):
    """The product below the screens."""

    @property
    def confirm_within(self) -> int:
        """Seconds in which an apply must be confirmed; 0: no confirmation is asked for."""
        ...

    def detect(self, login: Login | None, config: PurePosixPath | None, name: str = "") -> Detection:
        """Look at the host; the login goes to the instance of this name. Raises WizardError."""
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
        """Pure. Judge the answers."""
        ...

    def check(self, facts: HostFacts, instance: str, attestations: Sequence[Attestation], today: date) -> Report:
        """Pure. Run the checklist."""
        ...

    def rules(self, user: UserAnswer, instance: Instance | None) -> str:
        """Pure. Give the ACL rules that a user gets; raises InvalidValueError."""
        ...

    def may(self, user: UserAnswer, command: Sequence[str], instance: Instance | None) -> str:
        """Pure. Say whether a user may run a command, in one sentence that begins with yes or no."""
        ...

    def answers_text(self, answers: Answers, recommendation: Recommendation) -> str:
        """Pure. Write the answers as the text of an answers file."""
        ...

    def passwords(self, plan: Plan) -> Mapping[str, Secret]:
        """Draw the passwords that a plan needs."""
        ...

    def apply(self, plan: Plan, login: Login | None, passwords: Mapping[str, Secret], secrets_to: str) -> Job:
        """Start to apply; `secrets_to` names the file that the passwords were written to, if any."""
        ...

    def status(self) -> ApplyStatus | None:
        """Tell where the open apply or rollback stands, else the newest; raises WizardError."""
        ...

    def attach(self, identity: str) -> Job:
        """Follow one that another login has begun; raises WizardError."""
        ...

    def pending_passwords(self, identity: str) -> Mapping[str, Secret]:
        """Give the new passwords of one that is not at its end; raises WizardError."""
        ...

    def recover(self, identity: str) -> Job:
        """Bring one that was cut off to its end."""
        ...

    def clock(self) -> float:
        """Pure. Give the time in which deadlines are told."""
        ...

    def snapshots(self) -> Sequence[Snapshot]:
        """List the snapshots, newest first; raises WizardError."""
        ...

    def in_force(self) -> Collection[str]:
        """Name the snapshots whose applies are in force; raises WizardError."""
        ...

    def out_of_turn(self, snapshot: Snapshot) -> str:
        """Tell why it is not put back while others are in force; empty when it may be; raises WizardError."""
        ...

    def manual_changes(self, snapshot: Snapshot, login: Login | None) -> Sequence[str]:
        """Tell what others did since, and going back would overwrite, in lines; raises WizardError."""
        ...

    def rollback(self, snapshot: str, login: Login | None, *, accepted: bool) -> Job:
        """Start to put a snapshot back, with the word that keys may be lost or without."""
        ...
