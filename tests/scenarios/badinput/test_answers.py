"""An answers file with a mistake in it: file, line, key and what was expected, and nothing else happens."""

from pathlib import Path

import pytest

from tests.support.scenario import PASSWORD, assert_refused, assert_silent, debian, picture, run, with_accounts

ADMIN = '[[acl.users]]\nname = "admin"\nrole = "administrator"\n'

MISTAKES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "no TOML": ("[network\nport = 1\n", ("line 1", "this is not valid TOML")),
    "an unknown key": (
        '[network]\nport = 6379\nbnid = ["loopback"]\n',
        ("line 3", "network.bnid", "this key does not exist", "known are bind, port"),
    ),
    "an unknown section": ("[netwrk]\nport = 1\n", ("line 1", "netwrk", "known are version, network, memory")),
    "an unknown key that holds a password": (
        f'password = "{PASSWORD}"\n',
        ("line 1", "password: this key does not exist"),
    ),
    "another type": ('[network]\nport = "6379"\n', ("line 2", "network.port", "expected a number, got a text")),
    "a fraction": ("[network]\nport = 6379.5\n", ("line 2", "network.port", "expected a number")),
    "out of range": ("[network]\nport = 70000\n", ("line 2", "network.port", "70000", "0 to 65535")),
    "far out of range": ("[network]\nport = 9999999999999999999999\n", ("line 2", "network.port")),
    "no word of the list": (
        '[memory]\npolicy = "lru"\n',
        ("line 2", "memory.policy", "'lru'", "noeviction, allkeys-lru"),
    ),
    "another version": ("version = 2\n", ("line 1", "version 2 is not known", "reads version 1")),
    "twice": ("version = 1\nversion = 1\n", ("line 2", "this is not valid TOML")),
    "no amount": ('[memory]\nmaxmemory = "lots"\n', ("line 2", "memory.maxmemory", "4gb, 60% or auto")),
    "no address": ('[network]\nbind = ["nonsense"]\n', ("line 2", "network.bind", "interface:NAME")),
    "a line end in a path": (
        '[network]\nunix_socket = "/run/x\\nrequirepass y"\n',
        ("line 2", "network.unix_socket", "'/run/x\\nrequirepass y'"),
    ),
    "an escape sequence": ('[network]\nunix_socket = "/run/\\u001b[31mx"\n', ("network.unix_socket", "\\x1b[31m")),
    "a user name with a blank": (
        '[[acl.users]]\nname = "a b"\nrole = "application"\n',
        ("line 2", "acl.users.name", "'a b'", "letters, digits"),
    ),
    "a user without a role": ('[[acl.users]]\nname = "a"\n', ("line 1", "acl.users", "the key role is missing")),
    "a user twice": (ADMIN + ADMIN, ("line 2", "acl.users.name", "listed twice")),
    "a password among the rules": (
        f'[[acl.users]]\nname = "a"\nrole = "custom"\nrules = "+get >{PASSWORD}"\n',
        ("line 4", "acl.users.rules", "not a command rule"),
    ),
    "a passphrase in place of its file": (
        f'[tls]\nauthority_key_passphrase_file = "{PASSWORD}"\n',
        ("line 2", "tls.authority_key_passphrase_file", "name a file with the passphrase"),
    ),
    "no host name": ('[tls]\nnames = ["a b"]\n', ("line 2", "tls.names", "'a b'", "db1.example.org")),
    "an impossible day": (
        '[[attestations]]\nitem = 2\nby = "me"\non = "yesterday"\n',
        ("line 4", "attestations.on", "yesterday"),
    ),
    "an item that does not exist": (
        '[[attestations]]\nitem = 26\nby = "me"\non = "2026-05-01"\nnote = "x"\n',
        ("line 2", "attestations.item", "there are 1 to 25"),
    ),
    "no UTF-8": (b"[network]\n# caf\xe9\nport = 1\n", ("line 2", "not UTF-8")),
    "binary": (bytes(range(256)), ("not a text file",)),
    "nested without end": ("a = " + "[" * 5000 + "]" * 5000, ("nested too deeply",)),
}


@pytest.mark.parametrize("case", MISTAKES)
@pytest.mark.parametrize("command", ["plan", "apply", "check", "answers show", "answers validate"])
def test_a_mistake_is_told_with_its_place(command: str, case: str, tmp_path: Path) -> None:
    text, words = MISTAKES[case]
    root, file = debian(tmp_path), tmp_path / "my answers.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = picture(tmp_path)
    option = () if command.startswith("answers") else ("--answers",)
    given: list[str | Path] = [*command.split(), *option, file]
    assert_refused(run(*given, "--root", root), str(file), *words)
    assert picture(tmp_path) == before


