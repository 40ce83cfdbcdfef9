"""The wizard as numbered questions: from a bare server to a confirmed apply, on a terminal without a cursor."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pexpect
import pytest

from screens.session import Session
from screens.step_table import STEPS
from screens.text import help_text
from tests.support.scenario import ENVIRONMENT, assert_refused, command, debian, picture, spawn
from wizard.cli.plain import fields
from wizard.model.answers import Answers, MemoryAnswers, Purpose, TlsAnswers

pytestmark = pytest.mark.pty

ESCAPE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x9b]")


class Asked:
    """A program that asks line by line."""

    def __init__(self, child: "pexpect.spawn[str]") -> None:
        self.child = child
        self.text = ""

    def until(self, words: str) -> str:
        """Read to some words; return all that came since the last ones."""
        # Lines are broken at blanks, wherever the terminal's width wants it.
        self.child.expect(r"\s+".join(re.escape(word) for word in words.split()))
        said = f"{self.child.before}{self.child.after}"
        self.text += said
        return said

    def answer(self, *lines: str) -> None:
        """Type lines, each when a question is open."""
        for line in lines:
            self.child.expect(r"[:] \Z")
            self.text += f"{self.child.before}{self.child.after}"
            self.child.sendline(line)

    def end(self) -> int:
        """Return the exit status."""
        self.child.expect(pexpect.EOF)
        self.text += self.child.before or ""
        self.child.close()
        assert self.child.exitstatus is not None, self.text
        return self.child.exitstatus


@contextmanager
def asked(program: str, *arguments: str, home: Path) -> Iterator[Asked]:
    environment = {**ENVIRONMENT, "PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(home)}
    child = pexpect.spawn(program, list(arguments), env=environment, encoding="utf-8", timeout=60, cwd="/", echo=False)
    try:
        yield Asked(child)
    finally:
        child.close(force=True)


@contextmanager
def on_a_tree(tmp_path: Path, *more: str) -> Iterator[Asked]:
    program, *arguments = command("--root", debian(tmp_path), "--plain", *more)
    with asked(program, *arguments, home=tmp_path) as plain:
        yield plain


@pytest.mark.server
def test_a_bare_server_is_hardened_and_confirmed(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    arguments = ("-I", "-m", "wizard", "--plain", "--sandbox", "--secrets-to", str(secrets))
    with asked(sys.executable, *arguments, home=tmp_path) as plain:
        assert "accepts commands without a password" in " ".join(plain.until("Step 1 of 10: Host").split()) + " ".join(
            plain.until("q to leave:").split()
        )
        plain.child.sendline("")
        plain.until("Step 2 of 10: Network and exposure")
        plain.child.sendline("g4")
        plain.until("Step 4 of 10: Users and access")
        plain.child.sendline("u")
        plain.until("a to add")
        plain.child.sendline("a")
        plain.answer("shop", "2", "shop:*", "", "", "", "g10")
        plain.until("Step 10 of 10: Review")
        assert "What clients notice" in plain.until("a to apply")
        plain.answer("r")
        rehearsed = " ".join(plain.until("Nothing was changed.").split())
        assert "a client without a login is refused" in rehearsed
        plain.answer("a")
        plain.until("Type yes to apply: ")
        plain.child.sendline("yes")
        plain.until("Type confirm or rollback.")
        plain.child.sendline("confirm")
        assert plain.end() == 0, plain.text
        assert "Applied" in plain.text
        passwords = re.findall(r'^"(\w+)" = "(\S+)"', secrets.read_text(), re.MULTILINE)
        assert {"admin", "app", "shop"} <= {user for user, _ in passwords}
        assert not any(password in plain.text for _, password in passwords)
        assert not ESCAPE.search(plain.text)


def test_an_error_stays_until_it_is_put_right(tmp_path: Path) -> None:
    with on_a_tree(tmp_path, "--dry-run") as plain:
        plain.answer("", "2", "70000")
        assert "70000" in plain.until("Error, port:")
        plain.answer("")
        plain.until("Not yet:")
        plain.answer("g10")
        plain.until("There is no plan:")
        plain.answer("", "g2", "r", "g10")
        assert "Dry run: this plan cannot be applied" in plain.until("d for every change")
        plain.child.sendline("d")
        plain.until("+++ /etc/redis/redis.conf")
        plain.answer("")
        assert plain.end() == 0


def test_each_step_shows_what_the_host_has_and_who_may_run_what(tmp_path: Path) -> None:
    with on_a_tree(tmp_path, "--dry-run") as plain:
        plain.answer("g9", "1", "?", "off", "g5", "g4", "u", "1", "r", "~shop:* +get +set")
        plain.answer("1", "r", "(+get ~x)", "1", "t", "FLUSHALL", "q")
        assert plain.end() == 130
        said = " ".join(plain.text.split())
        assert "slowlog threshold: 5000 (file 10000)" in said
        assert "On this host: file 10000 -> 5000." in said
        assert "Commands that take longer are written to the slow log" in said
        assert "slowlog threshold: off (file 10000; recommended: 5000)" in said
        assert "KEYS: calls unknown; allowed: admin; refused: app." in said
        assert "app: custom, on, keys shop:*" in said
        assert "Not changed: the form has no field for (+get ~x)" in said
        assert "After the apply: no: command flushall is refused" in said
        assert "\\n" not in said


def test_a_change_that_is_left_out_is_in_no_plan(tmp_path: Path) -> None:
    with on_a_tree(tmp_path) as plain:
        plain.answer("g10", "x")
        listed = plain.until("Numbers to leave out")
        number = re.search(r"(\d+) slowlog-max-len", listed)
        assert number, listed
        plain.answer(number[1], "d")
        assert "+slowlog-max-len" not in plain.until("Notes")
        plain.answer("a", "no")
        assert plain.end() == 130


@pytest.mark.parametrize("typed", ["\x1b[2J", "\x1b]0;t\x07", "99999999999999999999999", "u" * 3000, "é\u202e"])
def test_rubbish_is_no_answer_and_never_obeyed(typed: str, tmp_path: Path) -> None:
    with on_a_tree(tmp_path, "--dry-run") as plain:
        plain.answer("", typed)
        plain.until("is no answer here")
        plain.answer("q")
        assert plain.end() == 130
        assert not ESCAPE.search(plain.text)


def test_a_terminal_that_goes_away_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "etc"
    with on_a_tree(tmp_path) as plain:
        before = picture(root)
        plain.answer("g10")
        plain.until("a to apply")
        plain.child.sendeof()
        assert plain.end() == 130
        assert picture(root) == before


def test_answers_of_a_terminal_that_went_away_are_offered_and_taken(tmp_path: Path) -> None:
    program, *arguments = command("--root", debian(tmp_path), "--plain")
    with asked(program, *arguments, home=tmp_path) as plain:
        plain.answer("g9", "1", "700")
        plain.until("slowlog threshold: 700")
        plain.answer("g10", "x", "1")
        plain.until("a to apply")
        plain.child.sendeof()
        assert plain.end() == 130
    with asked(program, *arguments, home=tmp_path) as plain:
        offered = " ".join(plain.until("Enter to start with the recommended ones:").split())
        assert "with own answers in: Audit, 1 change left out." in offered
        plain.child.sendline("d")
        plain.answer("g9")
        plain.until("slowlog threshold: 700")
        plain.answer("q")
        assert plain.end() == 130


def test_without_a_terminal_it_says_what_to_do(tmp_path: Path) -> None:
    root = debian(tmp_path)
    assert_refused(spawn("--plain", "--root", root), "--plain needs a terminal", "plan and apply", status=64)


def test_every_answer_of_every_step_is_asked() -> None:
    own = TlsAnswers(authority="/etc/ca.crt", authority_key="/etc/ca.key", certificate="/etc/own.crt")
    answers = Answers(memory=MemoryAnswers(purpose=Purpose.CUSTOM), tls=own)
    session = Session(answers=answers)
    for row in STEPS.rows:
        if row.section:
            section = getattr(answers, row.section)
            wanted = {f"{row.section}.{field.name}" for field in msgspec.structs.fields(section)} - {fields.USERS}
            assert set(fields.names(session, row.section)) == wanted
            assert help_text.text_of(row.name)
            for name in wanted:
                assert fields.label(name)
                assert help_text.text_of(row.name, name), name


def test_screens_and_plain_are_one_program(tmp_path: Path) -> None:
    program, *arguments = command("--help")
    assert "--plain" in subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
