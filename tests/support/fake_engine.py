"""An engine of values for the screens: no host, no server, no thread of its own."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from threading import Event as Flag
from threading import Lock
from typing import ClassVar
from weakref import WeakSet

from screens.engine import Detection, FieldProblem, Job
from tests.support import facts_builder as build
from wizard.drift import Drift
from wizard.errors import PlanError, WizardError
from wizard.model.answers import (
    AclAnswers,
    AclRole,
    Answers,
    Attestation,
    Draft,
    MemoryAnswers,
    NetworkAnswers,
    Reason,
    Recommendation,
    UserAnswer,
)
from wizard.model.change import Change, Effect, Restart, Risk, SetDirective, SetUser
from wizard.model.event import ClientReturn, Event, EventKind, Outcome, Phase, Result
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.finding import Finding, Report, Severity, State
from wizard.model.login import Login
from wizard.model.plan import FileDiff, Impact, Note, Plan, SizingTerm
from wizard.model.snapshot import DamagedSnapshot, Snapshot
from wizard.model.sources import FileContents
from wizard.model.status import ApplyStatus, Operation, Stage
from wizard.model.value import Secret, replace
from wizard.rollback import RestorePreview
from wizard.snapshots.compare import Difference, PathDifference, ValueDifference
from wizard.snapshots.integrity import Audit, VerifiedSnapshot
from wizard.snapshots.listing import Listing
from wizard.snapshots.manual_changes import ManualChange
from wizard.snapshots.prune import PruneDecision, Pruning
from wizard.started_apply import Rehearsal

PASSWORD = "dRaWn-for-a-test-0123456789"
RECOMMENDED = Answers(
    network=NetworkAnswers(bind=("loopback", "interface:eth0")),
    memory=MemoryAnswers(maxmemory="auto"),
    acl=AclAnswers(
        users=(
            UserAnswer(name="app", role=AclRole.APPLICATION, keys=("app:*",)),
            UserAnswer(name="admin", role=AclRole.ADMINISTRATOR, keys=("*",), channels=("*",)),
        )
    ),
)


@dataclass(frozen=True)
class FakeDetection:
    """Facts without a host."""

    facts: HostFacts
    sources: FileContents


@dataclass(frozen=True)
class FakeProblem:
    """One answer that cannot be."""

    field: str
    text: str
    blocking: bool = True


class FakeRehearsal(Rehearsal):
    """A dry run that passes, or fails as the engine is told."""

    def __init__(self, engine: "FakeEngine") -> None:
        def work(tell: Callable[[Event], None]) -> Outcome:
            from screens.text.progress import REHEARSAL_PHASES  # noqa: PLC0415 - Textual reads the environment

            for event in (each for each in phases(engine.says) if each.phase in REHEARSAL_PHASES):
                tell(event)
            if engine.rehearsal_fails:
                return Outcome(result=Result.REFUSED, summary=engine.rehearsal_fails, seconds=0.2)
            checks = ("2 files can be written as planned", "the server starts with the planned configuration")
            return Outcome(
                result=Result.NOTHING, summary="2 checks passed. Nothing was changed.", seconds=0.2, checks=checks
            )

        super().__init__(work)


class FakeJob:
    """An apply that goes as it is told: event by event while the engine lets it, then it waits for a word."""

    made: ClassVar["WeakSet[FakeJob]"] = WeakSet()
    """All that a test has not ended; each would look at its clock until the process ends."""

    def __init__(self, engine: "FakeEngine", *, kind: Operation = Operation.APPLY, waits: bool = True) -> None:
        self.engine = engine
        self.kind = kind
        self.waits = waits
        self.word: EventKind | None = None
        self.deadline = engine.now + engine.confirm_within
        self.longer: list[Event] = []
        """The events of a longer wait."""
        self._lock = Lock()
        self._decided = Flag()
        self._abandoned = False
        self.made.add(self)

    @classmethod
    def abandon_all(cls) -> None:
        """End the threads that read the events: the Apps are gone."""
        for job in tuple(cls.made):
            job._abandoned = True  # noqa: SLF001 - its own class
            job._decided.set()  # noqa: SLF001 - its own class

    def events(self) -> Iterator[Event]:
        """Give the events; wait while the engine holds them back, and for a word where one is needed."""
        for event in phases(self.engine.says):
            while self.engine.hold and event.sequence >= self.engine.hold and not self._abandoned:
                time.sleep(0.005)
            if self.engine.loses_sight:
                raise self.engine.loses_sight
            yield event
        if self.waits:
            yield confirm_event(EventKind.BEGIN, "waiting 300 seconds for a confirmation", deadline=self.deadline)
            if self.engine.clients:
                yield replace(
                    confirm_event(EventKind.NOTE, self.engine.clients.sentence()), clients=self.engine.clients
                )
            while self.word is None and self.engine.now < self.deadline and not self._abandoned:
                self._decided.wait(0.05)
                while self.longer:
                    yield self.longer.pop(0)
            self._say(EventKind.REVOKED)
            yield confirm_event(self.word or EventKind.REVOKED, f"{self.word}")

    def outcome(self) -> Outcome:
        """Give or raise the end."""
        end = self.engine.end or (ROLLED_BACK if self.kind is Operation.ROLLBACK else APPLIED)
        if isinstance(end, WizardError):
            raise end
        if self.word is EventKind.REVOKED:
            return TAKEN_BACK
        return end

    def confirm(self) -> bool:
        """Keep it."""
        self._refuse()
        return self._say(EventKind.CONFIRMED)

    def rollback(self) -> bool:
        """Take it back."""
        self._refuse()
        return self._say(EventKind.REVOKED)

    def extend(self, seconds: float) -> float:
        """Wait longer."""
        self._refuse()
        with self._lock:
            self.deadline += seconds
            self.longer.append(
                confirm_event(EventKind.NOTE, "5 minutes more to confirm, by root", deadline=self.deadline)
            )
        return self.deadline - self.engine.now

    def _refuse(self) -> None:
        if self.engine.word_error:
            raise self.engine.word_error

    def _say(self, word: EventKind) -> bool:
        with self._lock:
            self.word = self.word or word
            self._decided.set()
            return self.word is word


@dataclass
class FakeEngine:
    """Answers from values; what it was asked to do is noted."""

    facts: HostFacts = field(default_factory=build.host)
    recommended: Answers = RECOMMENDED
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    """Reasons beside the usual ones."""
    detect_error: WizardError | None = None
    plan_error: WizardError | None = None
    end: Outcome | WizardError | None = None
    stored: Sequence[Snapshot] = ()
    stands_on: Collection[str] = ()
    clients: ClientReturn | None = None
    """Which clients are connected again while it waits."""
    hold: int = 0
    """Events from this number on wait until it is 0 again."""
    may_change: bool = True
    confirm_within: int = 300
    command_options: str = ""
    waits: bool = True
    """An apply waits for the operator's word; the screens of a directory tree never do."""
    now: float = 1000.0
    """The clock of deadlines; it stands still until a test moves it."""
    stands: ApplyStatus | WizardError | None = None
    """What another login has begun."""
    job: FakeJob | None = None
    """The last that was begun or attached to."""
    rehearsal_fails: str = ""
    """Why the rehearsal of a dry run fails."""
    says: str = ""
    """What each event says besides."""
    edits: Sequence[str] | WizardError = ()
    """What others wrote since a snapshot."""
    barred: str = ""
    attested: Sequence[Attestation] = ()
    attest_error: WizardError | None = None
    kept: frozenset[str] = frozenset()
    damaged: Sequence[DamagedSnapshot] = ()
    bad_bytes: Sequence[str] = ()
    """Why a snapshot is not put back now."""
    lossy: bool = False
    """The plan's restart may lose keys."""
    left: Mapping[str, str] = field(default_factory=dict)
    """What the applies in effect left."""
    draft: Draft | None = None
    drifted: Drift | WizardError | None = None
    harmless: bool = False
    """The plan takes access from no client."""
    start_error: WizardError | None = None
    """Why an apply cannot be begun."""
    loses_sight: WizardError | None = None
    """What reading the events ends with."""
    word_error: WizardError | None = None
    """Why the operator's word cannot be written down."""
    waiting: Mapping[str, Secret] | WizardError = field(default_factory=dict)
    """New passwords of what another login has begun."""
    done: list[str] = field(default_factory=list)
    logins: list[Login | None] = field(default_factory=list)

    def detect(self, login: Login | None, config: PurePosixPath | None, name: str = "") -> Detection:
        """Give the facts."""
        del name
        self.logins.append(login)
        if self.detect_error:
            raise self.detect_error
        return FakeDetection(self.facts, FileContents())

    def choose(self, facts: HostFacts, name: str) -> Instance:
        """Give the named or only instance."""
        found = [each for each in facts.instances if not name or each.name == name]
        if len(found) != 1:
            raise PlanError(f"{facts.hostname} has {len(found)} instances; choose one with --instance")
        return found[0]

    def recommend(self, facts: HostFacts, instance: Instance | None) -> Recommendation:
        """Give fixed answers with two reasons."""
        reasons = {
            "memory.maxmemory": Reason(why="31.3 GiB less what others need.", source="redis.io, memory optimisation"),
            "network.port": Reason(why="Clients know this port.", source="the running server"),
        }
        return Recommendation(answers=self.recommended, reasons={**reasons, **self.reasons})

    def plan(self, detection: Detection, answers: Answers, instance: str, left_out: frozenset[str]) -> Plan:
        """Give a plan that follows from two answers."""
        if self.plan_error:
            raise self.plan_error
        made = plan(answers, left_out, lossy=self.lossy)
        return replace(made, impacts=()) if self.harmless else made

    def problems(self, answers: Answers, facts: HostFacts, instance: Instance | None) -> Sequence[FieldProblem]:
        """Judge port and maxmemory."""
        found = []
        if not 0 <= answers.network.port <= 65535:
            found.append(FakeProblem("network.port", f"port {answers.network.port} is not between 0 and 65535"))
        if answers.memory.maxmemory == "1pb":
            found.append(FakeProblem("memory.maxmemory", "1pb is more than this host has; use auto"))
        return found

    def check(self, facts: HostFacts, instance: str, attestations: Sequence[Attestation], today: date) -> Report:
        """Give 25 findings: two fail, one is attested or not."""
        return report(facts.hostname, (*self.attested, *attestations))

    def attest(self, instance: str, attestation: Attestation, today: date) -> None:
        """Note it, or refuse."""
        if self.attest_error:
            raise self.attest_error
        self.attested = (*self.attested, attestation)

    def left_by_applies(self, instance: str) -> Mapping[str, str]:
        """Give what is told."""
        return self.left

    def drift(self, facts: HostFacts, instance: Instance | None) -> Drift | None:
        """Give what was told."""
        if isinstance(self.drifted, WizardError):
            raise self.drifted
        return self.drifted

    def rules(self, user: UserAnswer, instance: Instance | None) -> str:
        """Give something like rules."""
        return f"resetchannels {' '.join(f'~{key}' for key in user.keys)} -@all +@read"

    def may(self, user: UserAnswer, command: Sequence[str], instance: Instance | None) -> str:
        """Allow reading."""
        return "yes" if command and command[0].lower() == "get" else "no: not in its rules"

    def try_now(
        self, facts: HostFacts, instance: Instance, user: str, command: Sequence[str], login: Login | None
    ) -> str:
        """Refuse as the server would."""
        return f"no: {user} has no permissions to run {' '.join(command)} (ACL DRYRUN of the server)"

    def answers_text(self, answers: Answers, recommendation: Recommendation) -> str:
        """Write one answer."""
        return f"port = {answers.network.port}\n"

    def save_draft(self, draft: Draft) -> None:
        """Hold it."""
        self.draft = draft

    def load_draft(self) -> Draft | None:
        """Give what is held."""
        return self.draft

    def discard_draft(self) -> None:
        """Drop it."""
        self.draft = None

    def passwords(self, plan: Plan) -> Mapping[str, Secret]:
        """Give one known password a user."""
        users = [
            change.user for change in plan.changes if isinstance(change, SetUser) and change.password == "generate"
        ]
        return {user: Secret(f"{PASSWORD}-{user}") for user in users}

    def apply(self, plan: Plan, login: Login | None, passwords: Mapping[str, Secret], secrets_to: str) -> Job:
        """Note it and go through the phases."""
        if self.start_error:
            raise self.start_error
        accepted = f" accepting {','.join(plan.consents)}" if plan.consents else ""
        self.done.append(f"apply {plan.id} {','.join(sorted(passwords))}{accepted}")
        self.job = FakeJob(self, waits=self.waits)
        return self.job

    def rehearse(self, plan: Plan, login: Login | None) -> Job:
        """Give one that passes, or fails as told."""
        return FakeRehearsal(self)

    def status(self) -> ApplyStatus | None:
        """Give what another login has begun."""
        if isinstance(self.stands, WizardError):
            raise self.stands
        return self.stands

    def attach(self, identity: str) -> Job:
        """Note it and go through the phases."""
        self.done.append(f"attach {identity}")
        kind = self.stands.kind if isinstance(self.stands, ApplyStatus) else Operation.APPLY
        self.job = FakeJob(self, kind=kind, waits=self.waits and kind is Operation.APPLY)
        return self.job

    def pending_passwords(self, identity: str) -> Mapping[str, Secret]:
        """Give what waits, or the reason why it cannot be read."""
        if isinstance(self.waiting, WizardError):
            raise self.waiting
        return self.waiting

    def recover(self, identity: str) -> Job:
        """Note it, and be at the end at once."""
        self.done.append(f"recover {identity}")
        self.job = FakeJob(self, kind=Operation.ROLLBACK, waits=False)
        return self.job

    def clock(self) -> float:
        """Give the time that stands still."""
        return self.now

    def snapshots(self) -> Listing:
        """Give what is stored; which of it is kept was told."""
        kept = tuple(replace(each, kept=each.id in self.kept) for each in self.stored)
        sizes = {each.id: 18 << 10 for each in self.stored}
        return Listing(snapshots=kept, damaged=tuple(self.damaged), in_force=tuple(self.stands_on), sizes=sizes)

    def changed_since(self, snapshot: Snapshot, facts: HostFacts) -> Difference:
        """Give one path."""
        return difference(snapshot.id, "now")

    def verify_snapshot(self, snapshot: str) -> Audit:
        """Give what is wrong with every one."""
        return Audit(snapshots=(VerifiedSnapshot(id=snapshot, problems=tuple(self.bad_bytes)),))

    def keep_snapshot(self, snapshot: str, *, kept: bool) -> None:
        """Note it."""
        self.kept = self.kept | {snapshot} if kept else self.kept - {snapshot}

    def preview_prune(self) -> Pruning:
        """Give the last of what is stored, unless it is kept."""
        return pruning([each.id for each in self.stored[-1:] if each.id not in self.kept], done=False)

    def prune(self) -> Pruning:
        """Remove it."""
        found = self.preview_prune()
        self.stored = self.stored[:-1]
        self.done.append("prune")
        return replace(found, done=True)

    def preview_restore(self, snapshot: Snapshot, login: Login | None) -> RestorePreview:
        """Give what others wrote, or why it is not known, and what bars the way."""
        if isinstance(self.edits, WizardError):
            raise self.edits
        manual = tuple(ManualChange(what=edit) for edit in self.edits)
        changes = difference("now", snapshot.id)
        return RestorePreview(snapshot=snapshot, refusal=self.barred, changes=changes, manual=manual)

    def rollback(self, snapshot: str, login: Login | None, *, accepted: bool) -> Job:
        """Note it."""
        self.done.append(f"rollback {snapshot}{' accepted' if accepted else ''}")
        self.job = FakeJob(self, kind=Operation.ROLLBACK, waits=False)
        return self.job


