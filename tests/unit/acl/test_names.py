import pytest

from wizard.acl.names import check_pattern, check_user_name
from wizard.errors import InvalidValueError


@pytest.mark.parametrize("name", ["app", "a", "App_1.worker-2", "a" * 64])
def test_takes_plain_user_names(name: str) -> None:
    assert check_user_name(name) == name


@pytest.mark.parametrize("name", ["", "default", "-app", "a b", "a\tb", "a#b", '"a"', "é", "a" * 65, "a\n", "../x"])
def test_refuses_user_names_that_are_not_safe_everywhere(name: str) -> None:
    with pytest.raises(InvalidValueError, match="user name"):
        check_user_name(name)


@pytest.mark.parametrize("pattern", ["*", "app:*", "a?b", "[0-9a-f]", "\\*", "ключ:*"])
def test_takes_patterns_without_blanks(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize("pattern", ["", "a b", "a\tb", "a\n", "a\x00", "\x1b[31m", "a\u00a0b", "a" * 1025])
def test_refuses_patterns_that_an_acl_line_cannot_hold(pattern: str) -> None:
    with pytest.raises(InvalidValueError):
        check_pattern(pattern)
