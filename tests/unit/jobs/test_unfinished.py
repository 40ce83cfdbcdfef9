"""Which apply is open, whatever the clock says and whoever died: found by its nets, and by its journal."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import PurePosixPath

import pytest

from tests.support.apply_memory import Stopped, apply, make_plan, picture, stop_before, tree
from tests.support.memory_host.host import MemoryHost
from wizard.app import attach, close_unstarted, generate_passwords, recover, start, start_rollback, status
from wizard.jobs import journal, lock, requests, watchdog
from wizard.jobs import status as jobs_status
from wizard.jobs.status import INTERRUPTED_BEFORE_CHANGE, unfinished_apply
from wizard.model.event import Result
from wizard.model.plan import Plan
from wizard.model.status import Stage
from wizard.recovery import recover as recovery
from wizard.recovery.recover import kill_if_hung

MIDDLE = 60
"""So many changes into an apply, the host itself is being changed."""


@pytest.fixture
def host() -> MemoryHost:
    return tree("debian13-redis")


@pytest.fixture
def wanted(host: MemoryHost) -> Plan:
    return make_plan(host)


def at(moment: datetime) -> type[datetime]:
    """Give a clock that stands still."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            assert tz is UTC
            return cls.fromtimestamp(moment.timestamp(), tz)

    return Clock


def ordered(host: MemoryHost, wanted: Plan) -> str:
    """Write an order that no worker ever begins."""
    return requests.create_apply(host, wanted, confirm_within=0, secrets_to="").id


def cut_off(host: MemoryHost, wanted: Plan) -> str:
    """Begin to apply, and die in the middle."""
    stop_before(host, MIDDLE, Stopped())
    with pytest.raises(Stopped):
        apply(host, wanted)
    host.before_change = lambda _what, _path: None
    return watchdog.pending_apply(host)


def ending(host: MemoryHost, identity: str) -> Result | None:
    outcome = journal.read(host, identity).outcome
    return outcome.result if outcome else None


def test_names_stand_in_the_order_of_time_when_the_clock_is_set_back(
    host: MemoryHost, wanted: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 5, 4, 10, 11, 12, 500, tzinfo=UTC)
    taken = []
    for moment in (now, now, now + timedelta(days=400), now, now):
        monkeypatch.setattr(requests, "datetime", at(moment))
        taken.append(ordered(host, wanted))
    assert taken == ["20260504-101112", "20260504-101112-02", "20270608-101112", "20270608-101113", "20270608-101114"]
    assert requests.identities(host) == tuple(reversed(taken))


def test_what_the_nets_hold_is_open_whatever_its_name(
    host: MemoryHost, wanted: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = picture(host)
    with monkeypatch.context() as clock:
        clock.setattr(requests, "next_time", lambda _host: datetime.now(UTC) + timedelta(days=400))
        for _ in range(4):
            done = apply(host, wanted)
            assert done.result is Result.APPLIED, done
            assert start_rollback(host, done.snapshot, login=None).outcome().result is Result.ROLLED_BACK
    monkeypatch.setattr(requests, "next_time", lambda _host: datetime.now(UTC))
    opened = cut_off(host, wanted)
    assert opened < requests.identities(host)[7]
    assert (unfinished_apply(host), attach(host).identity) == (opened, opened)
    now = status(host)
    assert now is not None
    assert (now.id, now.stage) == (opened, Stage.INTERRUPTED)
    assert recover(host) is not None
    assert ending(host, opened) is Result.ROLLED_BACK
    assert picture(host) == before


def test_the_nets_of_another_apply_stay(host: MemoryHost, wanted: Plan) -> None:
    opened = cut_off(host, wanted)
    watchdog.disarm(host, "20200101-000000")
    assert watchdog.pending_apply(host) == opened
    assert not watchdog.is_armed(host, "20200101-000000")
    assert recover(host) is not None
    assert watchdog.pending_apply(host) == ""


def test_a_timer_ends_a_worker_that_missed_its_time_and_no_other_one(host: MemoryHost, wanted: Plan) -> None:
    killed: list[str] = []
    opened = cut_off(host, wanted)
    with lock.hold(host):
        kill_if_hung(host, opened, lambda: killed.append(opened))
    assert killed == [opened]
    assert recover(host) is not None
    watchdog.arm(host, "20990101-000000", None)
    with lock.hold(host):
        kill_if_hung(host, opened, lambda: killed.append("another"))
    assert killed == [opened]


def test_nets_of_what_is_no_more_are_taken_in(host: MemoryHost, wanted: Plan) -> None:
    opened = cut_off(host, wanted)
    recovery.recover(host, identity=opened)
    watchdog.arm(host, opened, None)
    assert recover(host) is None
    assert watchdog.pending_apply(host) == ""


def test_an_order_whose_worker_never_came_is_taken_over_by_the_next(
    host: MemoryHost, wanted: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = ordered(host, wanted)
    now = status(host)
    assert now is not None
    assert (now.id, now.stage, now.text) == (left, Stage.WORKING, "it is about to start")
    close_unstarted(host)
    assert ending(host, left) is None
    monkeypatch.setattr(jobs_status, "BEGINNING_SECONDS", 0.0)
    now = status(host)
    assert now is not None
    assert (now.id, now.stage, now.text) == (left, Stage.INTERRUPTED, "it was never started: nothing was changed")
    done = start(host, wanted, login=None, passwords=generate_passwords(wanted)).outcome()
    assert done.result is Result.APPLIED, done
    assert ending(host, left) is Result.REFUSED


def test_what_was_cut_off_before_its_first_change_has_ended_and_is_in_nobodys_way(
    host: MemoryHost, wanted: Plan
) -> None:
    def dies(_what: str, path: PurePosixPath) -> None:
        if path.name == "pending":
            raise Stopped

    before = picture(host)
    host.before_change = dies
    with pytest.raises(Stopped):
        apply(host, wanted)
    host.before_change = lambda _what, _path: None
    now = status(host)
    assert now is not None
    assert (now.stage, now.outcome) == (Stage.ENDED, INTERRUPTED_BEFORE_CHANGE)
    assert ending(host, now.id) is None
    assert picture(host) == before
    done = start(host, wanted, login=None, passwords=generate_passwords(wanted)).outcome()
    assert done.result is Result.APPLIED, done
    assert ending(host, now.id) is Result.REFUSED


def test_a_journal_with_a_gap_proves_nothing_about_what_was_changed(host: MemoryHost, wanted: Plan) -> None:
    opened = cut_off(host, wanted)
    lines = host.nodes[journal.path_of(host, opened)].data.splitlines(keepends=True)
    kept = [line for line in lines if b'"commit"' not in line]
    host.put(journal.path_of(host, opened), b"".join(kept), mode=0o600)
    now = status(host)
    assert now is not None
    assert now.stage is Stage.INTERRUPTED


def test_a_rollback_that_never_began_is_begun_anew(
    host: MemoryHost, wanted: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = picture(host)
    done = apply(host, wanted)
    left = requests.create_rollback(host, done.snapshot).id
    monkeypatch.setattr(jobs_status, "BEGINNING_SECONDS", 0.0)
    back = start_rollback(host, done.snapshot, login=None).outcome()
    assert back.result is Result.ROLLED_BACK, back
    assert ending(host, left) is Result.REFUSED
    assert picture(host) == before