def difference(before: str, after: str) -> Difference:
    """One path and one value that differ."""
    text = "@@ -1 +1 @@\n-maxmemory 19gb\n+maxmemory 0\n"
    path = PathDifference(path=PurePosixPath("/etc/redis/redis.conf"), what=("contents",), diff=text)
    value = ValueDifference(name="maxmemory", before="19gb", after="0")
    return Difference(
        before=before, after=after, paths=(path,), kernel=(), directives=(value,), units=(), compared="9 paths"
    )


def pruning(names: Sequence[str], *, done: bool) -> Pruning:
    """These go."""
    gone = tuple(PruneDecision(id=name, why="older than the newest 10") for name in names)
    return Pruning(done=done, kept=(), removed=gone, records=(), blobs=(), freed=18 << 10)


TAKEN_BACK = Outcome(
    result=Result.ROLLED_BACK,
    snapshot="20260504-101112",
    summary="Rolled back, everything is as before. The reason: no confirmation came within 300 s",
    seconds=2.0,
    checks=("SAME: 9 paths, 4 kernel values, 14 live directives, 2 units are as in snapshot 20260504-101112.",),
)
ROLLED_BACK = Outcome(result=Result.ROLLED_BACK, summary="the host is as it was", seconds=1.0)
APPLIED = Outcome(
    result=Result.APPLIED,
    snapshot="20260504-101112",
    summary="4 changes applied and verified",
    seconds=3.2,
    downtime_seconds=0.4,
    keys_before=12,
    keys_after=12,
    checks=("login as app over TLS", "nobody enters without a password"),
)


