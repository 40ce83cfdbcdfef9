import pytest

from wizard.formats.redisconf.alignment import align


@pytest.mark.parametrize(
    ("existing", "wanted", "chosen"),
    [
        ("abc", "abc", [[0], [1], [2]]),
        ("abc", "ac", [[0], [], [1]]),
        ("abc", "axc", [[0], [1], [2]]),
        ("ab", "abcd", [[0], [1, 2, 3]]),
        ("ab", "xab", [[0, 1], [2]]),
        ("ab", "y", [[], [0]]),
        ("ab", "ba", [[], [0, 1]]),
        ("ab", "", [[], []]),
    ],
)
def test_values_meet_equal_lines(existing: str, wanted: str, chosen: list[list[int]]) -> None:
    assert align(list(existing), list(wanted)) == chosen


def test_an_unreadable_line_equals_nothing() -> None:
    assert align([None, "a"], ["a"]) == [[], [0]]
