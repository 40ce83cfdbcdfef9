from pathlib import PurePosixPath

import pytest

from wizard.formats.redisconf.lint import find_problems
from wizard.model.facts.configuration import Problem
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import MASK

MAIN = PurePosixPath("/redis.conf")


def found(data: bytes, flavour: Flavour = Flavour.REDIS, version: str = "8.0.2") -> list[str]:
    return [f"{problem.line} {problem.code}" for problem in problems(data, flavour, version)]


def problems(data: bytes, flavour: Flavour = Flavour.REDIS, version: str = "8.0.2") -> tuple[Problem, ...]:
    return find_problems(MAIN, {MAIN: data}, flavour, version)


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"timeout 5\n# x\n\nport 0\n", []),
        (b"timeout 300 # five\n", ["1 trailing-comment"]),
        (b"timeout 300 # don't\n", ["1 trailing-comment"]),
        (b"bind 127.0.0.1 # loop\n", ["1 trailing-comment"]),
        (b"user a on # hash\n", ["1 trailing-comment"]),
        (b"requirepass #5\n", []),
        (b"timeout 300 \\\n", ["1 continuation"]),
        (b'requirepass "a\n', ["1 unbalanced-quotes"]),
        (b"\xef\xbb\xbfport 0\n", ["1 byte-order-mark"]),
        (b"port\0 0\n", ["1 nul-byte"]),
        (b"# a\0b\n", ["1 nul-byte"]),
        (b"timeout 5\rhz 10\n", ["1 carriage-return"]),
        (b"# a\rtimeout 5\n", ["1 carriage-return"]),
        (b"logfile /\xff\n", ["1 not-utf8"]),
        (b"nonsense 5\n", ["1 unknown-directive"]),
        (b"module.setting 5\n", ["1 module-directive"]),
        (b"search-timeout 500\nbf-error-rate 0.01\n", ["1 module-directive", "2 module-directive"]),
        (b"sentinel monitor a b 1 1\n", ["1 sentinel-directive"]),
        (b"primaryauth a\n", ["1 unknown-directive"]),
        (b"io-threads-do-reads yes\n", ["1 ignored-directive"]),
        (b"maxmemory 1.5gb\n", ["1 bad-value"]),
        (b'logfile ""\n', []),
        (b'dir ""\n', ["1 bad-value"]),
        (b"timeout 1\ntimeout 2\n", ["1 overridden"]),
        (b"timeout 1\ntimeout 1\n", []),
        (b"bind -127.0.0.1\n", ["1 no-listener"]),
        (b'bind ""\n', []),
        (b'rename-command KEYS ""\nrename-command keys ""\n', ["2 duplicate-rename"]),
        (b'rename-command NOSUCH ""\n', ["1 rename-unknown-command"]),
        (b"rename-command KEYS get\n", ["1 rename-target-exists"]),
        (b"aclfile /a\nuser b on\n", ["2 users-beside-aclfile"]),
        (b"aclfile /a\nrequirepass b\n", ["2 requirepass-beside-aclfile"]),
        (b'aclfile /a\naclfile ""\nuser b on\n', ["1 overridden"]),
        (b"user a on\nuser a off\n", ["2 duplicate-user"]),
        (b"cluster-enabled yes\nslaveof a 1\n", ["2 replica-in-cluster"]),
        (b"include /none\n", ["1 missing-include"]),
    ],
)
def test_names_each_mistake(data: bytes, codes: list[str]) -> None:
    assert found(data) == codes


@pytest.mark.parametrize(
    ("data", "version", "codes"),
    [
        (b"save 60 1 300 100\n", "6.2.5", ["1 several-save-pairs"]),
        (b"save 60 1 # x\n", "6.2.5", ["1 trailing-comment", "1 several-save-pairs"]),
        (b"save 60 1 300 100\n", "7.0.0", []),
        (b"unixsocketperm 0888\n", "6.2.5", ["1 bad-value"]),
        (b"latency-tracking yes\n", "6.2.5", ["1 unknown-directive"]),
        (b"user a on\nuser a off\n", "6.2.5", ["2 duplicate-user"]),
    ],
)
def test_knows_the_version(data: bytes, version: str, codes: list[str]) -> None:
    assert found(data, Flavour.REDIS, version) == codes


def test_valkey_9_joins_text_behind_a_quote() -> None:
    assert found(b'requirepass "a"b\n', Flavour.VALKEY, "9.1.2") == []
    assert found(b'requirepass "a"b\n', Flavour.VALKEY, "8.1.1") == ["1 unbalanced-quotes"]


def test_only_what_stops_the_server_is_fatal() -> None:
    fatal = {problem.code: problem.fatal for problem in problems(b"timeout 1\ntimeout 2\nport x\n")}
    assert fatal == {"overridden": False, "bad-value": True}


def test_a_save_line_behind_an_include_replaces_those_before() -> None:
    contents = {MAIN: b"save 60 1\ninclude /a\nsave 300 1\nsave 900 1\n", PurePosixPath("/a"): b"hz 10\n"}
    lines = [problem.line for problem in find_problems(MAIN, contents, Flavour.VALKEY, "8.1.1")]
    assert lines == [3, 4]
    assert not find_problems(MAIN, contents, Flavour.REDIS, "6.2.5")


def test_a_problem_names_the_file_it_is_in() -> None:
    contents = {MAIN: b"include /a\n", PurePosixPath("/a"): b"\nport x\n"}
    problem = find_problems(MAIN, contents, Flavour.REDIS, "7.4.1")[0]
    assert (problem.path, problem.line) == (PurePosixPath("/a"), 2)


def test_a_misspelt_name_gets_the_right_one() -> None:
    assert "maxmemory-policy" in problems(b"maxmemory-polcy noeviction\n")[0].remedy


def test_a_sentinel_s_own_file_may_hold_sentinel_lines() -> None:
    contents = {MAIN: b"sentinel monitor a 127.0.0.1 6379 2\n"}
    assert not find_problems(MAIN, contents, Flavour.REDIS, "7.4.1", sentinel=True)


def test_no_text_repeats_a_value() -> None:
    data = b'maxmemory hidden\nrequirepass hidden x\nrename-command hidden ""\nrequirepass=hidden\nbind hidden # x\n'
    assert len(problems(data)) >= 5
    assert "hidden" not in repr([(each.what, each.remedy) for each in problems(data)])


def test_what_was_intended_shows_no_secret() -> None:
    assert problems(b"requirepass hidden # a comment\n")[0].intended == (MASK,)
    assert problems(b"maxmemory 1.5gb\n")[0].intended == ("1536mb",)
    assert problems(b"maxmemory lots\n")[0].intended is None
