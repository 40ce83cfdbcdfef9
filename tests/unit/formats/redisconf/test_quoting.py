import pytest

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.quoting import comment_after, encode, quote, split


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ()),
        ("a b\tc", ("a", "b", "c")),
        ('a "b c"', ("a", "b c")),
        ("a 'b c'", ("a", "b c")),
        (r'a "\n\r\t\b\a\x41\q\\\""', ("a", '\n\r\t\b\aAq\\"')),
        (r"a '\'\n'", ("a", r"'\n")),
        (r"a b\nc", ("a", r"b\nc")),
        ("a ''", ("a", "")),
        ('a ""', ("a", "")),
        ('a b"c d"', ("a", "bc d")),
        ("a #b", ("a", "#b")),
        ("a\rb", ("a", "b")),
        ("a\x0bb", ("a\x0bb",)),
        ("a \x0b b", ("a", "b")),
        ('"a"\x0bb', ("a", "b")),
        ("é ✓", ("é", "✓")),
        (r'"\xff"', ("\udcff",)),
    ],
)
def test_splits_as_the_server_does(line: str, words: tuple[str, ...]) -> None:
    assert split(line) == words


@pytest.mark.parametrize("line", ['"a', "'a", "a'", '"a"b', "'a'b", 'a"b"c', '"a\\"', "a\0b", r"'\'"])
def test_refuses_what_the_server_refuses(line: str) -> None:
    with pytest.raises(InvalidValueError):
        split(line)


@pytest.mark.parametrize(("line", "words"), [('"ab"cd', ("abcd",)), ("a'b'c\"d\"", ("abcd",))])
def test_joins_text_behind_a_quote_for_valkey_9(line: str, words: tuple[str, ...]) -> None:
    assert split(line, joined=True) == words


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(InvalidValueError) as caught:
        split('requirepass "hidden')
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("plain", "plain"),
        ("~cache:*", "~cache:*"),
        ("é", "é"),
        ("", '""'),
        ("#a", '"#a"'),
        ("a#", "a#"),
        ("a b", '"a b"'),
        ('a"b', r'"a\"b"'),
        ("a'b", '"a\'b"'),
        ("a\\b", r'"a\\b"'),
        ("\n\x0b", r'"\n\x0b"'),
        ("\udcff", r'"\xff"'),
        ("\u2028", r'"\xe2\x80\xa8"'),
    ],
)
def test_quotes_only_what_needs_it(argument: str, text: str) -> None:
    assert quote(argument) == text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("timeout 300 # five", ("timeout", "300")),
        ("timeout 300 #five", ("timeout", "300")),
        ("timeout 300 # don't", ("timeout", "300")),
        ('a "#b" # c', ("a", "#b")),
        ("a b#c", None),
        ('a "# b"', None),
        ("# a", None),
        ("don't # a", None),
    ],
)
def test_finds_what_was_meant_as_a_comment(line: str, words: tuple[str, ...] | None) -> None:
    assert comment_after(line.encode()) == words


def test_refuses_text_that_no_file_can_hold() -> None:
    with pytest.raises(InvalidValueError):
        encode("\ud800")