def phases(says: str = "") -> tuple[Event, ...]:
    """Every phase begins and is done, with two sentences of what was seen from outside."""
    names = (Phase.LOCK, Phase.SNAPSHOT, Phase.STAGE, Phase.REHEARSE, Phase.COMMIT, Phase.VERIFY)
    found = []
    for place, phase in enumerate(names):
        kinds = ((EventKind.BEGIN, "begins", None), (EventKind.DONE, "done", 0.1))
        for offset, (kind, text, seconds) in enumerate(kinds, 1):
            found.append(
                Event(
                    sequence=2 * place + offset,
                    at="2026-05-04T10:11:12.000Z",
                    kind=kind,
                    phase=phase,
                    text=f"{phase} {text}{says}",
                    seconds=seconds,
                )
            )
    found[-1:-1] = [_seen(f"{text}{says}") for text in APPLIED.checks]
    return tuple(found)


def _seen(text: str) -> Event:
    return Event(sequence=11, at="2026-05-04T10:11:12.000Z", kind=EventKind.NOTE, phase=Phase.VERIFY, text=text)


def confirm_event(kind: EventKind, text: str, *, deadline: float | None = None) -> Event:
    """An event of the wait for a confirmation."""
    return Event(
        sequence=13, at="2026-05-04T10:11:20.000Z", kind=kind, phase=Phase.CONFIRM, text=text, deadline=deadline
    )


