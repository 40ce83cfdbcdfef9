import pytest

from wizard.acl.glob import example_key, matches
from wizard.errors import InvalidValueError


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("a:*", "a:", True),
        ("a:*", "a", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("é?", "éx", True),
        ("?", "é", False),
        ("[a-c]x", "bx", True),
        ("[c-a]x", "bx", True),
        ("[^a]x", "ax", False),
        ("[^a]x", "bx", True),
        ("[!a]x", "!x", True),
        ("[a-", "-", True),
        ("[ab", "b", True),
        ("[]", "]", False),
        ("[\\]]", "]", True),
        ("\\*", "*", True),
        ("\\*", "x", False),
        ("\\", "\\", True),
        ("a*b*c", "axxbxxbc", True),
        ("a*b*c", "axxbxx", False),
        ("A", "a", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_matches_as_the_server_does(pattern: str, text: str, expected: bool) -> None:  # noqa: FBT001 - a case
    assert matches(pattern, text) is expected


def test_many_stars_do_not_take_for_ever() -> None:
    assert not matches("*a" * 50, "a" * 2000 + "b")


@pytest.mark.parametrize(
    ("pattern", "example"), [("app:*", "app:x"), ("a?c", "axc"), ("[0-9a-f]z", "0z"), ("\\*", "*"), ("é*", "éx")]
)
def test_gives_an_example_that_a_person_would_write(pattern: str, example: str) -> None:
    assert example_key(pattern) == example


def test_a_pattern_that_matches_nothing_has_no_example() -> None:
    with pytest.raises(InvalidValueError):
        example_key("a[]")
