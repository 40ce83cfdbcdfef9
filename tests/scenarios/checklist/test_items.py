"""Every item on every host made for it."""

import pytest

from tests.scenarios.checklist.cases import CASES
from tests.scenarios.checklist.cases.hosts import HARD, TODAY, Case
from tests.support.facts_builder import with_live
from wizard.checklist.registry import check
from wizard.model.facts import Unreadable
from wizard.model.finding import State


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case}" for number, case in enumerate(CASES)])
def test_item_is_judged_as_it_should_be(case: Case) -> None:
    report = check(case.facts, instance="redis-server", attestations=case.attestations, today=TODAY)
    (finding,) = [each for each in (*report.items, *report.extra) if each.id == case.item]
    assert (finding.state, finding.summary) == (case.state, finding.summary)
    assert case.says in finding.summary
    if finding.state is State.PASS:
        assert finding.evidence
    if finding.state in (State.FAIL, State.UNKNOWN):
        assert finding.fix
        assert finding.evidence or finding.state is State.UNKNOWN


def test_a_hardened_host_passes_all_that_one_host_can_pass() -> None:
    report = check(HARD, today=TODAY)
    left = {each.number: each.state for each in report.items if each.state is not State.PASS}
    assert set(left) == {2, 3, 4, 14, 16, 22, 23}
    assert State.FAIL not in left.values()
    assert all(each.state is State.PASS for each in report.extra)


def test_the_last_save_is_evidence_of_how_old_a_copy_of_the_dump_is() -> None:
    live = HARD.instances[0].live
    assert not isinstance(live, Unreadable)
    for saved, shown in (("1777863600", ["2026-05-04T03:00:00Z"]), ("0", []), ("9" * 18, []), ("soon", [])):
        facts = with_live(HARD, info={**live.info, "rdb_last_save_time": saved})
        (backups,) = [each for each in check(facts, today=TODAY).items if each.id == "22"]
        assert [each.value for each in backups.evidence if each.what == "last save"] == shown
