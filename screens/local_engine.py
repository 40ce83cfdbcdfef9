"""The product below the screens, called where it is: the one real `Engine`.

Every heavy package is imported inside the method that needs it, from a thread, after the first
paint. What may not live here: a decision; each method is one call.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from screens.engine import Detection, FieldProblem, Job
from wizard.host.port import Host
from wizard.model.answers import Answers, Attestation, Recommendation, UserAnswer
from wizard.model.facts import Flavour, HostFacts, Instance
from wizard.model.finding import Report
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.value import Secret

if TYPE_CHECKING:
    from wizard.acl.user import User

# ruff: noqa: PLC0415 - imports inside of methods keep the first paint cheap


class LocalEngine:
    """Calls the product on one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def detect(self, login: Login | None, config: PurePosixPath | None) -> Detection:
        """Look at the host."""
        from wizard.detect.collect import collect

        return collect(self._host, config=config, login=login)

    def choose(self, facts: HostFacts, name: str) -> Instance:
        """Choose the instance."""
        from wizard.planning.choose import choose

        return choose(facts, name)

    def recommend(self, facts: HostFacts, instance: Instance) -> Recommendation:
        """Give the answers that the facts suggest."""
        from wizard.planning.recommend import recommend

        return recommend(facts, instance)

    def plan(self, detection: Detection, answers: Answers, instance: str, left_out: frozenset[str]) -> Plan:
        """Make the plan, without the changes that the operator left out."""
        from wizard.planning.plan import plan

        return plan(detection.facts, detection.sources, answers, instance=instance)

    def problems(self, answers: Answers, facts: HostFacts, instance: Instance) -> Sequence[FieldProblem]:
        """Judge the answers."""
        from wizard.planning.validate import problems

        return problems(answers, facts, instance)

    def check(self, facts: HostFacts, instance: str, attestations: Sequence[Attestation], today: date) -> Report:
        """Run the checklist."""
        from wizard.checklist.registry import check

        return check(facts, instance=instance, attestations=attestations, today=today)

    def rules(self, user: UserAnswer, instance: Instance) -> str:
        """Give the rules of a role, with the keys and channels of the user."""
        from wizard.acl.presets import rules
        from wizard.model.answers import AclRole

        if user.role is AclRole.CUSTOM:
            patterns = [*(f"~{key}" for key in user.keys), *(f"&{channel}" for channel in user.channels)]
            return " ".join((*patterns, user.rules))
        return rules(
            user.role, keys=user.keys, channels=user.channels, flavour=instance.flavour, version=_version(instance)
        )

    def may(self, user: UserAnswer, command: Sequence[str], instance: Instance) -> str:
        """Evaluate a command by the planned rules."""
        from wizard.acl.evaluate import may

        verdict = may(
            self._user(user, instance),
            command,
            keys=(),
            channels=(),
            flavour=instance.flavour,
            version=_version(instance),
        )
        return str(verdict)

    def _user(self, user: UserAnswer, instance: Instance) -> "User":
        from wizard.acl.user import parse_line

        state = "on" if user.enabled else "off"
        return parse_line(f"user {user.name} {state} {self.rules(user, instance)}")

    def passwords(self, plan: Plan) -> Mapping[str, Secret]:
        """Draw the passwords that a plan needs."""
        from wizard.apply.client import draw_passwords

        return draw_passwords(plan)

    def apply(self, plan: Plan, login: Login | None, passwords: Mapping[str, Secret]) -> Job:
        """Start to apply."""
        from wizard.apply.client import start

        return start(self._host, plan, login=login, passwords=passwords, confirm_within=0)

    def snapshots(self) -> Sequence[Snapshot]:
        """List the snapshots, newest first."""
        from wizard.snapshots.store import Store

        return sorted(Store(self._host).listing(), key=lambda snapshot: snapshot.id, reverse=True)

    def rollback(self, snapshot: str, login: Login | None) -> Job:
        """Start to put a snapshot back."""
        from wizard.apply.client import start_rollback

        return start_rollback(self._host, snapshot, login=login)


def _version(instance: Instance) -> str:
    fallback = {Flavour.VALKEY: "8.1.0"}.get(instance.flavour, "7.4.0")
    return instance.version if isinstance(instance.version, str) else fallback
