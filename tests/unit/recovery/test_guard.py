"""The guard disturbs nobody who works, recovers what nobody works on, and tries again less and less often."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.apply_memory import Stopped, apply, make_plan, picture, stop_before, tree
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices
from wizard.errors import ApplyError, HostError
from wizard.jobs import boot_clock, journal, journal_writer, lock, requests, retries, watchdog
from wizard.jobs.status import status_of
from wizard.model.event import EventKind, Phase, Result
from wizard.model.status import Stage
from wizard.recovery import guard
from wizard.recovery.recover import Trigger

MIDDLE = 60


@pytest.fixture
def host() -> MemoryHost:
    made = tree("debian13-redis")
    stop_before(made, MIDDLE, Stopped())
    with pytest.raises(Stopped):
        apply(made, make_plan(made))
    made.before_change = lambda _what, _path: None
    return made


class Time:
    """A clock that passes only where somebody waits."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.meanwhile: Callable[[], object] = lambda: None

    def wait(self, seconds: float) -> None:
        self.passed += seconds
        self.meanwhile()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    made, now = Time(), boot_clock.now()
    monkeypatch.setattr(boot_clock, "now", lambda: now + made.passed)
    return made  # type: ignore[return-value]


def ending(host: MemoryHost, identity: str) -> Result | None:
    outcome = journal.read(host, identity).outcome
    return outcome.result if outcome else None


def test_what_nobody_works_on_is_recovered(host: MemoryHost, time: Time) -> None:
    opened = watchdog.pending_apply(host)
    assert guard.look(host, opened, wait=time.wait)
    assert ending(host, opened) is Result.ROLLED_BACK
    before = picture(host)
    assert guard.look(host, opened, wait=time.wait)
    assert picture(host) == before


def test_who_works_and_writes_is_not_disturbed(host: MemoryHost, time: Time) -> None:
    opened = watchdog.pending_apply(host)
    with lock.hold(host):
        journal_writer.Journal(host, opened).note(Phase.COMMIT, "still at it")
        assert guard.look(host, opened, wait=time.wait)
    assert ending(host, opened) is None
    assert time.passed < 1


def test_who_works_for_minutes_is_not_disturbed(host: MemoryHost, time: Time) -> None:
    opened = watchdog.pending_apply(host)
    host.put_directory(watchdog.RUNNING)
    host.reopen_arguments, host.services = (), MemoryServices({})
    watchdog.arm(host, opened, None)
    with lock.hold(host):
        for time.passed in (60.0, 600.0, 1100.0):
            journal_writer.Journal(host, opened).note(Phase.COMMIT, "still at it")
            assert guard.look(host, opened, wait=time.wait)
            assert journal.read(host, opened).decision is None


def test_a_clock_that_is_set_makes_nobody_silent(host: MemoryHost, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "age", lambda _record: 86400.0)
    opened = watchdog.pending_apply(host)
    time.meanwhile = lambda: (
        journal_writer.Journal(host, opened).note(Phase.COMMIT, "at it") if time.passed > 20 else None
    )
    with lock.hold(host):
        assert guard.look(host, opened, wait=time.wait)
    assert journal.read(host, opened).decision is None


def test_who_is_silent_for_a_minute_is_ended(host: MemoryHost, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "age", lambda _record: 61.0)
    opened, killed = watchdog.pending_apply(host), []
    held = lock.hold(host)
    held.__enter__()

    def kill() -> None:
        killed.append(opened)
        held.__exit__(None, None, None)

    assert guard.ended_frozen(host, opened, kill, wait=time.wait)
    assert killed == [opened]
    assert time.passed <= guard.SILENT_SECONDS
    decision = journal.read(host, opened).decision
    assert decision is not None
    assert decision.kind is EventKind.REVOKED


def test_a_lock_that_is_held_for_a_look_only_holds_nothing_up(host: MemoryHost, time: Time) -> None:
    opened = watchdog.pending_apply(host)
    held = lock.hold(host)
    held.__enter__()
    time.meanwhile = lambda: held.__exit__(None, None, None) if time.passed < 0.06 else None
    assert guard.look(host, opened, wait=time.wait)
    assert ending(host, opened) is Result.ROLLED_BACK


# --- tries ---------------------------------------------------------------------------------------


def test_tries_come_less_and_less_often_and_end() -> None:
    delays = [retries.delay(count) for count in range(1, 200)]
    assert delays[:5] == [2, 4, 8, 16, 32]
    assert max(delays) == retries.LONGEST_SECONDS
    assert sum(delays) > retries.GIVE_UP_SECONDS


def test_what_fails_is_counted_told_and_tried_when_its_time_has_come(
    host: MemoryHost, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, asked = watchdog.pending_apply(host), []

    def fails(*_given: object, **_more: object) -> None:
        asked.append(time.passed)
        raise ApplyError("the file is immutable")

    with monkeypatch.context() as broken:
        broken.setattr(guard, "recover", fails)
        assert not guard.look(host, opened, wait=time.wait)
        # Those that are near are made in one look, the others in later ones.
        assert 4 <= len(asked) <= 6
        assert not guard.look(host, opened, wait=time.wait)
    told = retries.read(host, opened)
    assert told is not None
    assert (told.count, told.why, told.over) == (len(asked), "the file is immutable", False)
    failed = [event for event in journal.read(host, opened).events if event.kind is EventKind.FAILED]
    assert [event.text for event in failed] == ["the file is immutable"]
    # Each try writes lines of its own; between two of them it is said what stands in the way.
    journal_writer.Journal(host, opened).note(Phase.ROLLBACK, "a line of a later try")
    assert (status_of(host, opened).text, told.why) == (told.why, "the file is immutable")
    with lock.hold(host):
        assert status_of(host, opened).text == "a line of a later try"
    assert f"tried {len(asked)} times" in status_of(host, opened).tries
    time.passed += 600
    assert guard.look(host, opened, wait=time.wait)
    assert ending(host, opened) is Result.ROLLED_BACK
    assert retries.read(host, opened) is None


def test_after_a_day_it_is_left_to_a_person(
    host: MemoryHost, time: Time, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = watchdog.pending_apply(host)
    retries.failed(host, opened, "the unit is masked")
    time.passed += retries.GIVE_UP_SECONDS + 1
    retries.failed(host, opened, "the unit is masked")
    monkeypatch.setattr(guard, "recover", lambda *_given, **_more: pytest.fail("it is tried again"))
    assert not guard.look(host, opened, wait=time.wait)
    now = status_of(host, opened)
    assert now.stage is Stage.INTERRUPTED
    assert "no further try before the next boot" in now.tries
    assert "the unit is masked" in capsys.readouterr().err


def test_tries_of_another_boot_count_no_more(host: MemoryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = watchdog.pending_apply(host)
    retries.failed(host, opened, "no")
    monkeypatch.setattr(boot_clock, "boot_id", lambda: "another")
    assert retries.read(host, opened) is None


def test_an_end_that_cannot_be_written_is_a_failed_try(host: MemoryHost, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = watchdog.pending_apply(host)
    monkeypatch.setattr(guard, "recover", lambda *_given, **_more: None)
    with pytest.raises(HostError, match="could not be recorded"):
        guard.attempt(host, Trigger.GUARD, opened)
    assert requests.identities(host)[0] == opened
