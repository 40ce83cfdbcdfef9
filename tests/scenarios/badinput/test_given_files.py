"""Files that the operator names: passwords, saved plans, and where to write."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.scenario import (
    ENVIRONMENT,
    PASSWORD,
    Ran,
    assert_refused,
    command,
    debian,
    picture,
    run,
    spawn,
    with_accounts,
)

PASSWORD_FILES = {
    "empty": (b"", "has no password on its first line"),
    "two lines": (b"one\ntwo\n", "has more than one line"),
    "an empty first line": (b"\n" + PASSWORD.encode(), "has no password on its first line"),
    "binary": (bytes(range(256)), "is not a text file"),
    "no UTF-8": (b"caf\xe9\n", "not UTF-8"),
    "far too long": (b"x" * (1 << 21), "longer than 1048576 bytes"),
    "of other users": (f'[passwords]\n"b" = "{PASSWORD}"\n'.encode(), "has no password for user a"),
    "a table that does not read": (f"[passwords]\na = {PASSWORD}\n".encode(), "is not valid TOML"),
    "a table of something else": (b"[passwords]\na = 5\n", "has no password for user a"),
}


@pytest.mark.parametrize("case", PASSWORD_FILES)
def test_a_password_file_that_holds_none_is_refused(case: str, tmp_path: Path) -> None:
    data, words = PASSWORD_FILES[case]
    root, file = debian(tmp_path), tmp_path / "password"
    file.write_bytes(data)
    for action in ("detect", "check", "plan", "apply"):
        assert_refused(run(action, "--root", root, "--user", "a", "--password-file", file), str(file), words)


@pytest.mark.parametrize("case", ["empty", "binary", "no UTF-8", "of other users", "a table that does not read"])
def test_the_same_from_standard_input(case: str, tmp_path: Path) -> None:
    data, words = PASSWORD_FILES[case]
    ran = spawn("detect", "--root", debian(tmp_path), "--user", "a", "--password-file", "-", given=data)
    assert_refused(ran, "standard input", words)


def test_a_password_or_table_of_passwords_is_taken(tmp_path: Path) -> None:
    root, file = debian(tmp_path), tmp_path / "password"
    for text in (f"{PASSWORD}\r\n", f"{PASSWORD}\n\n", f'[passwords]\n"a" = "{PASSWORD}"\n'):
        file.write_text(text, encoding="ascii")
        ran = run("detect", "--root", root, "--user", "a", "--password-file", file)
        assert (ran.status, ran.sentence) == (0, 'the login of user "a" was not tried: redis-server does not run')
        assert PASSWORD not in ran.out + ran.err


OTHER_THINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a directory": (Path.mkdir, "it is a directory"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "links form a loop"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
    "nothing": (lambda _: None, "does not exist"),
}


@pytest.mark.parametrize("case", OTHER_THINGS)
@pytest.mark.parametrize("use", ["answers", "plan", "password"])
def test_what_is_no_file_is_not_read(use: str, case: str, tmp_path: Path) -> None:
    make, words = OTHER_THINGS[case]
    root, path = debian(tmp_path), tmp_path / "given"
    make(path)
    arguments = {
        "answers": ("plan", "--answers", path),
        "plan": ("apply", path),
        "password": ("detect", "--user", "a", "--password-file", path),
    }
    assert_refused(run(*arguments[use], "--root", root), str(path), words)


def test_a_pipe_of_a_shell_is_a_file(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text("[network]\nport = 6390\n", encoding="ascii")
    line = f"{' '.join(command('answers', 'show'))} <(cat {answers})"
    done = subprocess.run(["/bin/bash", "-c", line], capture_output=True, env=ENVIRONMENT, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"port = 6390" in done.stdout


def test_a_pipe_into_which_nobody_writes_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.cli.files.PIPE_SECONDS", 0.05)
    os.mkfifo(tmp_path / "pipe")
    assert_refused(run("answers", "show", tmp_path / "pipe"), "no process writes to", "name a file")


def test_relative_paths_start_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    debian(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run("answers", "init", "answers.toml", "--root", "image").status == 0
    assert run("plan", "--root", "image", "--answers", "answers.toml", "--out", "plan.json").status == 0
    assert (tmp_path / "plan.json").is_file()


# --- saved plans ---------------------------------------------------------------------------------


def saved(root: Path, place: Path) -> dict[str, object]:
    """A plan of this tree, as JSON."""
    assert run("plan", "--root", root, "--out", place / "fresh.json").status == 0
    document: dict[str, object] = json.loads((place / "fresh.json").read_text(encoding="utf-8"))
    return document


def apply(root: Path, place: Path) -> Ran:
    """Apply the plan in ``plan.json``."""
    return run("apply", "--quiet", "--yes", "--root", root, place / "plan.json", "--secrets-to", place / "secrets.toml")


GARBAGE = {
    "empty": b"",
    "text": b"hello",
    "binary": bytes(range(256)),
    "another document": b'{"schema": "redis-wizard/facts", "version": 1}',
    "a list": b"[1, 2]",
    "nested without end": b'{"a":' * 50_000,
}


@pytest.mark.parametrize("case", GARBAGE)
def test_what_is_no_plan_is_refused(case: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    (tmp_path / "plan.json").write_bytes(GARBAGE[case])
    before = picture(tmp_path)
    assert_refused(apply(root, tmp_path), "plan.json is not ")
    assert picture(tmp_path) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version 2"),
        ({"schema": "redis-wizard/facts"}, "redis-wizard/facts"),
        ({"something": "new"}, "unknown field `something`"),
        ({"changes": 5}, "$.changes"),
    ],
)
def test_a_plan_of_another_version_is_refused(change: dict[str, object], words: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    (tmp_path / "plan.json").write_text(json.dumps({**saved(root, tmp_path), **change}), encoding="utf-8")
    before = picture(tmp_path)
    assert_refused(apply(root, tmp_path), "is not a plan of this version", words, "make it again with plan --out")
    assert picture(tmp_path) == before


def test_a_stale_plan_is_refused(tmp_path: Path) -> None:
    root = with_accounts(debian(tmp_path))
    saved(root, tmp_path)
    (tmp_path / "fresh.json").rename(tmp_path / "plan.json")
    with (root / "etc/redis/redis.conf").open("a", encoding="ascii") as file:
        file.write("# a hand was here\n")
    before = picture(root / "etc")
    assert_refused(apply(root, tmp_path), "Nothing was changed", "changed since the plan was made", "plan again")
    assert picture(root / "etc") == before
    assert not (tmp_path / "secrets.toml").exists()


# --- where to write ------------------------------------------------------------------------------

WRITING = {
    "plan": ("plan", "--out"),
    "report": ("check", "--output"),
    "answers": ("answers", "init"),
    "secrets": ("apply", "--yes", "--secrets-to"),
}


@pytest.mark.parametrize("use", WRITING)
def test_nothing_is_overwritten(use: str, tmp_path: Path) -> None:
    root, there = debian(tmp_path), tmp_path / "there"
    there.write_text("mine", encoding="ascii")
    before = picture(root)
    assert_refused(run(*WRITING[use], there, "--root", root), f"{there} already exists", "name a new file")
    assert there.read_text(encoding="ascii") == "mine"
    assert picture(root) == before


@pytest.mark.parametrize("use", WRITING)
def test_a_directory_that_is_not_there_is_named(use: str, tmp_path: Path) -> None:
    root = debian(tmp_path)
    before = picture(root)
    assert_refused(run(*WRITING[use], tmp_path / "no/file", "--root", root), f"{tmp_path / 'no'} does not exist")
    assert picture(root) == before


def test_without_a_terminal_apply_says_which_words_it_needs(tmp_path: Path) -> None:
    root = debian(tmp_path)
    before = picture(tmp_path)
    assert_refused(spawn("apply", "--root", root), "--secrets-to FILE", status=64)
    assert_refused(spawn("apply", "--root", root, "--secrets-to", tmp_path / "s"), "--yes", status=64)
    assert_refused(spawn("apply", "--root", root, "--yes"), "--secrets-to FILE", status=64)
    assert_refused(spawn("rollback", "--root", root), "no snapshot to restore")
    assert picture(tmp_path) == before