def standing(stage: Stage = Stage.WAITING, **over: object) -> ApplyStatus:
    """An apply that another login has begun."""
    fields: dict[str, object] = {
        "id": "20260504-101112",
        "kind": Operation.APPLY,
        "stage": stage,
        "what": "12 changes, 1 restart",
        "instance": "redis-server",
        "by": "alice",
        "begun_at": "2026-05-04T10:11:12Z",
        "phase": Phase.CONFIRM if stage is Stage.WAITING else Phase.COMMIT,
        "text": "waiting 300 seconds for a confirmation" if stage is Stage.WAITING else "make the changes",
        "seconds_left": 277.0 if stage is Stage.WAITING else None,
    }
    return ApplyStatus(**{**fields, **over})  # type: ignore[arg-type]  # a builder takes a value for any field


def plan(answers: Answers, left_out: frozenset[str] = frozenset(), *, lossy: bool = False) -> Plan:
    """Three directives, two users and a restart; a lossy one loses keys."""
    conf, acl = PurePosixPath("/etc/redis/redis.conf"), PurePosixPath("/etc/redis/users.acl")
    limit = "19gb" if answers.memory.maxmemory == "auto" else answers.memory.maxmemory
    changes: list[Change] = [
        directive(conf, "maxmemory", "0", limit),
        directive(conf, "maxmemory-policy", "allkeys-lru", answers.memory.policy),
        directive(conf, "port", "6379", str(answers.network.port)),
    ]
    changes += [_user(acl, user) for user in answers.acl.users]
    changes += [
        Restart(
            id="restart",
            title="Restart redis-server",
            before="",
            after="",
            why="tls-port is taken at start only.",
            source="redis.io",
            effect=Effect.RESTART,
            risk=Risk.DATA if lossy else Risk.DISCONNECT,
            evidence="1,204 keys are in no file: saving is off" if lossy else "",
            requires_consent=lossy,
            undo="another restart",
            unit="redis-server.service",
            because=("directive:port",),
        )
    ]
    kept = tuple(change for change in changes if change.id not in left_out)
    text = f"--- a/redis.conf\n+++ b/redis.conf\n@@ -66,3 +66,3 @@\n # comment\n-maxmemory 0\n+maxmemory {limit}\n"
    acl_text = "@@ -0,0 +1,2 @@\n+user app on #~generated ~app:* -@all +@read\n+user admin on #~generated ~* +@all\n"
    return Plan(
        id="20260504-101112",
        created_at="2026-05-04T10:11:12Z",
        host="db1",
        instance="redis-server",
        config=conf,
        fingerprint="00" * 32,
        answers=answers,
        changes=kept,
        diffs=(
            FileDiff(path=conf, text=text, added=1, removed=1),
            FileDiff(path=acl, text=acl_text, added=2, removed=0),
        ),
        impacts=(
            Impact(who="10.0.4.30, user default", loses="its login", change="user:default", remedy="give it app"),
        ),
        notes=(Note(subject="firewall", text="Close 6379 in the cloud firewall."),),
        sizing=(
            SizingTerm(label="memory of the host", amount=32 << 30, source="/proc/meminfo"),
            SizingTerm(label="kept for the system", amount=-(2 << 30), source="max(1 GiB, 6 %)"),
        ),
    )


