"""The apply itself, phase by phase: lock, snapshot, stage, rehearse, commit, verify, confirm.

Whatever fails before the first change ends it with nothing changed; whatever fails after is undone.
What may not live here: how a phase does its work; threads and front ends (`client`).
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count

from wizard.acl.password import digest
from wizard.apply import lock
from wizard.apply.account import group_of
from wizard.apply.commit import commit, planned_configuration, ways_in
from wizard.apply.confirm import Decision, Word
from wizard.apply.feed import Feed
from wizard.apply.journal import Journal, describe
from wizard.apply.reach import Doors, endpoints, parse_endpoint
from wizard.apply.rehearse import rehearse
from wizard.apply.rollback import comparison, roll_back
from wizard.apply.run import Run
from wizard.apply.stage import Staged, made_directories, stage
from wizard.apply.steps import restart
from wizard.apply.undo import Undo
from wizard.apply.verify import verify
from wizard.detect.collect import Detection, collect
from wizard.errors import ApplyError, HostError, PlanError, RolledBackError, StalePlanError, WizardError
from wizard.host.port import Host
from wizard.model.change import (
    EnableUnit,
    InstallPackage,
    IssueCertificate,
    RemoveUser,
    Restart,
    SetDirective,
    SetUser,
)
from wizard.model.event import Ending, EventKind, Outcome, Phase
from wizard.model.facts import ConfigFacts, Instance, LiveServer
from wizard.model.login import Endpoint, Login
from wizard.model.plan import Plan
from wizard.model.value import Secret
from wizard.planning.aclfile import moved_hashes
from wizard.planning.basis import basis, marks, moved
from wizard.planning.choose import choose
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.kept import forget_kept
from wizard.snapshots.scope import scope_of
from wizard.snapshots.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a front end asks for."""

    host: Host
    plan: Plan
    login: Login | None = field(repr=False)
    passwords: Mapping[str, Secret] = field(repr=False)
    confirm_within: int = 0


def work(order: Order, feed: Feed, decision: Decision) -> Outcome:
    """Do a whole apply under the host's lock.

    Raises:
        BusyError: another one holds the lock.
        NotPermittedError: we may not write our own state.
        ApplyError: it failed and could not be undone in full.
    """
    started = time.monotonic()
    if order.plan.empty:
        return Outcome(ending=Ending.NOTHING, summary="Nothing to do: the host is as wanted.", seconds=0.0)
    journal = Journal(order.host, feed)
    with lock.hold(order.host):
        journal.begin(Phase.LOCK, "look at the host once more")
        try:
            run = _prepare(order, journal, decision)
        except WizardError as error:
            return _refused(journal, Phase.LOCK, error, started)
        try:
            return _apply(run, started)
        finally:
            run.doors.close()


# --- before the first change -----------------------------------------------------------------


def _prepare(order: Order, journal: Journal, decision: Decision) -> Run:
    """Look again, refuse a stale plan, and remember the host as it is."""
    detection, instance = _detect(order)
    journal.done(Phase.LOCK, "the host is as it was when the plan was made")
    store = Store(order.host)
    identity = fresh_identity(store)
    with journal.act(Phase.SNAPSHOT, "remember everything that will be touched"):
        snapshot = store.take(
            scope_of(order.plan, instance),
            detection.facts,
            instance,
            snapshot_id=identity,
            by=operator(),
            now=datetime.now(UTC),
        )
    run = Run(
        host=order.host,
        plan=order.plan,
        journal=journal,
        store=store,
        decision=decision,
        login=order.login,
        passwords=order.passwords,
        confirm_within=order.confirm_within,
        identity=identity,
        facts=detection.facts,
        instance=instance,
        snapshot=snapshot,
        doors=doors_of(instance, order.login),
    )
    try:
        journal.open(identity)
        with journal.act(Phase.STAGE, "draw keys and render every file"):
            run.staged = _stage(run, detection)
            store.leave_footprint(identity, footprint(run), (file.data for file in run.staged.files))
    except BaseException:
        store.drop(snapshot)
        raise
    return run


