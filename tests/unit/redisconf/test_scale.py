"""Long files cost in proportion to their length, counted in calls and not in seconds."""

import sys
from collections.abc import Callable
from pathlib import PurePosixPath
from types import FrameType

import pytest

from wizard.formats.redisconf.directives import directives
from wizard.formats.redisconf.document import Document
from wizard.formats.redisconf.include import expand_includes
from wizard.formats.redisconf.lint import find_problems
from wizard.formats.redisconf.redact import redact_text
from wizard.model.facts.service import Flavour

NAMES = [row.name for row in directives()]
MAIN = PurePosixPath("/redis.conf")
LONG = 20_000


def directive_lines(count: int) -> bytes:
    return "".join(
        f"# comment {number}\n" if number % 2 else f"{NAMES[number // 2 % len(NAMES)]} {number}\n"
        for number in range(count)
    ).encode()


def save_lines(count: int) -> bytes:
    return "".join(f"save {number + 1} 1\n" for number in range(count)).encode()


def unknown_lines(count: int) -> bytes:
    return "".join(f"requirepass{number} 'x\n" for number in range(count)).encode()


def broken_lines(count: int) -> bytes:
    return (b"\0" + b"'" * 50 + b"\r\n") * count


def edit_many(data: bytes) -> None:
    document = Document.parse(data)
    for name in NAMES[:60]:
        document = document.set(name, [["1"], ["2"]])
    document.data()


def edit_repeated(data: bytes) -> None:
    document = Document.parse(data)
    wanted = document.values("save")
    document.set("save", [("7", "7"), *wanted[1:-1], ("8", "8"), ("9", "9")]).data()


def judge(data: bytes) -> None:
    find_problems(MAIN, {MAIN: data}, Flavour.VALKEY, "9.1.2")


def show(data: bytes) -> None:
    redact_text(data)
    expand_includes(MAIN, {MAIN: data})


def calls(work: Callable[[bytes], object], data: bytes) -> int:
    """Count every call of a function, of the interpreter and of C alike."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work(data)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("work", [edit_many, edit_repeated, judge, show])
@pytest.mark.parametrize("lines", [directive_lines, save_lines, broken_lines])
def test_four_times_the_lines_cost_four_times_the_calls(
    work: Callable[[bytes], None], lines: Callable[[int], bytes]
) -> None:
    work(lines(10))
    short, long = calls(work, lines(1000)), calls(work, lines(4000))
    assert long < 4.4 * short


def test_a_further_edit_does_not_walk_the_whole_file() -> None:
    def edit(document: Document) -> int:
        return calls(lambda _: document.set("not-there", [["2"]]), b"")

    short, long = (Document.parse(directive_lines(count)).set("not-there-either", [["1"]]) for count in (1000, LONG))
    assert edit(long) == edit(short)


def test_a_hundred_thousand_lines_come_back() -> None:
    data = directive_lines(100_000)
    document = Document.parse(data)
    assert document.data() == data
    edited = document.set("maxmemory", [["1gb"]]).set("save", [["60", "1"]])
    assert edited.values("maxmemory") == (("1gb",),)
    assert Document.parse(edited.data()).values("save") == (("60", "1"),)


def test_many_unknown_names_are_judged() -> None:
    assert len(find_problems(MAIN, {MAIN: unknown_lines(300)}, Flavour.REDIS, "8.0.2")) == 300
