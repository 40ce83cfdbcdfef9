"""A dry run: everything of an apply that changes nothing. Its journal is in memory."""

import time
from collections.abc import Callable, Mapping, Sequence

from wizard.host.port import Host
from wizard.jobs import lock
from wizard.jobs.journal_writer import Journal, describe
from wizard.model.event import Event, Outcome, Phase, Result
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.text import counted
from wizard.model.value import Secret


class _Told(Journal):
    """A journal that is told and never written."""

    def __init__(self, host: Host, identity: str, tell: Callable[[Event], None]) -> None:
        super().__init__(host, identity)
        self._tell = tell

    def append(self, events: Sequence[Event], *, durable: bool) -> None:  # noqa: ARG002 - nothing is written
        for event in events:
            self._tell(event)


def rehearse(
    host: Host,
    plan: Plan,
    *,
    login: Login | None,
    passwords: Mapping[str, Secret],
    tell: Callable[[Event], None],
) -> Outcome:
    """Detect the host again, stage every file in memory, and run the server's binary on the planned configuration.

    Args:
        host: The machine. The lock file is made, with its directory, and a directory below ``/run`` that is removed
            again; nothing else is written.
        plan: The plan.
        login: For the server as it is now.
        passwords: Of the rehearsal alone, by user.
        tell: Takes each event as it comes.

    Returns:
        `Result.NOTHING` where the rehearsal passed, with its checks; else `Result.REFUSED`.
    """
    started = time.monotonic()
    journal = _Told(host, plan.id, tell)
    found: list[str] = []
    try:
        # An apply at the same time would remove the rehearsal.
        with lock.hold(host):
            found = _rehearse(host, plan, login, passwords, journal)
        result, summary = Result.NOTHING, f"{counted(len(found), 'check')} passed. Nothing was changed."
    except Exception as error:  # noqa: BLE001 - whatever it is, the host is as it was
        journal.failed(Phase.REHEARSE, describe(error))
        result, summary = Result.REFUSED, f"Nothing was changed: {describe(error)}"
    return Outcome(result=result, summary=summary, seconds=round(time.monotonic() - started, 3), checks=tuple(found))


def _rehearse(
    host: Host, plan: Plan, login: Login | None, passwords: Mapping[str, Secret], journal: Journal
) -> list[str]:
    from wizard.apply.prepare import concerns_server, detect_again, stage_plan  # noqa: PLC0415 - a guard loads us too
    from wizard.changes.context import PlanContext  # noqa: PLC0415 - as above
    from wizard.rehearsal import rehearse_plan  # noqa: PLC0415 - as above

    with journal.step(Phase.LOCK, "Detect the host again"):
        detection, instance = detect_again(host, plan, login)
    run = PlanContext(
        host=host,
        plan=plan,
        journal=journal,
        login=login,
        passwords=passwords,
        facts=detection.facts,
        instance=instance,
    )
    with journal.step(Phase.STAGE, "Generate keys and stage every file"):
        run.staged = stage_plan(run, detection)
        run.checks.append(f"{counted(len(run.staged.files), 'file')} can be written as planned")
    if run.is_running_host and instance is not None and concerns_server(plan):
        with journal.step(Phase.REHEARSE, "Rehearse on a private server"):
            rehearse_plan(run)
    return run.checks