def _detect(order: Order) -> tuple[Detection, Instance | None]:
    """Look at the host as the plan's maker did: with the configuration named, or not."""
    found: list[str] = []
    for config in (None, order.plan.config):
        detection = collect(order.host, config=config, login=order.login)
        try:
            instance = choose(detection.facts, order.plan.instance)
        except PlanError:
            instance = None
        if basis(detection.facts, instance) == order.plan.basis:
            return detection, instance
        found.append(moved(order.plan.marks, marks(detection.facts, instance)))
    what = min(found, key=len) or "something that it rests on"
    raise StalePlanError(f"the host has changed since the plan was made: {what}; make the plan again and look at it")


def _stage(run: Run, detection: Detection) -> Staged:
    hashes = moved_hashes(detection.sources.mapping())
    hashes |= {user: digest(password) for user, password in run.passwords.items()}
    return stage(
        run.host, run.plan, run.instance, hashes, service=group_of(run.host, run.instance), now=datetime.now(UTC)
    )


def footprint(run: Run) -> Footprint:
    """Write down what the apply is about to leave."""
    changes = run.plan.changes
    on = [c for c in changes if isinstance(c, SetDirective) and c.name == "appendonly" and ("yes",) in c.values]
    return Footprint(
        digests={str(file.path): file.digest for file in run.staged.files},
        directories=tuple(str(change.path) for change in made_directories(run.plan)),
        enables=tuple(c.unit for c in changes if isinstance(c, EnableUnit)),
        restarts=next((c.unit for c in changes if isinstance(c, Restart)), ""),
        reloads=run.staged.reloads and run.acts_live,
        append_only=bool(on) and not run.snapshot.append_only,
    )


def doors_of(instance: Instance | None, login: Login | None) -> Doors:
    """The ways into a server as it is: where it was reached, then what its configuration says."""
    places: list[Endpoint] = []
    if instance is not None and isinstance(instance.live, LiveServer):
        reached = parse_endpoint(instance.live.endpoint)
        places += [reached] if reached else []
    if instance is not None and isinstance(instance.config, ConfigFacts):
        values = {line.name: line.arguments for line in instance.config.lines}
        places += endpoints(values)
    return Doors(places, (login, None) if login else (None,))


def fresh_identity(store: Store) -> str:
    """Name an apply by its time, so that names stand in the order of time, also within a second."""
    taken, name = frozenset(store.names()), f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    later = (f"{name}-{number:02}" for number in count(2))
    return next(each for each in chain((name,), later) if each not in taken)


def operator() -> str:
    """The name of who asked; taken for the list only, never for a decision."""
    name = os.environ.get("SUDO_USER") or os.environ.get("USER") or "root"
    return "".join(letter for letter in name if letter.isalnum() or letter in "._-")[:64]


# --- the change ------------------------------------------------------------------------------


def _apply(run: Run, started: float) -> Outcome:
    try:
        if run.acts_live and run.instance is not None and _concerns_server(run):
            with run.journal.act(Phase.REHEARSE, "rehearse on a private server"):
                rehearse(run)
    except Exception as error:  # noqa: BLE001 - nothing was changed, so any failure ends here the same way
        run.store.drop(run.snapshot)
        return _refused(run.journal, Phase.REHEARSE, error, started)
    unit = run.instance.unit.name if run.instance and run.instance.unit else ""
    life = restart.life(run.host, unit) if run.acts_live else {}
    try:
        with _phase(run, Phase.COMMIT, "make the changes"):
            commit(run)
        with _phase(run, Phase.VERIFY, "look from outside"):
            verify(run, life_before=life)
        confirmed(run)
        run.store.mark(run.snapshot, "applied")
    except Exception as error:  # noqa: BLE001 - whatever it is, the host must not stay half changed
        return _undone(run, error, started)
    run.journal.forgiving = True
    run.journal.decide(EventKind.APPLIED, Phase.CONFIRM, "applied")
    run.checks += forget_kept(run.host, run.snapshot)
    more = " Plan again: the rest of the hardening rests on what the package brought." if _installs(run) else ""
    return _outcome(run, Ending.APPLIED, f"Applied {run.snapshot.what}, verified from outside.{more}", started)


