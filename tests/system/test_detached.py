"""An apply apart from whoever started it, on a real host: other logins, lost connections, signals, deadlines.

Every test ends in the first state of the host, by the product's own commands.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import cli_ping
from tests.support.debian import TESTHOST, DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.small_answers import SMALL_ANSWERS
from tests.support.terminal import Terminal
from tests.support.waiting import poll

SMALL = "/root/small.toml"
APPLY = ("apply", "--yes", "--answers", SMALL)
LONG = "600"
"""Seconds for a confirmation that a test gives, or leaves away, long before."""


@pytest.fixture(scope="module")
def booted() -> Iterator[DebianHost]:
    with debian_host("detached") as made:
        made.shell(f"cat >{SMALL} <<'END'\n{SMALL_ANSWERS}END\nredis-cli set key value; redis-cli save")
        yield made


@pytest.fixture(scope="module")
def first(booted: DebianHost) -> HostState:
    return picture(booted)


@pytest.fixture
def host(booted: DebianHost, first: HostState) -> Iterator[DebianHost]:
    yield booted
    left = status(booted)["stage"]
    if left not in {"ended", "none"}:
        booted.wizard("rollback", "--yes", check=False)
    booted.shell("rm -f /root/*secrets.toml")
    assert left in {"ended", "none"}
    assert not first.difference(picture(booted))


def status(host: DebianHost) -> dict[str, Any]:
    """Ask where things stand."""
    done = host.wizard("status", "--json")
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def wait_for_stage(host: DebianHost, stage: str) -> dict[str, Any]:
    host.wait_for_stage(stage)
    return status(host)


class Login:
    """A command in an ssh session of its own, without a terminal."""

    def __init__(self, host: DebianHost, *words: str) -> None:
        command: list[str | Path] = [TESTHOST, "ssh", host.name, "redis-wizard", *words]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ends(self) -> tuple[int, str, str]:
        """Wait for its end: exit status, standard output, standard error."""
        out, err = self._process.communicate(timeout=120)
        return self._process.returncode, out, err

    def dies(self) -> None:
        """Lose the connection without a word, as when a laptop is closed."""
        self._process.kill()
        self._process.communicate(timeout=30)


@contextmanager
def terminal(host: DebianHost, *words: str) -> Iterator[Terminal]:
    """Give a command in an ssh session with a terminal."""
    command = (str(TESTHOST), "ssh", host.name, "-tt", "redis-wizard", *words)
    with Terminal(command, environment=dict(os.environ)) as opened:
        yield opened


def front_ends(host: DebianHost) -> list[str]:
    """Process ids of programs that follow an apply; the worker has other arguments."""
    return host.shell("pgrep -f '^/usr/bin/python3 -I /usr/local/bin/redis-wizard apply' || :").split()


def limited(host: DebianHost) -> bool:
    """Whether the change is in force."""
    return host.shell("redis-cli config get timeout").split()[-1] == "300"


def take_back(host: DebianHost) -> None:
    """Take back what is open, or what was applied last."""
    host.wizard("rollback", "--yes")
    assert not limited(host)


# --- another login -----------------------------------------------------------------------------


def test_another_login_sees_it_wait_and_keeps_it(host: DebianHost) -> None:
    login = Login(host, *APPLY, "--confirm-within", LONG)
    standing = wait_for_stage(host, "waiting")
    assert 0 < standing["seconds_left"] <= int(LONG)
    assert (standing["kind"], standing["by"]) == ("apply", "root")
    assert limited(host)
    shown = host.wizard("status").stdout
    assert "redis-wizard confirm\n" in shown
    assert standing["id"] in shown
    kept = host.wizard("confirm")
    assert "To roll back: redis-wizard rollback" in kept.stdout
    code, out, err = login.ends()
    assert code == 0, err
    assert "To roll back: redis-wizard rollback" in out
    assert "Confirm with 'redis-wizard confirm'" in err
    assert "[ ok ]" in err
    assert "[ ok ]" not in out
    assert "is already confirmed" in host.wizard("confirm").stdout
    assert status(host)["outcome"]["ending"] == "applied"
    take_back(host)


def test_another_login_takes_it_back(host: DebianHost) -> None:
    login = Login(host, *APPLY, "--confirm-within", LONG)
    wait_for_stage(host, "waiting")
    refused = host.wizard("rollback", check=False)
    assert (refused.returncode, refused.stdout) == (64, "")
    done = host.wizard("rollback", "--yes")
    assert "Rolled back" in done.stdout
    code, out, _ = login.ends()
    assert code == 4
    assert "Rolled back" in out
    late = host.wizard("confirm", check=False)
    assert (late.returncode, late.stdout) == (4, "")
    assert "too late: rolled back" in late.stderr


def test_silence_takes_it_back_with_nobody_there(host: DebianHost) -> None:
    login = Login(host, *APPLY, "--confirm-within", "10")
    wait_for_stage(host, "waiting")
    login.dies()
    ended = wait_for_stage(host, "ended")
    assert ended["outcome"]["ending"] == "rolled-back"
    assert not limited(host)
    late = host.wizard("confirm", check=False)
    assert late.returncode == 4
    assert "no confirmation came" in late.stderr


def test_of_two_at_once_exactly_one_does_it(host: DebianHost) -> None:
    logins = [Login(host, *APPLY) for _ in range(2)]
    ends = sorted(login.ends() for login in logins)
    assert [code for code, _, _ in ends] == [0, 5], ends
    _, out, err = ends[1]
    assert out == ""
    assert err.splitlines()[-1].startswith("redis-wizard: "), err
    take_back(host)


def test_one_that_waits_keeps_all_others_out(host: DebianHost) -> None:
    login = Login(host, *APPLY, "--confirm-within", LONG)
    standing = wait_for_stage(host, "waiting")
    for words in (APPLY, ("apply", "--yes", "--secrets-to", "/root/other-secrets.toml"), ("rollback", "x", "--yes")):
        done = host.wizard(*words, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (5, "", 1), done.stderr
        assert f"{standing['id']}, started by root, waits" in done.stderr
    assert not host.shell("ls /root/other-secrets.toml 2>/dev/null || :")
    take_back(host)
    assert login.ends()[0] == 4


def test_status_wants_root_and_says_so(host: DebianHost) -> None:
    host.wizard("status")
    refused = host.run("su", "nobody", "-s", "/bin/sh", "-c", "redis-wizard status", check=False)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert "run as root" in refused.stderr


def test_what_was_kept_stays_kept_though_it_cannot_be_written_down_at_once(host: DebianHost) -> None:
    login = Login(host, *APPLY, "--confirm-within", LONG)
    place = f"/var/lib/redis-wizard/snapshots/{wait_for_stage(host, 'waiting')['id']}"
    # Its worker ends without a last word, and so does all that comes after it.
    host.shell(f"mount --bind {place} {place}; mount -o remount,bind,ro {place}")
    decided = Login(host, "confirm")
    poll(lambda: status(host).get("tries", "") != "", "nobody tries again")
    assert status(host)["stage"] == "working"
    assert limited(host)
    host.shell(f"umount {place}")
    for front_end in (login, decided):
        code, out, err = front_end.ends()
        assert code == 0, err
        assert "last step finished after an interruption" in " ".join(out.split())
    assert limited(host)
    take_back(host)


def test_recover_finds_nothing_to_do(host: DebianHost) -> None:
    assert host.wizard("recover").stdout == "Nothing to recover: no apply or rollback is open.\n"


# --- whoever started it goes away --------------------------------------------------------------


def test_a_connection_lost_in_the_middle_stops_nothing(host: DebianHost) -> None:
    login = Login(host, *APPLY)
    poll(lambda: status(host)["stage"] == "working", "it never worked")
    login.dies()
    ended = wait_for_stage(host, "ended")
    assert ended["outcome"]["ending"] == "applied"
    assert limited(host)
    take_back(host)


@pytest.mark.parametrize("signal", ["HUP", "TERM", "KILL"])
def test_a_signal_to_the_front_end_stops_nothing(signal: str, host: DebianHost) -> None:
    login = Login(host, *APPLY, "--confirm-within", LONG)
    wait_for_stage(host, "waiting")
    (front,) = front_ends(host)
    host.shell(f"kill -s {signal} {front}")
    code, out, err = login.ends()
    assert out == ""
    if signal != "KILL":
        assert code == 6
        assert err.endswith(
            "redis-wizard: it continues in the background; 'redis-wizard status' shows how far it is, "
            "'redis-wizard confirm' confirms it\n"
        )
    assert status(host)["stage"] == "waiting"
    assert limited(host)
    take_back(host)


def test_ctrl_c_explains_and_then_leaves(host: DebianHost) -> None:
    with terminal(host, *APPLY, "--confirm-within", LONG) as session:
        session.wait_for("confirm or rollback")
        session.press("\x03")
        session.wait_for("It cannot be stopped half-way")
        session.press("\x03")
        session.wait_for("it continues in the background")
        assert session.status() == 6
    assert status(host)["stage"] == "waiting"
    take_back(host)


def test_a_closed_terminal_stops_nothing(host: DebianHost) -> None:
    with terminal(host, *APPLY, "--confirm-within", LONG) as session:
        session.wait_for("confirm or rollback")
    poll(lambda: not front_ends(host), "the front end stays behind")
    assert status(host)["stage"] == "waiting"
    take_back(host)


# --- at the terminal ---------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "code"), [("keep", 0), ("undo", 4)])
def test_a_typed_word_decides(word: str, code: int, host: DebianHost) -> None:
    with terminal(host, *APPLY, "--confirm-within", LONG) as session:
        session.wait_for("confirm or rollback")
        session.press("yes\r")
        session.wait_for("seconds left: type confirm or rollback.")
        session.press(f"{word}\r")
        assert session.status(60) == code
    assert limited(host) is (word == "keep")
    if word == "keep":
        take_back(host)


def test_another_login_may_decide_while_the_question_stands(host: DebianHost) -> None:
    with terminal(host, *APPLY, "--confirm-within", LONG) as session:
        session.wait_for("confirm or rollback")
        host.wizard("confirm")
        session.wait_for("To roll back")
        assert session.status(60) == 0
    take_back(host)


# --- new passwords -----------------------------------------------------------------------------


def test_passwords_are_seen_before_the_word_and_work(host: DebianHost) -> None:
    with terminal(host, "apply", "--yes", "--confirm-within", LONG) as session:
        screen = session.wait_for("Passwords, shown only once", "confirm or rollback")
        assert screen.index("Passwords") < screen.index("confirm or rollback")
        passwords = dict(line.split() for line in screen.splitlines() if line.split()[:1] in (["admin"], ["app"]))
        session.press("keep\r")
        assert session.status(60) == 0
    rows = "".join(f'"{user}" = "{password}"\n' for user, password in passwords.items())
    host.shell(f"umask 077; cat >/root/seen-secrets.toml <<'END'\n[passwords]\n{rows}END")
    assert cli_ping(host, "admin", "/root/seen-secrets.toml") == "PONG"
    host.wizard("rollback", "--yes", "--user", "admin", "--password-file", "/root/seen-secrets.toml")


def test_passwords_of_a_lost_terminal_come_to_who_confirms(host: DebianHost) -> None:
    with terminal(host, "apply", "--yes", "--confirm-within", LONG) as session:
        session.wait_for("confirm or rollback")
    poll(lambda: not front_ends(host), "the front end stays behind")
    assert "confirm --secrets-to FILE" in host.wizard("status").stdout
    refused = host.wizard("confirm", check=False)
    assert refused.returncode == 64
    assert "would be lost" in refused.stderr
    kept = host.wizard("confirm", "--secrets-to", "/root/kept-secrets.toml")
    assert "/root/kept-secrets.toml" in kept.stdout
    assert host.shell("stat -c %a /root/kept-secrets.toml").strip() == "600"
    assert cli_ping(host, "admin", "/root/kept-secrets.toml") == "PONG"
    assert not host.shell("find /run/redis-wizard/private -type f 2>/dev/null || :")
    host.wizard("rollback", "--yes", "--user", "admin", "--password-file", "/root/kept-secrets.toml")


def test_the_file_of_passwords_goes_where_they_are_taken_back(host: DebianHost) -> None:
    login = Login(host, "apply", "--yes", "--secrets-to", "/root/new-secrets.toml", "--confirm-within", LONG)
    wait_for_stage(host, "waiting")
    assert host.shell("stat -c %a /root/new-secrets.toml").strip() == "600"
    done = host.wizard("rollback", "--yes")
    assert "/root/new-secrets.toml are not in force" in done.stdout.replace("\n", " ")
    assert login.ends()[0] == 4
    assert not host.shell("ls /root/new-secrets.toml 2>/dev/null || :")
