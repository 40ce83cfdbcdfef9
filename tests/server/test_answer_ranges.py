"""Each answer that validates can be applied: at both ends of its range a new plan is empty."""

from collections.abc import Mapping
from functools import reduce

import pytest

from tests.support.apply_bench import Bench
from wizard.model.answers import Answers
from wizard.model.event import Result
from wizard.model.value import replace
from wizard.planning.validation.ranges import validate_values
from wizard.settings import SETTINGS

pytestmark = pytest.mark.server

NOT_APPLIED_HERE = {"network", "kernel"}
"""Ports and kernel values belong to the host of the test."""
ENDS = {
    row.answer: (row.range.low, row.range.high)
    for row in SETTINGS
    if row.range and row.answer.partition(".")[0] not in NOT_APPLIED_HERE and row.answer != "tls.port"
}


def with_values(answers: Answers, values: Mapping[str, int]) -> Answers:
    return reduce(_with, values.items(), answers)


def _with(answers: Answers, item: tuple[str, int]) -> Answers:
    section, field = item[0].split(".")
    return replace(answers, **{section: replace(getattr(answers, section), **{field: item[1]})})


@pytest.mark.parametrize("field", ENDS)
@pytest.mark.parametrize(("end", "step"), [(0, -1), (1, 1)])
def test_one_beyond_is_refused_with_key_and_range(field: str, end: int, step: int) -> None:
    low, high = ENDS[field]
    problems = validate_values(with_values(Answers(), {field: (low, high)[end] + step}))
    text = next(each.text for each in problems if each.field == field)
    assert text.endswith(f"it takes {low} to {high}.")


@pytest.mark.parametrize("build", ["r62", "r80", "v91"], indirect=True)
@pytest.mark.parametrize("end", [0, 1])
def test_both_ends_are_applied_and_nothing_is_left_to_plan(end: int, box: Bench) -> None:
    values = {field: each[end] for field, each in ENDS.items()}

    def chosen(answers: Answers) -> Answers:
        return with_values(answers, values)

    assert not [each for each in validate_values(chosen(Answers())) if each.blocking]
    outcome = box.apply(box.plan(chosen))
    assert outcome.result is Result.APPLIED, outcome
    again = box.plan(chosen, login=box.admin)
    assert again.empty, [change.title for change in again.changes]


@pytest.mark.parametrize("days", [2, 20, 30, 31, 89])
def test_a_certificate_of_any_length_is_not_due_when_it_is_new(days: int, box: Bench) -> None:
    def short(answers: Answers) -> Answers:
        return with_values(answers, {"tls.server_days": days, "tls.client_days": days})

    assert box.apply(box.plan(short)).result is Result.APPLIED
    assert box.plan(short, login=box.admin).empty
