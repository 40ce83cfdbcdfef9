"""The one door for front ends: start an apply or a rollback, follow it, decide, and learn how it ended.

The work is done by another process, so a front end can go away at any time and another one come
back to it. Only on hosts that no other process can open (in memory) it runs in a thread of this one.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date

from wizard.acl.password import generate
from wizard.errors import ApplyError, BusyError, WizardError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.jobs import journal, journal_writer, lock, requests, retries, watchdog, worker_secrets
from wizard.jobs import status as jobs_status
from wizard.jobs.requests import Request
from wizard.jobs.state_directory import demand_own_way
from wizard.jobs.status import made_no_change, unfinished_apply
from wizard.jobs.worker_secrets import WorkerSecrets
from wizard.model.answers import Attestation
from wizard.model.change import SetUser
from wizard.model.event import Event, EventKind, Outcome, Result
from wizard.model.login import Login
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.status import ApplyStatus
from wizard.model.value import Secret
from wizard.recovery import Following, launch_job, launch_recovery
from wizard.recovery import abandon_job as leave_as_it_is
from wizard.recovery import recover_job as bring_to_an_end
from wizard.snapshots.store import Store

GENERATE = "generate"
POLL_SECONDS = 0.1
_LEAVING_SECONDS = 10.0


class Apply:
    """An apply or rollback that was started, by us or by somebody else.

    Args:
        host: The machine.
        identity: Its id.
        thread: Where it runs in this process.
        ended: It came to this at once, and left no trace.
        asked_after: After so many lines somebody asked for its end, and wants to know why it fails. Whoever
            only follows waits: it is tried again.
    """

    def __init__(
        self,
        host: Host,
        identity: str,
        *,
        thread: "_Here | None" = None,
        ended: Outcome | None = None,
        asked_after: int | None = None,
    ) -> None:
        self.identity = identity
        """Its id; that of an apply is also that of its snapshot."""
        self._host = host
        self._thread = thread
        self._ended = ended
        self._asked_after = asked_after

    def events(self) -> Iterator[Event]:
        """Return every event from the first one on, as they come, to the last.

        Raises:
            ApplyError: it makes no progress, and cannot be finished; the text says what to do.
        """
        seen, following = 0, Following(self._host, self.identity, asked=self._asked_after is not None)
        while self._ended is None:
            record = journal.read(self._host, self.identity)
            yield from record.events[seen:]
            seen = len(record.events)
            if record.outcome is not None:
                return
            if self._thread is not None and not self._thread.running:
                # Its last words may have come after our look.
                yield from journal.read(self._host, self.identity).events[seen:]
                return
            if self._asked_after is not None and not self._busy():
                self._demand_unstuck(self._asked_after)
            if self._thread is None:
                yield from following.step(record)
            time.sleep(POLL_SECONDS)

    def outcome(self) -> Outcome:
        """Wait for the end and tell how it was.

        Raises:
            ApplyError: it could not be finished; the text says what to do.
        """
        if self._ended is not None:
            return self._ended
        if self._thread is not None:
            self._thread.join()
        for _event in self.events():
            pass
        outcome = journal.read(self._host, self.identity).outcome
        if outcome is None and self._thread is not None:
            outcome = self._thread.result
        if outcome is None:
            raise ApplyError("the apply was interrupted; finish it with redis-wizard recover")
        self._wait_until_left()
        return outcome

    def confirm(self) -> bool:
        """Keep the change; false when it was decided otherwise before. True is said when it is on the disk.

        Raises:
            ApplyError: it is not verified yet.
        """
        if self._ended_unasked():
            return False
        word = journal.confirm(self._host, self.identity, f"confirmed by {requests.requesting_user()}")
        return word.kind is EventKind.CONFIRMED

    def rollback(self) -> bool:
        """Have the change rolled back; false when it was decided otherwise before."""
        if self._ended_unasked():
            return False
        word = journal.decide(
            self._host, self.identity, EventKind.REVOKED, f"rollback requested by {requests.requesting_user()}"
        )
        return word.kind is EventKind.REVOKED

    def extend(self, seconds: float) -> float:
        """Let it wait longer for a confirmation; return the seconds that are left then.

        Raises:
            ApplyError: it does not wait, or would wait too long.
        """
        text = f"{seconds / 60:.0f} minutes more to confirm, by {requests.requesting_user()}"
        return journal_writer.Journal(self._host, self.identity).extend(seconds, text)

    def status(self) -> ApplyStatus:
        """Say where it stands."""
        return jobs_status.status_of(self._host, self.identity)

    def _ended_unasked(self) -> bool:
        record = journal.read(self._host, self.identity)
        return record.outcome is not None and record.decision is None

    def _demand_unstuck(self, after: int) -> None:
        # Read once more: the last words come before the lock is let go.
        record = journal.read(self._host, self.identity)
        if record.outcome is None and (why := record.failure_after(after)):
            raise ApplyError(why)

    def _busy(self) -> bool:
        return self._thread is not None or lock.is_held(self._host)

    def _wait_until_left(self) -> None:
        """Return when the next apply could begin: the last line is written before the nets are taken in."""
        deadline = time.monotonic() + _LEAVING_SECONDS
        while self._thread is None and time.monotonic() < deadline:
            if not lock.is_held(self._host) and not watchdog.worker_is_stopping(self._host):
                return
            time.sleep(POLL_SECONDS / 2)


class _Here:
    """The work in a thread of this process. Not a daemon: leaving must not stop it half-way."""

    def __init__(self, work: Callable[[], Outcome | None]) -> None:
        self._work = work
        self.result: Outcome | None = None
        """What it came to, also when that could not be written down."""
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="apply")
        self._thread.start()

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait for its end, and raise what it could not write into the journal."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the outcome
            self._failure = error


def generate_passwords(plan: Plan) -> dict[str, Secret]:
    """Generate a password for each user whose password the plan generates."""
    users = (c.user for c in plan.changes if isinstance(c, SetUser) and c.password == GENERATE)
    return {user: generate(secrets.token_bytes) for user in users}


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
        plan: What to do; refused when the host has moved since it was made.
        login: For the server as it is now; ``None`` asks as nobody.
        passwords: By user, from `generate_passwords`; only digests reach files that stay.
        confirm_within: Seconds in which a confirmation must come, else it is undone; 0 asks for none.
        secrets_to: Where the passwords were written to already, for whoever confirms.

    Raises:
        BusyError: another apply or rollback is at work.
        ApplyError: an earlier one was interrupted, and is to be finished first.
        HostError: it cannot be started.
    """
    if plan.empty:
        nothing = "Nothing to do: the host already matches the answers."
        return Apply(host, "", ended=Outcome(result=Result.NOTHING, summary=nothing, seconds=0.0))
    _demand_turn(host)
    order = requests.create_apply(host, plan, confirm_within=confirm_within, secrets_to=secrets_to)
    return _begin(host, order, WorkerSecrets(login, passwords))


