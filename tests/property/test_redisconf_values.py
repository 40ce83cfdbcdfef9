"""Laws of words, amounts and meanings."""

import contextlib

from hypothesis import example, given, settings
from hypothesis import strategies as st

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.directives import canonical, directives, equivalent, names, normalize
from wizard.formats.redisconf.memory import parse_memory, render_memory
from wizard.formats.redisconf.quoting import comment_after, decode, encode, quote, split
from wizard.model.value import Memory

WORD = st.binary(max_size=12).map(decode)


@given(st.lists(WORD, max_size=5))
@example(["#", "", "'", '"', "\\", "\x00", "a#b", "\x0b"])
def test_what_is_quoted_splits_back(words: list[str]) -> None:
    line = " ".join(map(quote, words))
    assert split(line) == tuple(words)
    assert split(line, joined=True) == tuple(words)
    assert line.isprintable() or any(not word.isprintable() for word in words)


@given(WORD)
def test_a_quoted_word_stays_on_its_line(word: str) -> None:
    assert not set(quote(word)) & {"\n", "\r", "\0", "\t"}


@given(st.binary())
def test_bytes_survive_as_text(data: bytes) -> None:
    assert encode(decode(data)) == data


@given(st.binary(max_size=40))
@example(b'"a"\x0bb')
@example(b"a\x0b\"b\" 'c\\'d'")
def test_the_quick_path_reads_as_the_slow_one(data: bytes) -> None:
    def words(text: bytes) -> tuple[str, ...] | None:
        try:
            return split(text)
        except InvalidValueError:
            return None

    slow = words(b'"" ' + data)
    assert words(data) == (None if slow is None else slow[1:])


@given(st.lists(st.text("abc.'\"\\ ", min_size=1, max_size=4).map(quote), min_size=1, max_size=4), st.text(max_size=20))
def test_the_words_before_a_comment_are_found(words: list[str], comment: str) -> None:
    line = " ".join(words)
    assert comment_after(encode(f"{line} # {comment}")) == split(line)


@given(st.integers(0, (1 << 63) - 1))
@example(0)
@example(19 << 30)
@example((1 << 63) - 1)
def test_amounts_are_written_exactly(amount: int) -> None:
    assert parse_memory(render_memory(Memory(amount))) == amount


@given(st.text(max_size=12))
def test_an_amount_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidValueError):
        assert parse_memory(text) >= 0


@settings(max_examples=500)
@given(
    name=st.sampled_from([row.name for row in directives()]),
    value=st.one_of(st.lists(WORD, max_size=5).map(tuple), st.sampled_from([("1gb",), ("KEA",), ("0770",)])),
)
def test_a_normal_form_is_its_own_normal_form(name: str, value: tuple[str, ...]) -> None:
    assert normalize(name, normalize(name, value)) == normalize(name, value)


@given(st.sampled_from([row.name for row in directives()]), st.lists(WORD, max_size=3))
def test_aliases_have_one_meaning(name: str, value: list[str]) -> None:
    for other in names(name):
        assert canonical(other) == canonical(name)
        assert equivalent(other, value, value)
        assert normalize(other, value) == normalize(name, value)
