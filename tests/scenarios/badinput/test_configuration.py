"""A redis.conf or ACL file that cannot be read, or that no server would start with."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.scenario import (
    HASH,
    KEY_BODY,
    PASSWORD,
    assert_refused,
    assert_silent,
    debian,
    picture,
    run,
    run_as_any_user,
)

CONF = "etc/redis/redis.conf"
USERS = "etc/redis/users.acl"
SECRET = PASSWORD.encode()

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root and be refused")


def replace(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Put something else in the place of redis.conf."""

    def spoil(root: Path) -> None:
        (root / CONF).unlink()
        make(root / CONF)

    return spoil


def append(data: bytes, *, acl: bytes | None = None) -> Callable[[Path], None]:
    """Add lines to redis.conf, and an ACL file that it names."""

    def spoil(root: Path) -> None:
        with (root / CONF).open("ab") as file:
            file.write(data)
            if acl is not None:
                file.write(b"aclfile /etc/redis/users.acl\n")
                (root / USERS).write_bytes(acl)

    return spoil


UNREADABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a directory": (replace(Path.mkdir), "it is not a regular file"),
    "a pipe": (replace(os.mkfifo), "it is not a regular file"),
    "a link to itself": (replace(lambda path: path.symlink_to(path.name)), "its links form a loop"),
    "a link to nothing": (replace(lambda path: path.symlink_to("/nowhere")), "it does not exist"),
    "20 MiB": (replace(lambda path: path.write_bytes(b"# \n" * (7 << 20))), "longer than 16777216 bytes"),
}

