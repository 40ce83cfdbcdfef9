"""A decision binds everybody: no record leads to both ends, whoever dies, comes too late or cannot write."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from tests.support.apply_memory import Stopped, apply, make_plan, picture, tree
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.tree import Node
from wizard.app import generate_passwords, recover, start
from wizard.apply import confirm
from wizard.apply.process import perform
from wizard.errors import ApplyError, BusyError, HostError
from wizard.host.port import Host
from wizard.jobs import boot_clock, journal, journal_writer, lock, requests, watchdog
from wizard.model.event import Outcome, Result
from wizard.model.facts.instance import Instance
from wizard.model.status import Operation
from wizard.recovery import recover as recovering
from wizard.snapshots.store import Store
from wizard.started_apply import Apply

NAME = "debian13-redis"
WINDOW = 60


class Left(NamedTuple):
    """An apply whose worker was killed while it waited for a confirmation."""

    host: MemoryHost
    apply: Apply
    before: dict[PurePosixPath, Node]

    def ends(self, ending: Result) -> None:
        """It has this end, on the host and on record, and nobody can change it any more."""
        recover(self.host)
        assert recover(self.host) is None
        outcome = journal.read(self.host, self.apply.identity).outcome
        assert outcome is not None
        assert outcome.result is ending, outcome
        kept = ending is Result.APPLIED
        assert make_plan(self.host).empty if kept else picture(self.host) == self.before
        state = "applied" if kept else "rolled-back"
        assert Store(self.host).load(self.apply.identity).state == state
        assert self.apply.confirm() is kept
        assert self.apply.rollback() is not kept


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Left:
    host = tree(NAME)
    before, wanted = picture(host), make_plan(host)

    def killed(_seconds: float) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(confirm, "time", SimpleNamespace(sleep=killed))
        apply = start(host, wanted, login=None, passwords=generate_passwords(wanted), confirm_within=WINDOW)
        with suppress(Stopped):
            apply.outcome()
    assert journal.read(host, apply.identity).confirmable
    return Left(host, apply, before)


def too_late(patch: pytest.MonkeyPatch) -> None:
    late = boot_clock.now() + WINDOW
    patch.setattr(boot_clock, "now", lambda: late)


def another_boot(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(boot_clock, "boot_id", lambda: "another")


def test_a_confirmation_that_comes_while_a_recovery_begins_keeps_the_change(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_host: Host, _unended: object) -> None:
        assert left.apply.confirm()

    monkeypatch.setattr(recovering, "clean_leftovers", meanwhile)
    outcome = recover(left.host)
    assert outcome is not None
    assert outcome.result is Result.APPLIED
    left.ends(Result.APPLIED)


@pytest.mark.parametrize("passes", [too_late, another_boot])
def test_a_confirmation_after_its_time_takes_the_change_back(
    passes: Callable[[pytest.MonkeyPatch], None], left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes(monkeypatch)
    assert not left.apply.confirm()
    decision = journal.read(left.host, left.apply.identity).decision
    assert decision is not None
    assert decision.text == "no confirmation came in time"
    left.ends(Result.ROLLED_BACK)


def test_what_was_taken_back_without_a_line_cannot_be_confirmed(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    too_late(monkeypatch)
    lines = journal.read(left.host, left.apply.identity).events
    left.host.full_below.add(left.host.state)
    outcome = recover(left.host)
    assert outcome is not None
    assert "could not be recorded" in outcome.summary
    assert journal.read(left.host, left.apply.identity).events == lines
    assert picture(left.host) == left.before
    left.host.full_below.clear()
    assert not left.apply.confirm()
    left.ends(Result.ROLLED_BACK)


def test_nothing_is_taken_back_in_secret_while_it_may_still_be_confirmed(left: Left) -> None:
    left.host.full_below.add(left.host.state)
    with pytest.raises(ApplyError, match="no space"):
        recover(left.host)
    assert make_plan(left.host).empty
    left.host.full_below.clear()
    assert left.apply.confirm()
    left.ends(Result.APPLIED)


def test_whoever_freezes_while_he_decides_stops_no_rollback(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "DECISION_SECONDS", 0.0)
    meanwhile: list[Outcome | None] = []

    def freeze(_what: str, path: PurePosixPath) -> None:
        """The operator's process has the lock and is about to write; it wakes up when all is over."""
        if path.name == "journal.jsonl" and not meanwhile:
            meanwhile.append(None)
            with pytest.raises(BusyError):
                left.apply.confirm()
            meanwhile[0] = recover(left.host)

    left.host.before_change = freeze
    assert not left.apply.confirm()
    assert meanwhile[0] is not None
    assert meanwhile[0].result is Result.ROLLED_BACK
    left.ends(Result.ROLLED_BACK)