def directive(path: PurePosixPath, name: str, before: str, after: str) -> SetDirective:
    return SetDirective(
        id=f"directive:{name}",
        title=name,
        before=before,
        after=after,
        why=f"{name} is wanted.",
        source="redis.io",
        items=(17,),
        effect=Effect.NOW,
        undo=f"{name} {before}",
        path=path,
        name=name,
        values=((after,),),
        live=after,
    )


def _user(path: PurePosixPath, user: UserAnswer) -> SetUser:
    return SetUser(
        id=f"user:{user.name}",
        title=f"user {user.name}",
        before="",
        after=user.role,
        why="One user a service.",
        source="item 9",
        items=(9,),
        effect=Effect.NOW,
        undo="the user is removed",
        path=path,
        user=user.name,
        rules="on -@all +@read",
        password="generate",
    )


def report(host: str, attestations: Sequence[Attestation] = ()) -> Report:
    """25 findings."""
    attested = {each.item for each in attestations}
    items = tuple(_finding(number, attested) for number in range(1, 26))
    return Report(host=host, instance="redis-server", taken_at=build.TAKEN_AT, score=60, items=items, extra=())


_FAILS = {
    6: (Severity.CRITICAL, "anyone may log in without a password", "acl"),
    17: (Severity.HIGH, "no maxmemory", "memory"),
}


def _finding(number: int, attested: set[int]) -> Finding:
    severity, summary, step = _FAILS.get(number, (Severity.MEDIUM, f"item {number} is fine", ""))
    state = State.FAIL if number in _FAILS else State.PASS
    if number in {3, 22}:
        state, summary = State.UNKNOWN, f"item {number} cannot be seen from here"
    if number in attested:
        state = State.ATTESTED
    return Finding(
        id=str(number),
        number=number,
        title=f"Item {number}",
        state=state,
        severity=severity,
        summary=summary,
        step=step,
    )


def snapshot(name: str = "20260504-101112", **over: object) -> Snapshot:
    """A snapshot of an apply."""
    fields: dict[str, object] = {
        "id": name,
        "taken_at": "2026-05-04T10:11:12Z",
        "host": "db1",
        "machine": "ab",
        "instance": "redis-server",
        "what": "12 changes, 1 restart",
        "by": "alice",
        "paths": (),
        "kernel": {},
        "directives": {},
        "units": (),
        "state": "applied",
    }
    return Snapshot(**{**fields, **over})  # type: ignore[arg-type]  # a builder takes a value for any field