def confirmed(run: Run) -> None:
    """Wait for the operator's word where one was asked for.

    Raises:
        RolledBackError: the word was to go back, or there was none in time.
    """
    if not run.confirm_within:
        return
    run.journal.begin(Phase.CONFIRM, f"waiting {run.confirm_within} seconds for a confirmation")
    word = run.decision.wait(run.confirm_within)
    if word is Word.KEEP:
        run.journal.decide(EventKind.CONFIRMED, Phase.CONFIRM, "confirmed")
        return
    why = "the operator asked for it" if word is Word.UNDO else f"no confirmation came within {run.confirm_within} s"
    raise RolledBackError(why)


def _undone(run: Run, error: Exception, started: float) -> Outcome:
    """Undo everything after a failure.

    Raises:
        ApplyError: it could not be undone.
    """
    reason = describe(error)
    run.journal.forgiving = True
    run.journal.failed(Phase.ROLLBACK, f"undoing it: {reason}")
    undo = Undo(
        host=run.host,
        journal=run.journal,
        store=run.store,
        snapshot=run.snapshot,
        footprint=run.store.footprint(run.identity),
        instance=run.instance,
        doors=_all_doors(run),
        restarted=run.restarted,
    )
    try:
        roll_back(undo)
    except Exception as failure:
        again = f"run redis-wizard rollback {run.identity}"
        raise ApplyError(f"{reason}; and undoing it failed: {describe(failure)}; {again}") from failure
    with suppress(HostError):
        run.store.mark(run.snapshot, "rolled-back")
    compared = comparison(undo)
    run.journal.decide(EventKind.ROLLED_BACK, Phase.ROLLBACK, compared)
    run.checks = [*undo.done, compared]
    run.keys_after = undo.keys_after
    state = "everything is as before" if not undo.kept else compared
    ending = Ending.INCOMPLETE if undo.kept else Ending.ROLLED_BACK
    return _outcome(run, ending, f"Rolled back, {state}. The reason: {reason}", started)


def _all_doors(run: Run) -> Doors:
    """Old ways and new ones: nobody knows how far it came."""
    if run.instance is None or not run.acts_live:
        return run.doors
    planned = planned_configuration(run)
    old = doors_of(run.instance, run.login)
    run.doors.places += [each for each in (*endpoints(planned.values), *old.places) if str(each) not in _seen(run)]
    run.doors.logins += [each for each in ways_in(run, planned) if each.user not in _users(run)]
    return run.doors


def _seen(run: Run) -> set[str]:
    return {str(place) for place in run.doors.places}


def _users(run: Run) -> set[str]:
    return {login.user for login in run.doors.logins if login is not None}


def _concerns_server(run: Run) -> bool:
    kinds = SetDirective | SetUser | RemoveUser | IssueCertificate
    return not _installs(run) and any(isinstance(change, kinds) for change in run.plan.changes)


def _installs(run: Run) -> bool:
    return any(isinstance(change, InstallPackage) for change in run.plan.changes)


@contextmanager
def _phase(run: Run, phase: Phase, text: str) -> Iterator[None]:
    with run.journal.act(phase, text):
        yield


def _refused(journal: Journal, phase: Phase, error: Exception, started: float) -> Outcome:
    reason = describe(error)
    journal.failed(phase, reason)
    seconds = round(time.monotonic() - started, 3)
    return Outcome(ending=Ending.REFUSED, summary=f"Nothing was changed: {reason}", seconds=seconds)


def _outcome(run: Run, ending: Ending, summary: str, started: float) -> Outcome:
    return Outcome(
        ending=ending,
        snapshot=run.identity,
        summary=summary,
        seconds=round(time.monotonic() - started, 3),
        downtime_seconds=run.downtime_seconds,
        keys_before=run.keys_before,
        keys_after=run.keys_after,
        checks=tuple(run.checks),
    )
