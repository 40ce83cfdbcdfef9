import pytest

from wizard.model.dataset import keyspace
from wizard.model.text import at_least, number, number_or


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0", 0),
        ("007", 7),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        ("٣", None),
        ("²", None),
        (None, None),
    ],
)
def test_ascii_digits_alone_are_a_number(text: str | None, read: int | None) -> None:
    assert number(text) == read
    assert number_or(text, 5) == (5 if read is None else read)


def test_an_endless_row_of_digits_is_none() -> None:
    assert number("9" * 20) is not None
    assert number("9" * 21) is None


def test_a_least_value_is_part_of_it() -> None:
    assert at_least("5", 5)
    assert not at_least("4", 5)
    assert not at_least("five", 0)


def test_the_keyspace_counts_keys_by_database() -> None:
    info = {
        "db0": "keys=12,expires=3,avg_ttl=0",
        "db15": "keys=1,expires=0",
        "dbx": "keys=9",
        "role": "master",
        "db2": "?",
    }
    assert keyspace(info.items()) == {0: (12, 3), 15: (1, 0), 2: (0, 0)}
