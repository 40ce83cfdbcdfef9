"""Laws of the lossless document, over any bytes and any edit."""

import re
from collections.abc import Sequence

from hypothesis import assume, example, given
from hypothesis import strategies as st

from wizard.formats.redisconf.alignment import align
from wizard.formats.redisconf.directives import canonical, directives, normalize
from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.quoting import quote

NAMES = [row.name for row in directives()]
ARGUMENT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ARGUMENTS = st.lists(ARGUMENT, max_size=4).map(tuple)
VALUES = st.lists(ARGUMENTS, max_size=4)
COMMON = st.sampled_from(["save", "replica-read-only", "slave-read-only", "timeout", "user", "maxmemory", "nonsense"])
INDENT = st.sampled_from(["", "  ", "\t"])
END = st.sampled_from(["\n", "\r\n"])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    kind = draw(st.sampled_from(["directive", "directive", "comment", "example", "blank", "broken", "any"]))
    if kind == "directive":
        name = draw(st.one_of(COMMON, st.sampled_from(NAMES)))
        text = " ".join([name.upper() if draw(st.booleans()) else name, *map(quote, draw(ARGUMENTS))])
    elif kind == "comment":
        text = "# " + draw(ARGUMENT).replace("\n", " ")
    elif kind == "example":
        text = f"# {draw(COMMON)} " + draw(st.sampled_from(["5", "yes", "<bytes>", "is a word of prose"]))
    elif kind == "broken":
        text = f'{draw(COMMON)} "unbalanced'
    elif kind == "blank":
        text = ""
    else:
        return draw(st.binary(max_size=20)).replace(b"\n", b"")
    return (draw(INDENT) + text).encode()


@st.composite
def files(draw: st.DrawFn) -> bytes:
    end = draw(END).encode()
    data = end.join(draw(st.lists(lines(), max_size=12)))
    return data + end if draw(st.booleans()) else data


def parts(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+\Z", data)


def others(document: Document, name: str) -> list[bytes]:
    wanted = canonical(name)
    return [line.raw.rstrip(b"\r\n") for line in document.lines if not (line.name and canonical(line.name) == wanted)]


@given(st.binary())
@example(b"\r\n\r\r\n \x00\n\xff\xfe")
def test_any_bytes_come_back(data: bytes) -> None:
    document = Document.parse(data)
    assert document.data() == data
    assert [line.raw for line in document.lines] == parts(data)
    assert [line.number for line in document.lines] == list(range(1, len(parts(data)) + 1))


@given(data=files(), name=st.one_of(COMMON, st.sampled_from(NAMES)), values=VALUES)
def test_after_a_set_the_values_are_those(data: bytes, name: str, values: Sequence[tuple[str, ...]]) -> None:
    document = Document.parse(data).set(name, values)
    meant = [normalize(name, arguments) for arguments in document.values(name)]
    assert meant == [normalize(name, arguments) for arguments in values]
    assert not [line for line in document.lines_of(name) if line.problem]
    assert Document.parse(document.data()).values(name) == document.values(name)


@given(data=files(), name=st.one_of(COMMON, st.sampled_from(NAMES)), values=VALUES)
def test_all_other_lines_stay_as_they_are(data: bytes, name: str, values: Sequence[tuple[str, ...]]) -> None:
    before = Document.parse(data)
    assert others(before.set(name, values), name) == others(before, name)


@given(data=files(), name=st.one_of(COMMON, st.sampled_from(NAMES)), values=VALUES)
def test_a_second_set_changes_nothing(data: bytes, name: str, values: Sequence[tuple[str, ...]]) -> None:
    once = Document.parse(data).set(name, values)
    assert once.set(name, values).data() == once.data()
    assert Document.parse(once.data()).set(name, values).data() == once.data()


@given(files(), st.one_of(COMMON, st.sampled_from(NAMES)))
def test_setting_what_is_there_changes_nothing(data: bytes, name: str) -> None:
    document = Document.parse(data)
    if not any(line.problem for line in document.lines_of(name)):
        assert document.set(name, document.values(name)).data() == data


@given(data=files(), edits=st.lists(st.tuples(COMMON, VALUES), max_size=5))
def test_edits_in_a_row_are_edits_of_the_printed_file(
    data: bytes, edits: list[tuple[str, Sequence[tuple[str, ...]]]]
) -> None:
    kept = printed = Document.parse(data)
    for name, values in edits:
        kept = kept.set(name, values)
        printed = Document.parse(printed.set(name, values).data())
        assert kept.values(name) == printed.values(name)
    for name, _ in edits:
        assert kept.values(name) == Document.parse(kept.data()).values(name)
    assert [line.number for line in kept.lines] == list(range(1, len(kept.lines) + 1))


@given(data=files(), name=COMMON, values=VALUES)
def test_line_ends_stay_of_one_kind(data: bytes, name: str, values: Sequence[tuple[str, ...]]) -> None:
    assume(not data.endswith(b"\r"))
    ends = {raw[-2:] == b"\r\n" for raw in parts(data) if raw.endswith(b"\n")}
    after = {raw[-2:] == b"\r\n" for raw in parts(Document.parse(data).set(name, values).data()) if raw[-1:] == b"\n"}
    assert not (len(ends) == 1 and len(after) == 2)


MEANING = st.one_of(st.none(), st.integers(0, 3))


@given(st.lists(MEANING, min_size=1, max_size=8), st.lists(st.integers(0, 3), max_size=8))
def test_alignment_keeps_order_and_places_each_value_once(existing: list[int | None], wanted: list[int]) -> None:
    assert [choice for choices in align(existing, wanted) for choice in choices] == list(range(len(wanted)))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_alignment_leaves_equal_lines_alone(existing: list[int]) -> None:
    assert align(existing, existing) == [[position] for position in range(len(existing))]