def test_a_word_to_go_back_before_the_first_change_lets_nothing_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    host = tree(NAME)
    before, wanted = picture(host), make_plan(host)
    arm = watchdog.arm

    def armed(host: Host, identity: str, instance: Instance | None) -> None:
        assert Apply(host, identity).rollback()
        arm(host, identity, instance)

    monkeypatch.setattr(watchdog, "arm", armed)
    host.changes.clear()
    outcome = start(host, wanted, login=None, passwords=generate_passwords(wanted)).outcome()
    assert outcome.result is Result.REFUSED
    assert outcome.summary.startswith("Nothing was changed: ")
    assert "rollback requested by " in outcome.summary
    assert picture(host) == before
    record = journal.read(host, requests.identities(host)[0])
    assert not record.may_have_changed_host
    assert not [each for each in host.changes if str(host.state) not in each]


@pytest.mark.parametrize("kind", Operation)
def test_a_worker_that_was_given_up_before_it_began_changes_nothing(kind: Operation) -> None:
    host = tree(NAME)
    if kind is Operation.APPLY:
        order = requests.create_apply(host, make_plan(host), confirm_within=0, secrets_to="")
    else:
        order = requests.create_rollback(host, apply(host, make_plan(host)).snapshot)
    before = picture(host)
    given_up = recovering.recover(host, identity=order.id)
    assert given_up is not None
    assert given_up.result is Result.REFUSED
    lines = journal.read(host, order.id).events
    assert perform(host, order.id) == given_up
    assert journal.read(host, order.id).events == lines
    assert picture(host) == before


# --- more time -------------------------------------------------------------------------------


def test_more_time_is_taken_by_whoever_confirms(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    assert WINDOW < left.apply.extend(300) <= WINDOW + 300
    record = journal.read(left.host, left.apply.identity)
    assert record.events[-1].text.startswith("5 minutes more to confirm, by ")
    assert left.apply.status().seconds_left == pytest.approx(WINDOW + 300, abs=5)
    too_late(monkeypatch)
    assert left.apply.confirm()
    left.ends(Result.APPLIED)


def test_more_time_has_a_limit(left: Left) -> None:
    with pytest.raises(ApplyError, match="at most 60 minutes from now"):
        left.apply.extend(journal_writer.LONGEST_WAIT_SECONDS)
    assert left.apply.confirm()
    left.ends(Result.APPLIED)


@pytest.mark.parametrize("decide", [Apply.confirm, Apply.rollback])
def test_nothing_decided_gets_more_time(left: Left, decide: Callable[[Apply], bool]) -> None:
    assert decide(left.apply)
    with pytest.raises(ApplyError, match="does not wait for a confirmation"):
        left.apply.extend(300)


@pytest.mark.parametrize("passes", [too_late, another_boot])
def test_more_time_after_its_time_is_refused(
    passes: Callable[[pytest.MonkeyPatch], None], left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes(monkeypatch)
    with pytest.raises(ApplyError, match="does not wait for a confirmation"):
        left.apply.extend(300)
    left.ends(Result.ROLLED_BACK)


def test_more_time_that_cannot_be_written_leaves_the_deadline(left: Left) -> None:
    before = journal.read(left.host, left.apply.identity).deadline
    left.host.full_below.add(left.host.state)
    with pytest.raises(HostError):
        left.apply.extend(300)
    left.host.full_below.clear()
    assert journal.read(left.host, left.apply.identity).deadline == before


def test_a_worker_waits_the_time_that_it_was_given_and_then_rolls_back() -> None:
    host = tree(NAME)
    before, wanted = picture(host), make_plan(host)
    apply = start(host, wanted, login=None, passwords=generate_passwords(wanted), confirm_within=1)
    waits = (event for event in apply.events() if event.deadline is not None)
    first = next(waits).deadline
    apply.extend(1)
    second = next(waits).deadline
    assert first is not None
    assert second is not None
    assert second == pytest.approx(first + 1, abs=0.01)
    outcome = apply.outcome()
    assert boot_clock.now() >= second
    assert outcome.result is Result.ROLLED_BACK
    assert "no confirmation came within 2 s" in outcome.summary
    assert picture(host) == before


def test_the_deadline_watchdog_spares_a_worker_that_was_just_given_more_time(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read the old deadline; the extension is written before it decides."""
    killed: list[str] = []
    held = iter((True, True, False))
    more = iter((300.0,))
    first = journal.read(left.host, left.apply.identity).deadline
    assert first is not None

    def named(_host: Host, _identity: str, _record: journal.Record) -> bool:
        for seconds in more:
            left.apply.extend(seconds)
        return True

    monkeypatch.setattr(recovering, "may_be_at_it", named)
    monkeypatch.setattr(recovering, "now", lambda: first + 1)
    monkeypatch.setattr(lock, "is_held", lambda _host: next(held))
    monkeypatch.setattr(recovering, "time", SimpleNamespace(sleep=lambda _seconds: None))
    recovering.kill_if_hung(left.host, left.apply.identity, lambda: killed.append("worker"))
    assert killed == []
    assert journal.read(left.host, left.apply.identity).decision is None
