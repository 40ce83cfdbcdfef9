"""Host text cannot steer a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.model.text import LIMIT, escape, format_amount


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("\x1b]52;c;AAAA\x1b\\", "\\x1b]52;c;AAAA\\x1b\\"),
        ("bell\x07", "bell\\x07"),
        ("a\rb", "a\\x0db"),
        ("a\nb", "a\\nb"),
        ("a\tb", "a    b"),
        ("abc\u202edef", "abc\\u202edef"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ufeffbom", "\\ufeffbom"),
        ("\udcff", "\\xff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\x7f", "\\x7f"),
    ],
)
def test_writes_out_what_could_steer_a_terminal(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize("text", ["eth0[red]X[/]", "Grüße, 日本語, עברית", "C:\\path", ""])
def test_leaves_printable_text_alone(text: str) -> None:
    assert escape(text) == text


def test_keeps_line_ends_where_they_are_wanted() -> None:
    assert escape("a\r\nb", lines=True) == "a\\x0d\nb"


def test_cuts_a_long_text_and_says_so() -> None:
    shown = escape("x" * (LIMIT * 3))
    assert len(shown) == LIMIT
    assert shown.endswith("…")


@given(st.text(st.characters()))
def test_no_control_character_survives_and_twice_is_once(text: str) -> None:
    shown = escape(text)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in shown)
    assert escape(shown) == shown


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (3 << 19, "2 MiB"),
        (19 << 30, "19.0 GiB"),
        (-(2 << 30), "-2.0 GiB"),
        (1 << 40, "1.0 TiB"),
    ],
)
def test_amounts_have_one_decimal_from_a_gibibyte_on(amount: int, words: str) -> None:
    assert format_amount(amount) == words