NOT_COUNTING = {
    "a day in the future": (
        'on = 2099-01-01\nnote = "seen"\n',
        ("line 4", "attestations.on", "2099-01-01 is in the future"),
    ),
    "no words": ('on = 2026-05-01\nnote = " "\n', ("line 5", "attestations.note", "The note is missing")),
    "no words at all": ("on = 2026-05-01\n", ("line 1", "attestations.note", "write what was checked")),
}
"""Attestations that do not count: refused where they would."""


@pytest.mark.parametrize("case", NOT_COUNTING)
@pytest.mark.parametrize("command", ["check", "answers validate"])
def test_an_attestation_that_cannot_count_is_refused_with_its_place(command: str, case: str, tmp_path: Path) -> None:
    text, words = NOT_COUNTING[case]
    root, file = debian(tmp_path), tmp_path / "answers.toml"
    file.write_text(f'[[attestations]]\nitem = 22\nby = "me"\n{text}')
    option = () if command.startswith("answers") else ("--answers",)
    assert_refused(run(*command.split(), *option, file, "--root", root), str(file), *words)
    assert run("answers", "show", file, "--root", root).status == 0, "earlier files stay readable"


IMPOSSIBLE_HERE = {
    "an interface that vanished": (
        '[network]\nbind = ["loopback", "interface:eth9"]\n' + ADMIN,
        ("network.bind: this host has no interface eth9", "name"),
    ),
    "no administrator": ('[[acl.users]]\nname = "a"\nrole = "health"\n', ("acl.users", "administrator")),
    "a command that is none": ('[commands]\ndisable = ["NOSUCH"]\n' + ADMIN, ("commands.disable", "NOSUCH")),
    "no way in": (
        '[network]\nport = 0\nunix_socket = "off"\n[tls]\nenabled = false\n' + ADMIN,
        ("network.port", "no client can connect", "keep one"),
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE_HERE)
def test_what_this_host_cannot_have_is_refused(case: str, tmp_path: Path) -> None:
    text, words = IMPOSSIBLE_HERE[case]
    root, file = debian(tmp_path), tmp_path / "answers.toml"
    file.write_text(text, encoding="utf-8")
    before = picture(tmp_path)
    for command in ("plan", "apply"):
        assert_refused(run(command, "--root", root, "--answers", file), *words)
    assert picture(tmp_path) == before


NOT_AN_ACL_FILE = {
    "accounts": b"root:x:0:0::/root:/bin/sh\nredis:x:0:0::/:/bin/false\n",
    "a configuration that begins with a user": b"user www-data;\nworker_processes auto;\n",
    "keys to log in with": b"ssh-ed25519 AAAA root@db1\n",
}


@pytest.mark.parametrize("case", NOT_AN_ACL_FILE)
def test_no_other_file_is_taken_for_the_acl_file(case: str, tmp_path: Path) -> None:
    root, file = with_accounts(debian(tmp_path)), tmp_path / "answers.toml"
    other = root / "etc/precious"
    other.write_bytes(NOT_AN_ACL_FILE[case])
    file.write_text('[acl]\nfile = "/etc/precious"\n' + ADMIN, encoding="utf-8")
    secrets = tmp_path / "secrets.toml"
    ran = run("apply", "--yes", "--quiet", "--root", root, "--answers", file, "--secrets-to", secrets)
    assert_refused(ran, "Nothing was changed", "/etc/precious line", "name another file")
    assert other.read_bytes() == NOT_AN_ACL_FILE[case]
    assert (root / "etc/redis/redis.conf").read_bytes() == (
        debian(tmp_path, folder="b") / "etc/redis/redis.conf"
    ).read_bytes()
    assert not secrets.exists()


def test_an_authority_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    root, file = with_accounts(debian(tmp_path)), tmp_path / "answers.toml"
    file.write_text(
        '[tls]\nauthority = "/nowhere/ca.crt"\nauthority_key = "/nowhere/ca.key"\n' + ADMIN, encoding="utf-8"
    )
    before = picture(root / "etc")
    ran = run("apply", "--yes", "--quiet", "--root", root, "--answers", file, "--secrets-to", tmp_path / "s.toml")
    assert_refused(ran, "Nothing was changed", "/nowhere/ca.crt")
    assert picture(root / "etc") == before


def test_the_tools_own_answers_are_fine(tmp_path: Path) -> None:
    root, file = debian(tmp_path), tmp_path / "answers.toml"
    assert run("answers", "init", file, "--root", root).status == 0
    valid = run("answers", "validate", file, "--root", root)
    assert valid.status == 0, valid
    shown = run("answers", "show", file)
    assert shown.status == 0
    made, recommended = (run("plan", "--root", root, *more) for more in (("--answers", file), ()))
    assert (made.status, made.out) == (0, recommended.out)
    assert_silent(shown.out, made.out)


def test_a_mark_in_front_and_line_ends_of_another_system_are_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_bytes(b"\xef\xbb\xbfversion = 1\r\n[network]\r\nport = 6390\r\n")
    assert "port = 6390" in run("answers", "show", file).out
