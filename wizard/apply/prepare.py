"""What comes before the first change of an apply, and is the whole of a dry run but its rehearsal."""

from datetime import UTC, datetime

from wizard.acl.password import hash_password
from wizard.acl.user import parse_line
from wizard.changes.account import group_of
from wizard.changes.context import PlanContext
from wizard.changes.staging import Staged, stage
from wizard.detect import Detection, collect_facts, login_refusal
from wizard.errors import LoginError, PlanError, StalePlanError
from wizard.host.reader import HostReader
from wizard.model.change import InstallPackage, SetUser
from wizard.model.facts.instance import Instance
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.planning.edits.acl_edit import existing_password_hashes
from wizard.planning.fingerprint import describe_changes, fact_fingerprints, fingerprint
from wizard.planning.kinds import traits_of
from wizard.planning.select_instance import choose
from wizard.rollback import connector_of


def detect_again(host: HostReader, plan: Plan, login: Login | None) -> tuple[Detection, Instance | None]:
    """Look at the host as the plan's maker did: with the configuration named, or not.

    Raises:
        StalePlanError: the host has changed since.
        LoginError: the server refuses the login.
    """
    found: list[str] = []
    for config in (None, plan.config):
        detection = collect_facts(host, config=config, login=login, instance=plan.instance)
        try:
            instance = choose(detection.facts, plan.instance)
        except PlanError:
            instance = None
        if fingerprint(detection.facts, instance) == plan.fingerprint:
            return detection, instance
        if instance is not None and (why := login_refusal((instance,), login)):
            raise LoginError(why)
        found.append(describe_changes(plan.fact_fingerprints, fact_fingerprints(detection.facts, instance)))
    what = min(found, key=len) or "a fact that it depends on"
    raise StalePlanError(f"the host has changed since the plan was made: {what}; make the plan again and read it")


def stage_plan(run: PlanContext, detection: Detection) -> Staged:
    """Generate keys and certificates, and render every file, in memory."""
    hashes = existing_password_hashes(detection.sources.mapping()) | _hashes_in_memory(run)
    hashes |= {user: hash_password(password) for user, password in run.passwords.items()}
    return stage(
        run.host, run.plan, run.instance, hashes, service=group_of(run.host, run.instance), now=datetime.now(UTC)
    )


def _hashes_in_memory(run: PlanContext) -> dict[str, str]:
    """Return the password hashes of the users that only the running server has.

    Raises:
        ServerError: the server does not tell them.
    """
    changes = (change for change in run.plan.changes if isinstance(change, SetUser))
    wanted = {change.user for change in changes if change.password == "memory"}  # noqa: S105 - a word of the plan
    if not wanted:
        return {}
    connector = connector_of(run.host, run.instance, run.login)
    try:
        found = [parse_line(line) for line in connector.connect().acl_list()]
    finally:
        connector.close()
    return {user.name: " ".join(user.passwords) for user in found if user.name in wanted}


def concerns_server(plan: Plan) -> bool:
    """Return whether what the server reads changes, or it reads it all again: an edit since its start is seen here."""
    return not installs(plan) and any(traits_of(change).server_reads for change in plan.changes)


def installs(plan: Plan) -> bool:
    """Return whether the plan installs the server first."""
    return any(isinstance(change, InstallPackage) for change in plan.changes)
