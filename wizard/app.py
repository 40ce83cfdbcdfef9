"""The use cases of more than one step, for all front ends: plan, apply, follow, decide, roll back, recover.

What is one call of a facade (detect, check, list snapshots) is called there.
Another process does the work, so a front end can stop at any time and another one can attach to it.
Only on hosts that no other process can open (in memory) it runs in a thread of this one.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date

from wizard.acl.password import generate
from wizard.errors import ApplyError, BusyError, WizardError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import journal, lock, requests, retries, worker_secrets
from wizard.jobs import status as jobs_status
from wizard.jobs.requests import Request
from wizard.jobs.state_directory import demand_own_way
from wizard.jobs.status import made_no_change, unfinished_apply
from wizard.jobs.worker_secrets import WorkerSecrets
from wizard.model.answers import Answers, Attestation
from wizard.model.certificate import CertificateOrder
from wizard.model.change import SetUser
from wizard.model.event import Event, EventKind, Outcome, Result
from wizard.model.facts.host import HostFacts
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.sources import FileContents
from wizard.model.status import ApplyStatus
from wizard.model.value import Secret
from wizard.recovery import abandon_job, launch_job, launch_recovery, recover_job
from wizard.snapshots.store import Store
from wizard.started_apply import LEAVING_SECONDS, POLL_SECONDS, Apply, Rehearsal, ThreadedWork

GENERATE = "generate"


def generate_passwords(plan: Plan) -> dict[str, Secret]:
    """Generate a password for each user whose password the plan generates."""
    users = (c.user for c in plan.changes if isinstance(c, SetUser) and c.password == GENERATE)
    return {user: generate(secrets.token_bytes) for user in users}


def make_plan(
    facts: HostFacts,
    sources: FileContents,
    answers: Answers,
    *,
    instance: str = "",
    left_out: frozenset[str] = frozenset(),
    certificates: CertificateOrder | None = None,
) -> Plan:
    """Plan by the answers, and refuse a plan with which the server would not start.

    Args:
        facts: The host.
        sources: The bytes of the files that were read.
        answers: What the operator wants.
        instance: Name of the server; empty for the only one.
        left_out: Ids of changes without which to plan; one that is not in the plan is no error.
        certificates: Plan this request for certificates alone.

    Raises:
        PlanError, InvalidValueError: the facts or answers allow no plan.
    """
    from wizard.planning.edits.exclude import exclude  # noqa: PLC0415 - following an apply needs no plan
    from wizard.planning.plan import plan  # noqa: PLC0415 - as above
    from wizard.planning.startability import ensure_startable  # noqa: PLC0415 - as above

    whole = plan(facts, sources, answers, instance=instance, certificates=certificates)
    ids = left_out & {change.id for change in whole.changes}
    made = exclude(whole, sources, ids) if ids else whole
    ensure_startable(facts, sources, made)
    return made


def start(
    host: Host,
    plan: Plan,
    *,
    login: Login | None,
    passwords: Mapping[str, Secret],
    confirm_within: int = 0,
    secrets_to: str = "",
) -> Apply:
    """Start an apply.

    Args:
        host: The machine.
        plan: What to do; refused when the host has changed since it was made.
        login: For the server as it is now; ``None`` asks without a login.
        passwords: By user, from `generate_passwords`; only digests reach files that stay.
        confirm_within: Seconds until the confirmation; without one it is rolled back. 0 requires none.
        secrets_to: Where the passwords are already written, for the operator who confirms.

    Raises:
        BusyError: another apply or rollback is running.
        ApplyError: an earlier one was interrupted, and must be finished first.
        HostError: it cannot be started.
    """
    if plan.empty:
        nothing = "Nothing to do: the host already matches the answers."
        return Apply(host, "", ended=Outcome(result=Result.NOTHING, summary=nothing, seconds=0.0))
    _demand_turn(host)
    order = requests.create_apply(host, plan, confirm_within=confirm_within, secrets_to=secrets_to)
    return _begin(host, order, WorkerSecrets(login, passwords))


def rehearse(host: Host, plan: Plan, *, login: Login | None) -> Rehearsal:
    """Begin a dry run: everything of an apply that changes nothing, with passwords of its own."""

    def work(tell: Callable[[Event], None]) -> Outcome:
        from wizard.apply import rehearse  # noqa: PLC0415 - a front end loads no worker

        return rehearse(host, plan, login=login, passwords=generate_passwords(plan), tell=tell)

    return Rehearsal(work)


def start_rollback(host: Host, snapshot_id: str, *, login: Login | None, accepted: bool = False) -> Apply:
    """Start a rollback to a snapshot.

    Args:
        host: The machine.
        snapshot_id: Which one.
        login: For the server as it is now; without it the files are restored and the server restarted.
        accepted: The operator consented to a loss of keys.

    Raises:
        SnapshotError: there is none, it is damaged, or of another machine.
        BusyError, ApplyError, HostError: as for `start`.
    """
    opened = unfinished_apply(host)
    if opened and _leads_to(host, opened, snapshot_id) and not lock.is_held(host):
        # An interrupted apply or rollback of it: recovering it is the rollback, unless it was confirmed before.
        word = journal.decide(host, opened, EventKind.REVOKED, f"rollback requested by {requests.requesting_user()}")
        found = _recovering(host, opened, login)
        if word.kind is EventKind.REVOKED:
            return found
        found.outcome()
    _demand_turn(host)
    return _begin(host, requests.create_rollback(host, snapshot_id, accepted=accepted), WorkerSecrets(login))


def _leads_to(host: HostReader, opened: str, snapshot_id: str) -> bool:
    """Return whether finishing it restores that snapshot; a rollback that never began restores nothing."""
    begun = opened == snapshot_id or bool(journal.read(host, opened).events)
    return begun and requests.load(host, opened).target == snapshot_id


def attach(host: Host, identity: str = "") -> Apply:
    """Attach to an apply or rollback that was started before.

    Args:
        host: The machine.
        identity: Its id; empty: the one that is open.

    Raises:
        ApplyError: none is open, or there is none of this name.
    """
    found = identity or unfinished_apply(host)
    if not found:
        raise ApplyError("no apply is open; redis-wizard snapshots list shows what can be restored")
    requests.load(host, found)
    return Apply(host, found)


def status(host: HostReader, identity: str = "") -> ApplyStatus | None:
    """Return the status of the open apply, else of the newest one; ``None`` when there never was one."""
    found = identity or unfinished_apply(host) or next(iter(requests.identities(host)), "")
    return jobs_status.status_of(host, found) if found else None


def pending_passwords(host: HostReader, identity: str) -> dict[str, Secret]:
    """Return the new passwords of an unfinished apply; empty afterwards."""
    return worker_secrets.load(host, identity).passwords


def recover(host: Host) -> Outcome | None:
    """Recover an interrupted apply or rollback.

    Returns:
        Its outcome; ``None`` when nothing was open.

    Raises:
        BusyError: another process is working on it.
        ApplyError: it cannot be finished now; the text says what to do.
    """
    opened = unfinished_apply(host)
    if not opened:
        return recover_job(host)
    if lock.is_held(host) and retries.read(host, opened) is None:
        raise BusyError(f"another process is working on apply {opened}; redis-wizard status shows how far it is")
    try:
        return _recovering(host, opened).outcome()
    except BusyError:
        # The guard has started another try, which is what was requested.
        return Apply(host, opened).outcome()


def close_unstarted(host: Host) -> None:
    """Close what was interrupted before its first change: its front end, its worker or the host stopped.

    Raises:
        ApplyError, HostError: its result could not be written.
    """
    opened = unfinished_apply(host)
    if opened and not lock.is_held(host) and made_no_change(host, opened, journal.read(host, opened)):
        with suppress(BusyError):  # another process works on it after all
            recover_job(host, identity=opened)


def abandon(host: Host) -> Outcome | None:
    """Close what is open and leave the host as it is, where a recovery cannot restore it.

    Returns:
        Its outcome; ``None`` when nothing was open.

    Raises:
        BusyError: another process is working on it.
    """
    return abandon_job(host)


def attest(host: Host, instance: str, attestation: Attestation, *, today: date) -> None:
    """Record what an operator attests of a server, for each later check; it replaces an earlier one of the item.

    Raises:
        InvalidValueError: it could not count: no such item, no name or note, or its day is in the future or expired.
        WizardError: it cannot be stored.
    """
    from wizard.attestations import record  # noqa: PLC0415 - an apply needs no checklist

    record(host, instance, attestation, today=today)


def keep_snapshot(host: Host, snapshot_id: str, *, kept: bool) -> Snapshot:
    """Exempt a snapshot from pruning, or let it be pruned again.

    Raises:
        BusyError: an apply or rollback is running.
        SnapshotError: there is none of this name, or it is damaged.
    """
    with lock.hold(host):
        store = Store(host)
        return store.set_kept(store.load(snapshot_id), kept=kept)


def _demand_turn(host: Host) -> None:
    """Refuse early what the worker would refuse.

    Raises:
        ForeignStateError: another user can change or replace the state directory.
        BusyError, ApplyError: see `start`.
    """
    demand_own_way(host)
    deadline = time.monotonic() + LEAVING_SECONDS
    while lock.is_held(host):
        # A finished job still disarms its watchdogs for a moment.
        if unfinished_apply(host) or time.monotonic() > deadline:
            raise BusyError("another apply or rollback is running on this host; redis-wizard status shows it")
        time.sleep(POLL_SECONDS / 2)
    close_unstarted(host)
    if opened := unfinished_apply(host):
        raise ApplyError(f"apply {opened} was interrupted and is still open; finish it first with redis-wizard recover")


def _begin(host: Host, order: Request, given: WorkerSecrets) -> Apply:
    try:
        worker_secrets.store(host, order.id, given)
        if host.reopen_arguments is None:
            return Apply(host, order.id, thread=ThreadedWork(lambda: _perform(host, order.id)))
        launch_job(host, order.id)
    except WizardError:
        worker_secrets.delete(host, order.id)
        requests.forget(host, order.id)
        raise
    return Apply(host, order.id)


def _recovering(host: Host, identity: str, login: Login | None = None) -> Apply:
    if login is not None:
        worker_secrets.store(host, identity, WorkerSecrets(login, pending_passwords(host, identity)))
    if host.reopen_arguments is None:
        return Apply(host, identity, thread=ThreadedWork(lambda: recover_job(host, identity=identity)))
    # An explicit request starts a new series of tries.
    retries.forget(host, identity)
    written = len(journal.read(host, identity).events)
    launch_recovery(host, identity)
    return Apply(host, identity, asked_after=written)


def _perform(host: Host, identity: str) -> Outcome:
    from wizard.apply import perform  # noqa: PLC0415 - a front end loads no worker

    return perform(host, identity)
