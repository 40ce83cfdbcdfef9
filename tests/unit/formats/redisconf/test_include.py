from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from wizard.formats.redisconf.include import Reading, expand_includes
from wizard.model.facts.unreadable import MASK

MAIN = PurePosixPath("/etc/redis/redis.conf")


def read(main: bytes, others: dict[str, bytes] | None = None, *, globs: bool = True) -> Reading:
    contents = {MAIN: main} | {PurePosixPath(path): data for path, data in (others or {}).items()}
    return expand_includes(MAIN, contents, globs=globs)


def shown(reading: Reading) -> list[str]:
    return [f"{line.path.name}:{line.line} {line.name} {' '.join(line.arguments)}" for line in reading.lines]


def codes(reading: Reading) -> list[str]:
    return [f"{problem.path.name}:{problem.line} {problem.code}" for problem in reading.problems]


def test_included_lines_stand_in_place() -> None:
    reading = read(b"hz 1\ninclude /a.conf\nhz 3\n", {"/a.conf": b"\nhz 2\n"})
    assert shown(reading) == ["redis.conf:1 hz 1", "redis.conf:2 include /a.conf", "a.conf:2 hz 2", "redis.conf:3 hz 3"]


def test_secret_arguments_are_masked() -> None:
    assert read(b"requirepass hidden\n").lines[0].arguments == (MASK,)


def test_what_was_not_given_is_wanted_once() -> None:
    reading = read(b"include /a.conf\ninclude /a.conf\n")
    assert reading.wanted == (PurePosixPath("/a.conf"),)
    assert codes(reading) == ["redis.conf:1 missing-include", "redis.conf:2 missing-include"]


def test_relative_paths_start_at_the_working_directory() -> None:
    reading = read(b"include a.conf\ndir /var\ninclude b.conf\ndir lib\ninclude c.conf\n")
    assert [str(path) for path in reading.wanted] == ["/a.conf", "/var/b.conf", "/var/lib/c.conf"]


def test_a_pattern_is_expanded_in_order_of_names() -> None:
    others = {"/d/20.conf": b"hz 20\n", "/d/10.conf": b"hz 10\n", "/d/.5.conf": b"hz 5\n", "/d/x": b"hz 0\n"}
    assert shown(read(b"include /d/*.conf\n", others))[1:] == ["10.conf:1 hz 10", "20.conf:1 hz 20"]


def test_a_pattern_asks_the_listing_at_every_level() -> None:
    tree: dict[str, Sequence[str]] = {"/": ["d", "e"], "/d": ["x.conf"], "/e": ["y.conf", "z"]}
    reading = expand_includes(
        MAIN, {MAIN: b"include /*/?.conf\n"}, listing=lambda directory: tree.get(str(directory), ())
    )
    assert [str(path) for path in reading.wanted] == ["/d/x.conf", "/e/y.conf"]


def test_a_pattern_without_a_match_is_no_mistake() -> None:
    reading = read(b"include /d/*.conf\n")
    assert not reading.problems
    assert not reading.wanted


def test_redis_6_takes_a_pattern_as_a_name() -> None:
    assert read(b"include /d/*.conf\n", {"/d/a.conf": b""}, globs=False).wanted == (PurePosixPath("/d/*.conf"),)


@pytest.mark.parametrize("included", [b"include /etc/redis/redis.conf\n", b"include /b.conf\n"])
def test_a_circle_ends(included: bytes) -> None:
    reading = read(b"include /b.conf\nhz 1\n", {"/b.conf": included})
    assert codes(reading) == ["b.conf:1 include-cycle"]
    assert shown(reading)[-1] == "redis.conf:2 hz 1"


def test_a_flood_of_includes_ends() -> None:
    others = {f"/{number}": b"include /%d\n" % (number + 1) * 2 for number in range(40)} | {"/40": b"hz 1\n"}
    reading = read(b"include /0\n", others)
    assert {problem.code for problem in reading.problems} == {"too-many-includes"}


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert read(b"logfile /\xff\n").lines[0].arguments == ("/�",)


def test_the_main_file_must_be_given() -> None:
    with pytest.raises(KeyError):
        expand_includes(MAIN, {})
