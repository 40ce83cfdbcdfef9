"""Run the wizard on the fake engine in a real terminal; how it misbehaves is said by arguments."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from screens.app import run
from screens.engine import FieldProblem, Job
from screens.options import Options
from tests.support.fake_engine import FakeEngine
from wizard.errors import WizardError
from wizard.model.answers import Answers, Draft
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.value import Secret, to_json

SECRET = "S3CRET-of-a-test"
STARTED = time.monotonic()


class Crashing(FakeEngine):
    """An engine with a mistake in it, and a secret around."""

    def problems(self, answers: Answers, facts: HostFacts, instance: Instance | None) -> Sequence[FieldProblem]:
        """Fail."""
        password = SECRET
        raise ValueError(password)


class Slow(FakeEngine):
    """An engine whose apply begins when a file vanishes."""

    def apply(self, plan: Plan, login: Login | None, passwords: Mapping[str, Secret], secrets_to: str) -> Job:
        """Take long to begin."""
        while Path(sys.argv[2]).exists():
            time.sleep(0.02)
        return super().apply(plan, login, passwords, secrets_to)


class Drafting(FakeEngine):
    """An engine that writes a draft where a test finds it."""

    def save_draft(self, draft: Draft) -> None:
        """Write the text of its answers."""
        Path(sys.argv[2]).write_text(to_json(draft), encoding="utf-8")


class Waiting(FakeEngine):
    """An engine whose time runs."""

    def clock(self) -> float:
        """Give a clock that runs from where the fake one stands still."""
        return self.now + time.monotonic() - STARTED


def main() -> int:
    """Run and say that the end was reached."""
    kinds = {"crash": Crashing, "drafting": Drafting, "slow": Slow, "waiting": Waiting}
    engine = kinds.get(sys.argv[1] if len(sys.argv) > 1 else "", FakeEngine)()
    try:
        status = run(Options(host=None, acting=None), engine)  # type: ignore[arg-type]  # the fake engine never looks at it
    except WizardError as error:
        sys.stderr.write(f"redis-wizard: {error}\n")
        return error.exit_status
    if len(sys.argv) > 2:
        Path(f"{sys.argv[2]}.done").write_text(" ".join(engine.done), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
