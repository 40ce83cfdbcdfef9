import pytest

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.memory import parse_memory, render_memory
from wizard.model.value import Memory


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("10b", 10),
        ("1k", 1000),
        ("1kb", 1024),
        ("1m", 1_000_000),
        ("1MB", 1 << 20),
        ("1g", 1_000_000_000),
        ("23gb", 23 << 30),
        ("007", 7),
    ],
)
def test_reads_the_units_of_the_server(text: str, amount: int) -> None:
    assert parse_memory(text) == amount


@pytest.mark.parametrize("text", ["", "gb", "1.5gb", "1 gb", "50%", "-1", "+1", "1tb", "1gib", "٣", "9" * 19, "9" * 99])
def test_refuses_other_forms(text: str) -> None:
    with pytest.raises(InvalidValueError):
        parse_memory(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (1, "1"), (1024, "1kb"), (1 << 20, "1mb"), (19 << 30, "19gb"), (1 << 40, "1024gb"), (1500, "1500")],
)
def test_writes_the_largest_unit_that_divides(amount: int, text: str) -> None:
    assert render_memory(Memory(amount)) == text


def test_refuses_a_negative_amount() -> None:
    with pytest.raises(InvalidValueError):
        render_memory(Memory(-1))
