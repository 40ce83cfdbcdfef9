"""Sets of addresses are what sets of numbers are."""

from hypothesis import given
from hypothesis import strategies as st

from wizard.checklist.firewall.sources import Sources, nothing

LAST = 60


def pieces(numbers: set[int]) -> tuple[tuple[int, int], ...]:
    """Give the ranges of numbers, apart from each other."""
    starts = sorted(each for each in numbers if each - 1 not in numbers)
    ends = sorted(each for each in numbers if each + 1 not in numbers)
    return tuple(zip(starts, ends, strict=True))


def sources(numbers: set[int]) -> Sources:
    return Sources(family=4, ranges=pieces(numbers))


SETS = st.sets(st.integers(0, LAST), max_size=LAST)


@given(SETS, SETS)
def test_they_are_joined_cut_and_taken_out_exactly(one: set[int], two: set[int]) -> None:
    assert sources(one) | sources(two) == sources(one | two)
    assert sources(one) & sources(two) == sources(one & two)
    assert sources(one) - sources(two) == sources(one - two)


@given(st.lists(st.integers(0, LAST)))
def test_one_by_one_they_are_what_they_are_together(numbers: list[int]) -> None:
    found = nothing(4)
    for number in numbers:
        found |= sources({number})
    assert found == sources(set(numbers))
