"""Every item on every host made for it."""

import pytest

from tests.scenarios.checklist.cases import CASES, HARD, TODAY, Case
from wizard.checklist.registry import EXTRA, ITEMS, check
from wizard.model.finding import State

CANNOT = {
    "2": {State.PASS, State.FAIL},  # the rules of the firewall are not among the facts
    "3": {State.PASS},  # only an operator knows what lies between hosts
    "4": {State.FAIL},  # as 2
    "14": {State.PASS, State.FAIL},  # only an operator knows
    "22": {State.PASS, State.FAIL},
    "23": {State.PASS, State.FAIL},
    "24": {State.PASS, State.FAIL},
}
"""States that an item cannot give, and why."""


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


@pytest.mark.parametrize("item", [*ITEMS, *EXTRA], ids=lambda item: item.id)
def test_every_item_has_a_case_for_each_state_that_it_can_give(item: object) -> None:
    name = item.id  # type: ignore[attr-defined]
    wanted = {State.PASS, State.FAIL, State.UNKNOWN} - CANNOT.get(name, set())
    assert wanted <= {case.state for case in CASES if case.item == name}


def test_a_hardened_host_passes_all_that_one_host_can_pass() -> None:
    report = check(HARD, today=TODAY)
    left = {each.number: each.state for each in report.items if each.state is not State.PASS}
    assert set(left) == {2, 3, 4, 14, 16, 22, 23, 24}
    assert State.FAIL not in left.values()
    assert all(each.state is State.PASS for each in report.extra)