INVALID: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "a value that is none": (
        append(b"requirepass " + SECRET + b"\nmaxmemory 3lightyears\n"),
        ("/etc/redis/redis.conf line 36", "maxmemory is refused", "Write a value of that form"),
    ),
    "binary garbage": (
        replace(lambda path: path.write_bytes(bytes(range(256)) * 50 + SECRET)),
        ("/etc/redis/redis.conf line 2", "NUL byte", "more of this kind"),
    ),
    "a line that begins with no name": (
        append(b"\xff:\xff: x\n"),
        ("/etc/redis/redis.conf line 35", "is not a directive of Redis 8.0.2"),
    ),
    "an include that is not there": (
        append(b'include "/etc/redis/no such file.conf"\n'),
        ("/etc/redis/redis.conf line 35", "no such file.conf does not exist", "remove the include line"),
    ),
    "a path that is no text": (
        append(b'aclfile "/etc/redis/\\xff\\xfe.acl"\n'),
        ("/etc/redis/redis.conf line 35", "aclfile", "not UTF-8", "Rename"),
    ),
    "an ACL line that is none": (
        append(b"", acl=b"user default off\nPLANTED " + SECRET + b"\n"),
        ("/etc/redis/users.acl line 2", "does not begin with the word user", "correct the line"),
    ),
    "an ACL file of garbage": (
        append(b"", acl=bytes(range(256)) + SECRET),
        ("/etc/redis/users.acl line 1", "does not begin with the word user"),
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_an_unreadable_configuration_stops_the_plan_in_one_sentence(case: str, tmp_path: Path) -> None:
    spoil, why = UNREADABLE[case]
    root = debian(tmp_path)
    spoil(root)
    before = picture(root)
    for command in ("plan", "apply"):
        assert_refused(run(command, "--root", root), "/etc/redis/redis.conf cannot be read", why)
    assert picture(root) == before


@pytest.mark.parametrize("case", UNREADABLE)
def test_an_unreadable_configuration_is_told_by_who_only_looks(case: str, tmp_path: Path) -> None:
    spoil, why = UNREADABLE[case]
    root = debian(tmp_path)
    spoil(root)
    told = run("detect", "--root", root)
    assert told.status == 0
    assert why in " ".join(told.out.split())
    judged = run("check", "--root", root)
    assert judged.status == 0
    assert "could not be read" in " ".join(judged.out.split())
    assert_silent(told.out, told.err, judged.out, judged.err)


@pytest.mark.parametrize("case", INVALID)
def test_what_no_plan_can_mend_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    spoil, words = INVALID[case]
    root = debian(tmp_path)
    spoil(root)
    before = picture(root)
    for command in ("plan", "apply"):
        assert_refused(run(command, "--root", root), *words)
    assert picture(root) == before


@pytest.mark.parametrize("case", INVALID)
def test_what_is_invalid_can_still_be_looked_at_without_a_secret(case: str, tmp_path: Path) -> None:
    spoil, _ = INVALID[case]
    root = debian(tmp_path)
    spoil(root)
    for command in (("detect",), ("detect", "--json"), ("check",), ("check", "--format", "json")):
        ran = run(*command, "--root", root)
        assert (ran.status, ran.err) == (0, "")
        assert_silent(ran.out)


def test_an_unknown_directive_is_named_and_taken_out(tmp_path: Path) -> None:
    root = debian(tmp_path)
    append(b"frobnicate yes\n")(root)
    ran = run("plan", "--root", root)
    words = " ".join(ran.out.split())
    assert ran.status == 0
    assert "/etc/redis/redis.conf line 35: the line of frobnicate is removed" in words
    assert "\n-frobnicate yes\n" in ran.out


@needs_root
def test_without_root_a_closed_configuration_says_what_would_open_it(public: Path) -> None:
    root = debian(public)
    (root / CONF).chmod(0o640)
    for command in ("plan", "apply"):
        assert_refused(
            run_as_any_user(command, "--root", root), "/etc/redis/redis.conf", "permission denied; run as root"
        )
    told = run_as_any_user("detect", "--root", root)
    assert told.status == 0
    assert "permission denied; run as root" in " ".join(told.out.split())


SECRET_LINES = {
    "a password": b"requirepass " + SECRET,
    "a password in quotes": b'requirepass "' + SECRET + b'"',
    "quotes that do not close": b'requirepass "' + SECRET,
    "a commented password": b"# requirepass " + SECRET,
    "a misspelt directive": b"requirepasss " + SECRET,
    "an assignment": b"requirepass=" + SECRET,
    "upper case": b"REQUIREPASS\t" + SECRET,
    "the primary's password": b"masterauth " + SECRET,
    "a key's passphrase": b"tls-key-file-pass " + SECRET,
    "a user": b"user app on >" + SECRET + b" ~* +@all",
    "a user by hash": b"user app on #" + HASH.encode() + b" ~* +@all",
    "a user without the sign": b"user app on " + SECRET + b" ~* +@all",
    "a renamed command": b"rename-command CONFIG " + SECRET,
    "a value with a comment": b"timeout 5 # requirepass " + SECRET,
    "a Sentinel's password": b"sentinel auth-pass mymaster " + SECRET,
}


@pytest.mark.parametrize("case", SECRET_LINES)
def test_no_command_shows_a_secret_of_the_configuration(case: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    append(SECRET_LINES[case] + b"\n")(root)
    _assert_nothing_is_shown(root)


ACL_LINES = {
    "a hash": b"user app on #" + HASH.encode() + b" ~* +@all",
    "a hash in upper case": b"user app on #" + HASH.upper().encode() + b" ~* +@all",
    "a password": b"user app on >" + SECRET + b" ~* +@all",
    "a password without its sign": b"user app on " + SECRET + b" ~* +@all",
    "a hash without its sign": b"user app on " + HASH.encode() + b" ~* +@all",
    "a comment": b"# the password of app is " + SECRET,
    "a comment behind": b"user app on ~* +@all # " + SECRET,
    "a line of another kind": b"app = " + SECRET,
    "a selector": b"user app on (~a +get >" + SECRET + b")",
    "tabs": b"user app on\t>" + SECRET + b"\t~*",
    "a key": b"-----BEGIN PRIVATE KEY-----\n" + KEY_BODY.encode() + b"\n-----END PRIVATE KEY-----",
}


@pytest.mark.parametrize("case", ACL_LINES)
def test_no_command_shows_a_secret_of_the_acl_file(case: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    append(b"", acl=b"user default off\n" + ACL_LINES[case] + b"\n")(root)
    _assert_nothing_is_shown(root)


def _assert_nothing_is_shown(root: Path) -> None:
    commands = (("detect",), ("check",), ("plan",), ("answers", "init"))
    as_json = (("detect", "--json"), ("check", "--format", "json"), ("plan", "--json"))
    for command in (*commands, *as_json):
        ran = run(*command, "--root", root)
        assert ran.status in {0, 1}
        assert_silent(ran.out, ran.err)
