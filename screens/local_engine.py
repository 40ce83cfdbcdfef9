"""The product below the screens, called where it is: the one real `Engine`.

Every heavy package is imported inside the method that needs it, from a thread, after the first
paint.
"""

import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from screens.engine import Detection, FieldProblem, Job
from wizard.errors import NotPermittedError, UnsupportedError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.answers import Answers, Attestation, Draft, Recommendation, UserAnswer
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.finding import Report
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.status import ApplyStatus
from wizard.model.value import Secret

if TYPE_CHECKING:  # the first paint needs none of them
    from wizard.drift import Drift
    from wizard.rollback import RestorePreview
    from wizard.snapshots.compare import Difference
    from wizard.snapshots.integrity import Audit
    from wizard.snapshots.listing import Listing
    from wizard.snapshots.prune import Pruning

# ruff: noqa: PLC0415 - imports inside of methods keep the first paint cheap

CONFIRM_WITHIN = 300
"""Seconds in which the operator must confirm a change; a directory tree needs no confirmation."""


class LocalEngine:
    """Calls the product on one host.

    Args:
        host: The host to look at.
        acting: The same, to change it; ``None`` in a dry run.
    """

    def __init__(self, host: HostReader, acting: Host | None) -> None:
        self._host = host
        self._acting = acting
        self.may_change = acting is not None
        self.confirm_within = CONFIRM_WITHIN if host.tree is None else 0

    @property
    def command_options(self) -> str:
        """Options by which a command of another login means this host."""
        return shlex.join(self._host.reopen_arguments or ())

    def detect(self, login: Login | None, config: PurePosixPath | None, name: str = "") -> Detection:
        """Return what is read of the host."""
        from wizard.detect import collect_facts

        return collect_facts(self._host, config=config, login=login, instance=name)

    def choose(self, facts: HostFacts, name: str) -> Instance:
        """Choose the instance."""
        from wizard.planning.select_instance import choose

        return choose(facts, name)

    def recommend(self, facts: HostFacts, instance: Instance | None) -> Recommendation:
        """Return the answers that the facts suggest."""
        from wizard.planning.recommend.answers import recommend

        return recommend(facts, instance)

    def plan(self, detection: Detection, answers: Answers, instance: str, left_out: frozenset[str]) -> Plan:
        """Return the plan, without the changes that the operator left out."""
        from wizard.app import make_plan

        return make_plan(detection.facts, detection.sources, answers, instance=instance, left_out=left_out)

    def problems(self, answers: Answers, facts: HostFacts, instance: Instance | None) -> Sequence[FieldProblem]:
        """Judge the answers."""
        from wizard.detect import read_imported_certificate
        from wizard.planning.validation.host import validate_for_host

        imported = read_imported_certificate(self._host, answers.tls, facts.taken_at)
        return validate_for_host(answers, facts, instance, imported)

    def check(self, facts: HostFacts, instance: str, attestations: Sequence[Attestation], today: date) -> Report:
        """Run the checklist."""
        from wizard.attestations import attestations_of
        from wizard.checklist import check

        recorded: Sequence[Attestation] = ()
        with suppress(NotPermittedError):
            recorded = attestations_of(self._host, instance)
        return check(facts, instance=instance, attestations=(*recorded, *attestations), today=today)

    def attest(self, instance: str, attestation: Attestation, today: date) -> None:
        """Keep an attestation on the host."""
        from wizard.app import attest

        attest(self._to_change(), instance, attestation, today=today)

    def left_by_applies(self, instance: str) -> Mapping[str, str]:
        """Return the values that the applies in effect left."""
        from wizard.drift import values_left

        return values_left(self._host, instance)

    def drift(self, facts: HostFacts, instance: Instance | None) -> "Drift | None":
        """Return what differs since the last apply."""
        from wizard.drift import read_drift

        return read_drift(self._host, facts, instance)

    def rules(self, user: UserAnswer, instance: Instance | None) -> str:
        """Return the rules of a role, with the keys and channels of the user."""
        from screens.text.users import server_version
        from wizard.acl.presets import answered_rules

        return answered_rules(user, *server_version(instance))

    def may(self, user: UserAnswer, command: Sequence[str], instance: Instance | None) -> str:
        """Evaluate a command by the planned rules."""
        from screens.text.users import server_version
        from wizard.acl.evaluate import is_allowed
        from wizard.acl.user import parse_line

        if not command:
            return "type a command, for example GET app:1"
        flavour, version = server_version(instance)
        planned = parse_line(f"user {user.name} on {self.rules(user, instance)}")
        verdict = is_allowed(planned, command, flavour=flavour, version=version)
        return verdict.sentence(command[0], flavour, version)

    def try_now(
        self, facts: HostFacts, instance: Instance, user: str, command: Sequence[str], login: Login | None
    ) -> str:
        """Ask the server, else the rules that are in effect."""
        from wizard.command_trial import try_command

        return try_command(self._host, facts, instance, user, command, login)

    def answers_text(self, answers: Answers, recommendation: Recommendation) -> str:
        """Return the answers as TOML, with the reasons of the recommended ones."""
        from wizard.planning.answers_file import render

        return render(answers, recommendation.reasons)

    def save_draft(self, draft: Draft) -> None:
        """Write the answers that were not applied."""
        from wizard import draft as drafts

        drafts.save(self._to_change(), draft)

    def load_draft(self) -> Draft | None:
        """Return the answers of an earlier run that were not applied."""
        from wizard import draft as drafts

        return drafts.load(self._host)

    def discard_draft(self) -> None:
        """Remove them."""
        from wizard import draft as drafts

        drafts.remove(self._to_change())

    def passwords(self, plan: Plan) -> Mapping[str, Secret]:
        """Generate the passwords that a plan needs."""
        from wizard.app import generate_passwords

        return generate_passwords(plan)

    def apply(self, plan: Plan, login: Login | None, passwords: Mapping[str, Secret], secrets_to: str) -> Job:
        """Start an apply."""
        from wizard.app import start

        return start(
            self._to_change(),
            plan,
            login=login,
            passwords=passwords,
            confirm_within=self.confirm_within,
            secrets_to=secrets_to,
        )

    def rehearse(self, plan: Plan, login: Login | None) -> Job:
        """Begin to rehearse a plan."""
        from wizard.app import rehearse

        return rehearse(self._to_change(), plan, login=login)

    def status(self) -> ApplyStatus | None:
        """Return the status of the unfinished apply, else of the newest."""
        from wizard.app import status

        return status(self._host)

    def attach(self, identity: str) -> Job:
        """Return a job that another login has started."""
        from wizard.app import attach

        return attach(self._to_change(), identity)

    def pending_passwords(self, identity: str) -> Mapping[str, Secret]:
        """Return the new passwords of an unfinished apply."""
        from wizard.app import pending_passwords

        return pending_passwords(self._host, identity)

    def recover(self, identity: str) -> Job:
        """Recover an interrupted job."""
        from screens.follower import Recovery
        from wizard.app import recover

        return Recovery(lambda: recover(self._to_change()), self.attach(identity))

    def clock(self) -> float:
        """Return the clock that jumps of the time of day do not move, and that counts sleep."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def snapshots(self) -> "Listing":
        """List the snapshots."""
        from wizard.snapshots.listing import list_snapshots

        return list_snapshots(self._host)

    def changed_since(self, snapshot: Snapshot, facts: HostFacts) -> "Difference":
        """Return what changed since a snapshot."""
        from wizard.snapshots.compare_host import compare_with_host

        return compare_with_host(self._host, snapshot, facts)

    def verify_snapshot(self, snapshot: str) -> "Audit":
        """Read every byte of a snapshot."""
        from wizard.snapshots.integrity import audit
        from wizard.snapshots.reader import SnapshotReader

        return audit(SnapshotReader(self._host), snapshot)

    def keep_snapshot(self, snapshot: str, *, kept: bool) -> None:
        """Exempt a snapshot from pruning, or let it be pruned again."""
        from wizard.app import keep_snapshot

        keep_snapshot(self._to_change(), snapshot, kept=kept)

    def preview_prune(self) -> "Pruning":
        """Return which snapshots pruning would remove."""
        from wizard.recovery import preview_prune
        from wizard.snapshots import KEPT_SNAPSHOTS

        return preview_prune(self._host, keep=KEPT_SNAPSHOTS)

    def prune(self) -> "Pruning":
        """Remove them."""
        from wizard.recovery import prune_snapshots
        from wizard.snapshots import KEPT_SNAPSHOTS

        return prune_snapshots(self._to_change(), keep=KEPT_SNAPSHOTS)

    def preview_restore(self, snapshot: Snapshot, login: Login | None) -> "RestorePreview":
        """Return what a rollback to a snapshot would change."""
        from wizard.rollback import preview_restore

        return preview_restore(self._host, snapshot, login)

    def rollback(self, snapshot: str, login: Login | None, *, accepted: bool) -> Job:
        """Start a rollback."""
        from wizard.app import start_rollback

        return start_rollback(self._to_change(), snapshot, login=login, accepted=accepted)

    def _to_change(self) -> Host:
        if self._acting is None:
            raise UnsupportedError("dry run: nothing is changed")
        return self._acting
