from pathlib import PurePosixPath

import pytest

from wizard.acl.aclfile import AclDocument, find_problems
from wizard.acl.password import hash_password
from wizard.acl.repair import repair
from wizard.model.facts.configuration import Problem
from wizard.model.facts.service import Flavour

PATH = PurePosixPath("/etc/redis/users.acl")
HASH = hash_password("hunter2")
DEFAULT = "user default off\n"


def found(text: str, version: str = "8.0.2", flavour: Flavour = Flavour.REDIS) -> tuple[Problem, ...]:
    return find_problems(PATH, (DEFAULT + text).encode(), version, flavour=flavour)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("# comment", "comment-line"),
        ("user a on +get # words", "trailing-comment"),
        ("user a on +get #words", "trailing-comment"),
        ("user a on \\", "continuation"),
        (f"user a on #{HASH[:-1]}", "hash-length"),
        (f"user a on #{HASH.upper()}", "upper-case-hash"),
        ("user a on #<sha256-of-password>", "hash-placeholder"),
        ("USER a on", "keyword-case"),
        ("user\ta on", "tab-separator"),
        ("user a on\t+get", "tab-separator"),
        ("user  a on", "no-name"),
        ("on a user", "no-user-line"),
        ("user a on +nosuch", "unknown-command"),
        ("user a on +config|nosuch", "unknown-command"),
        ("user a on -get|x", "unknown-command"),
        ("user a on +@nosuch", "unknown-category"),
        ("user a on ~* ~b", "pattern-after-all"),
        ("user a on &* &b", "pattern-after-all"),
        ("user a on (~b +get", "open-selector"),
        ("user a on (>hunter2)", "unknown-rule"),
        ("user a on word", "unknown-rule"),
        (f"user a on !{HASH}", "missing-password"),
    ],
)
def test_names_what_the_server_refuses(text: str, code: str) -> None:
    problems = found(text + "\n")
    assert [(problem.code, problem.line, problem.fatal) for problem in problems] == [(code, 2, True)]
    assert problems[0].what
    assert problems[0].remedy


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("user a on +json.get", "module-command"),
        ("user a on +@search", "module-category"),
        ("user a on >hunter2", "plain-password"),
        ('user "a" on', "user-name"),
        ("user a on\0+get", "control-character"),
    ],
)
def test_warns_of_what_the_server_takes(text: str, code: str) -> None:
    assert [(problem.code, problem.fatal) for problem in found(text)] == [(code, False)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n  \n",
        "user M\xfcller on",
        "  user a on\r",
        f"user a ON NOPASS #{HASH} +GET",
        "user a on ~a ~b (+get) (~x)",
        "user a on ~* ~*",
    ],
)
def test_has_nothing_against_what_is_right(text: str) -> None:
    assert found(text) == ()


def test_a_second_line_for_a_user_is_fatal_from_7_0_on() -> None:
    text = "user a on\nuser a off\n"
    assert [(problem.code, problem.line, problem.fatal) for problem in found(text)] == [("duplicate-user", 3, True)]
    assert [problem.fatal for problem in found(text, "6.2.5")] == [False]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("user a on %R~a", "access-pattern"),
        ("user a on (+get)", "selector"),
        ("user a on &a", "pattern-after-all"),
        ("user a on +ssubscribe", "unknown-command"),
        ("user a on -config|set", "unknown-command"),
        ("user a on db=0", "unknown-rule"),
    ],
)
def test_knows_what_6_2_lacks(text: str, code: str) -> None:
    assert [problem.code for problem in found(text, "6.2.5")] == [code]


def test_knows_in_which_version_a_command_came() -> None:
    assert [problem.code for problem in found("user a on +client|setinfo", "7.0.15")] == ["unknown-command"]
    assert found("user a on +client|setinfo", "7.2.0") == ()
    assert found("user a on db=0", "9.1.2", Flavour.VALKEY) == ()


def test_without_a_flavour_names_what_both_refuse() -> None:
    data = b"user default off\nuser a on +commandlog +nosuch\n"
    assert [problem.what for problem in find_problems(PATH, data, "8.1.1")] == ["the server has no command 'nosuch'"]


@pytest.mark.parametrize("data", [b"", b"user a on\n", b"\0" * 512])
def test_a_file_without_a_default_user_leaves_the_server_open(data: bytes) -> None:
    problem = find_problems(PATH, data, "8.0.2")[-1]
    assert (problem.code, problem.line, problem.fatal) == ("no-default-user", 0, False)


def test_no_text_holds_a_secret() -> None:
    text = f'user a on >hunter2 #{HASH[:-1]} #{HASH.upper()} (>hunter2) ">hunter2" <hunter2 # hunter2\n'
    told = repr(found(text)).lower()
    assert "hunter2" not in told
    assert HASH[:16] not in told


def test_mends_what_is_evident_and_leaves_the_rest() -> None:
    data = (
        "\ufeff# Users\nuser default off\n"
        f"user app on #{HASH.upper()} \\\n    ~cache:* \\\n    +@read\r\n"
        "USER b\ton nopass ~* ~x +get # night shift\n"
        f"user c on #{HASH[:-1]} +get\nuser d on  +get\nuser e on +get\nuser e on +get\nuser f on\nuser f off\n"
    ).encode()
    mended = repair(AclDocument.parse(data), flavour=Flavour.REDIS, version="8.0.2").data().decode()
    assert mended == (
        f"user default off\nuser app on #{HASH} ~cache:* +@read\r\nuser b on nopass ~* +get\n"
        f"user c on #{HASH[:-1]} +get\nuser d on  +get\nuser e on +get\nuser f on\nuser f off\n"
    )


def test_mending_for_6_2_closes_the_channels_that_were_not_written() -> None:
    document = AclDocument.parse(b"user a on &x &y\nuser b on &* &x\n")
    mended = repair(document, flavour=Flavour.REDIS, version="6.2.5").data()
    assert mended == b"user a on resetchannels &x &y\nuser b on &*\n"


def test_a_good_file_is_not_mended() -> None:
    data = b"  user default off\r\n\nuser a on\t +get >clear\nuser e on +json.get"
    assert repair(AclDocument.parse(data), flavour=Flavour.REDIS, version="8.0.2").data() == data
