"""How long a follower waits, and what it does then, by a clock that the test holds."""

from collections.abc import Iterator

import pytest

from wizard.recovery.patience import Act, Observation, Patience

STEP = 0.5


def acts(sights: Iterator[Observation], *, asked: bool = False) -> list[tuple[float, Act]]:
    """Ask for each sight; give what was to be done, and when."""
    patience = Patience(0.0, asked=asked)
    found: list[tuple[float, Act]] = []
    for sight in sights:
        act = patience.next(sight)
        if act is not Act.WAIT:
            found.append((sight.at, act))
        if act.name.startswith(("GIVE_UP", "END")):
            break
    return found


def still(seconds: float = 600, **more: object) -> Iterator[Observation]:
    """Show the same again and again."""
    known = {"lines": 5, "held": False, "alive": False, **more}
    for number in range(int(seconds / STEP)):
        yield Observation(at=number * STEP, **known)  # type: ignore[arg-type]


def test_a_worker_that_wrote_no_line_is_started_again_and_given_up_within_ten_seconds() -> None:
    found = acts(still(lines=0))
    assert [act for _, act in found] == [Act.START, Act.END_UNBEGUN]
    assert found[-1][0] < 10


@pytest.mark.parametrize("alive", [None, True])
def test_where_its_unit_is_there_or_nobody_knows_it_has_a_minute_each_time(*, alive: bool | None) -> None:
    found = acts(still(lines=0, alive=alive))
    assert [act for _, act in found] == [Act.START, Act.END_UNBEGUN]
    assert 60 < found[0][0] < 65
    assert found[-1][0] < 130


def test_what_nobody_works_on_is_recovered_and_given_up_when_no_recovery_writes_a_line() -> None:
    found = acts(still())
    assert [act for _, act in found] == [Act.RECOVER, Act.GIVE_UP_LEFT]
    assert 15 < found[0][0] < 16
    assert found[-1][0] < 25


def test_a_recovery_that_was_asked_for_and_is_gone_is_started_once_more() -> None:
    found = acts(still(), asked=True)
    assert [act for _, act in found] == [Act.RECOVER, Act.GIVE_UP_LEFT]
    assert found[-1][0] < 10


def test_who_holds_the_lock_and_writes_nothing_is_ended_once() -> None:
    found = acts(still(held=True))
    assert [act for _, act in found] == [Act.KILL, Act.GIVE_UP_HELD]
    assert 150 < found[0][0] < 151
    assert found[-1][0] < 190


def test_who_writes_a_line_now_and_then_is_waited_for() -> None:
    lines = (Observation(at=number, lines=number // 20, held=True, alive=None) for number in range(3600))
    assert acts(lines) == []


def test_a_wait_for_a_confirmation_is_no_silence() -> None:
    assert acts(still(3600, held=True, waits=True)) == []


def test_a_recovery_that_fails_is_followed_for_a_minute_and_through_the_try_under_way() -> None:
    def failing(*, held: bool) -> Iterator[Observation]:
        for number in range(600):
            yield Observation(at=number, lines=5, held=held, alive=None, failing=float(number))

    assert acts(failing(held=False)) == [(61, Act.GIVE_UP_FAILING)]
    assert acts(failing(held=True))[-1] in {(181, Act.GIVE_UP_FAILING), (151, Act.KILL)}


def test_a_new_line_begins_the_count_anew() -> None:
    def grows() -> Iterator[Observation]:
        yield from still(14)
        for number in range(60):
            yield Observation(at=14 + number * STEP, lines=6, held=False, alive=False)

    found = acts(grows())
    assert found[0][0] > 29