def start_rollback(host: Host, snapshot_id: str, *, login: Login | None, accepted: bool = False) -> Apply:
    """Start putting a snapshot back.

    Args:
        host: The machine.
        snapshot_id: Which one.
        login: For the server as it is now; without it the files are restored and the server restarted.
        accepted: The operator gave his word that keys may be lost.

    Raises:
        SnapshotError: there is none, it is damaged, or of another machine.
        BusyError, ApplyError, HostError: as for `start`.
    """
    opened = unfinished_apply(host)
    if opened and _leads_to(host, opened, snapshot_id) and not lock.is_held(host):
        # It was interrupted on the way there, or back: that is its end, unless it had been confirmed before.
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
    """Come back to an apply or rollback that was started before.

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
    """Say where the open apply stands, else how the newest one ended; ``None`` when there never was one."""
    found = identity or unfinished_apply(host) or next(iter(requests.identities(host)), "")
    return jobs_status.status_of(host, found) if found else None


def pending_passwords(host: HostReader, identity: str) -> dict[str, Secret]:
    """Return the new passwords of an apply that has not ended; empty afterwards."""
    return worker_secrets.load(host, identity).passwords


def recover(host: Host) -> Outcome | None:
    """Finish what was interrupted.

    Returns:
        What it came to; ``None`` when nothing was open.

    Raises:
        BusyError: somebody is at work on it.
        ApplyError: it cannot be finished now; the text says what to do.
    """
    opened = unfinished_apply(host)
    if not opened:
        return bring_to_an_end(host)
    if lock.is_held(host) and retries.read(host, opened) is None:
        raise BusyError(f"another process is working on apply {opened}; redis-wizard status shows how far it is")
    try:
        return _recovering(host, opened).outcome()
    except BusyError:
        # The guard has begun another try, which is what was asked for.
        return Apply(host, opened).outcome()


def close_unstarted(host: Host) -> None:
    """End what was interrupted before its first change, or before it began: its front end, its worker or the host died.

    Raises:
        ApplyError, HostError: its end could not be written.
    """
    opened = unfinished_apply(host)
    if opened and not lock.is_held(host) and made_no_change(host, opened, journal.read(host, opened)):
        with suppress(BusyError):  # so somebody is at it after all
            bring_to_an_end(host, identity=opened)


def abandon(host: Host) -> Outcome | None:
    """End what is open and leave the host as it is: for what nobody can restore.

    Returns:
        How it ended; ``None`` when nothing was open.

    Raises:
        BusyError: somebody is at work on it.
    """
    return leave_as_it_is(host)


def attest(host: Host, instance: str, attestation: Attestation, *, today: date) -> None:
    """Record what an operator attests of a server, for each later check; in the place of an earlier one of the item.

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
        ForeignStateError: another user can change our own directory, or put another one in its place.
        BusyError, ApplyError: see `start`.
    """
    demand_own_way(host)
    deadline = time.monotonic() + _LEAVING_SECONDS
    while lock.is_held(host):
        # Whoever has ended still takes the nets in for a moment.
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
            return Apply(host, order.id, thread=_Here(lambda: _perform(host, order.id)))
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
        return Apply(host, identity, thread=_Here(lambda: bring_to_an_end(host, identity=identity)))
    # Who asks for a try begins again.
    retries.forget(host, identity)
    written = len(journal.read(host, identity).events)
    launch_recovery(host, identity)
    return Apply(host, identity, asked_after=written)


def _perform(host: Host, identity: str) -> Outcome:
    from wizard.apply import perform  # noqa: PLC0415 - a front end loads no worker

    return perform(host, identity)
