"""A short selection of the fault campaign, the same one each time; `make faults` runs all of it."""

import random
from collections.abc import Iterator

import pytest

from tests.faults import campaign
from tests.faults.inject import RECORDS
from tests.faults.kinds import KINDS
from tests.faults.stage import stage

SEED = 20
EACH = 20
"""Of the enumerated kills: every twentieth record of the journal."""

OTHERS = frozenset(
    {
        "power cut",
        "power cut in the window",
        "clock jumps",
        "sandbox forbids the new paths",
        "configuration directory full",
        "data directory full",
        "reboot in the window",
        "worker frozen in the window",
        "connection lost in the window",
        "remounted read-only",
        "server refuses to start",
        "recovery killed",
        "certificate renewal rolled back",
        "a concurrent administrator",
        "rollback killed",
    }
)


def selection() -> Iterator[campaign.Run]:
    """Choose the runs."""
    chance = random.Random(SEED)  # noqa: S311 - chance, no secret
    chosen = [kind for kind in KINDS if kind.name in OTHERS]
    assert len(chosen) == len(OTHERS)
    enumerated = campaign.enumerated(RECORDS, every=EACH, begin=chance.randint(1, EACH))
    yield from campaign.numbered((*chosen, *enumerated), chance)


@pytest.fixture(scope="module")
def results() -> list[campaign.Result]:
    return campaign.perform(list(selection()), jobs=2)


def test_every_run_ends_in_the_first_or_the_planned_state(results: list[campaign.Result]) -> None:
    failed = [result for result in results if not result.verdict.passed]
    assert not failed, "\n".join(f"{result.run.title}: {result.verdict}" for result in failed)
    ended = {result.verdict.ended for result in results}
    assert {"first", "planned"} <= ended <= {"not begun", "refused", "first", "planned"}, campaign.table(results)


def test_the_judge_sees_a_host_that_is_neither(results: list[campaign.Result]) -> None:
    """The verdict can fail: a file that is changed after the end is found."""
    del results
    with stage("fault-judge") as here:
        here.apply()
        here.shell("echo '# by another hand' >>/etc/redis/redis.conf")
        assert here.judge().passed  # a comment is no plan
        here.shell("sysctl -qw vm.overcommit_memory=0; redis-cli -s /run/redis/redis.sock ping >/dev/null || :")
        verdict = here.judge()
        assert not verdict.passed
        assert verdict.ended == "neither"
