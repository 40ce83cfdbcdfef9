"""The wizard over a real SSH connection at 80×24, by keys alone: from a pristine host to a hardened one and back."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.clients import cli_ping, python_client
from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.terminal import KEYS
from tests.support.wizard_terminal import answer, hand_over, jump, keep, leave, over_ssh, to_field

KEY_COUNT = 20


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("wizard") as booted:
        booted.shell(f"for i in $(seq {KEY_COUNT}); do echo set key:$i $i; done | redis-cli >/dev/null")
        yield booted


@pytest.fixture(scope="module")
def before(host: DebianHost) -> HostState:
    return picture(host)


def test_a_dry_run_walks_all_of_it_and_writes_nothing(host: DebianHost, before: HostState) -> None:
    with over_ssh(host, "--dry-run") as terminal:
        terminal.wait_for("Review recommended plan", "DRY RUN")
        for step in ("1 Net", "2 Mem", "3 Users", "4 Cmds", "5 TLS", "6 Kernel", "7 Disk", "8 Audit", "9 Review"):
            terminal.press(KEYS["F8"])
            terminal.wait_for(f">{step}")
        terminal.wait_for("changes in", "users.acl")
        leave(terminal)
    assert not picture(host).difference(before)
    assert not host.shell("ls /var/lib/redis-wizard 2>/dev/null || :")


def test_accepting_the_recommendation_hardens_the_host(host: DebianHost, before: HostState) -> None:
    assert before.files
    with over_ssh(host) as terminal:
        terminal.wait_for("Review recommended plan", "Score")
        terminal.review()
        terminal.wait_for(">9 Review", "changes in", "1 restart")
        terminal.press(KEYS["F8"])
        answer(terminal, "Apply to wizard?")
        terminal.wait_for("PENDING CONFIRM", "Time left to confirm:")
        secrets = hand_over(terminal)
        keep(terminal)
        terminal.press(KEYS["F8"])
        terminal.wait_for("snapshot", "redis-py", "Score")
        leave(terminal)
        passwords = host.shell(f"sed -n 's/.* = \"\\(.*\\)\"/\\1/p' {secrets}").split()
        # The hand-over was written to a file, so no byte of a password went through the terminal.
        assert len(passwords) == 2
        for password in passwords:
            assert password.encode() not in terminal.received
    assert host.shell(f"stat -c '%a %U' {secrets}").strip() == "600 root"
    host.run("cp", "-p", secrets, "/root/secrets.toml")
    for user in ("app", "admin"):
        assert python_client(host, user, "/root/secrets.toml") == "True"
        assert python_client(host, user, "/root/secrets.toml", certificate=False).startswith("refused")
        assert cli_ping(host, user, "/root/secrets.toml") == "PONG"


def test_the_hardened_host_has_nothing_left_to_do(host: DebianHost) -> None:
    login = ["--user", "admin", "--password-file", "/root/secrets.toml"]
    done = host.wizard("plan", "--detailed-exitcode", *login, check=False)
    assert done.returncode == 0, done.stdout
    facts = json.loads(host.wizard("detect", "--json", *login).stdout)
    assert facts["instances"][0]["live"]["keys"] == KEY_COUNT


def test_the_snapshots_screen_rolls_back(host: DebianHost, before: HostState) -> None:
    with over_ssh(host, "--user", "admin", "--password-file", "/root/secrets.toml") as terminal:
        terminal.wait_for("Score")
        terminal.press("n")
        terminal.wait_for("newest first", "in effect")
        terminal.press("r")
        terminal.wait_for("A rollback to", "F8 roll back")
        time.sleep(0.6)  # a dialog takes no keys before an operator can have read it
        terminal.press(KEYS["F8"])
        answer(terminal, "Roll back wizard to")
        terminal.wait_for("the host is as it was", "F8 continues")
        terminal.press(KEYS["F8"])
        terminal.wait_for("ROLLED BACK")
        leave(terminal)
    assert not picture(host).difference(before)
    assert host.shell("redis-cli dbsize").split()[-1] == str(KEY_COUNT)


def test_a_small_window_says_so(host: DebianHost) -> None:
    with over_ssh(host, "--dry-run") as terminal:
        terminal.wait_for("Review recommended plan")
        terminal.child.setwinsize(10, 40)
        terminal.screen.resize(10, 40)
        terminal.wait_for("too small")
        terminal.child.setwinsize(24, 80)
        terminal.screen.resize(24, 80)
        terminal.wait_for("Review recommended plan")
        leave(terminal)


def test_without_a_terminal_it_says_what_to_use(host: DebianHost) -> None:
    done = host.wizard(check=False)
    assert done.returncode == 64
    assert "detect, check, plan and apply" in done.stderr


def test_a_terminal_without_a_cursor_is_asked_line_by_line_up_to_the_confirmation(host: DebianHost) -> None:
    with over_ssh(host, "--plain", "--secrets-to", "/root/plain.toml", term="dumb") as terminal:
        for said, typed in (
            ("q to leave:", "g10"),
            ("a to apply", "r"),
            ("Nothing was changed.", "a"),
            ("Type yes to apply:", "yes"),
            ("confirm or rollback.", "confirm"),
        ):
            terminal.wait_for(said)
            terminal.press(f"{typed}\r")
        assert terminal.status() == 0, terminal.text()
        assert b"Step 10 of 10: Review" in terminal.received
        assert b"Applied" in terminal.received
        assert b"\x1b" not in terminal.received
        for password in host.shell("sed -n 's/.* = \"\\(.*\\)\"/\\1/p' /root/plain.toml").split():
            assert password.encode() not in terminal.received
    assert python_client(host, "app", "/root/plain.toml") == "True"


def test_a_hardened_host_is_hardened_again(host: DebianHost) -> None:
    login = ("--user", "admin", "--password-file", "/root/plain.toml")
    with over_ssh(host, *login) as terminal:
        terminal.wait_for("Last apply", "Score")
        jump(terminal, "8 Audit")
        to_field(terminal, "slowlog entries")
        terminal.press("\x1b[F\x7f\x7f\x7f512")
        jump(terminal, "9 Review")
        terminal.wait_for("1 change in 1 file", "no restart", "slowlog-max-len 512 (was 256)", "+slowlog-max-len 512")
        terminal.press(KEYS["F8"])
        answer(terminal, "Apply to wizard?")
        terminal.wait_for("PENDING CONFIRM")
        keep(terminal)
        terminal.press(KEYS["F8"])
        terminal.wait_for("Passwords: no new ones", "redis-py", 'username="app"')
        leave(terminal)
    assert host.shell("grep ^slowlog-max-len /etc/redis/redis.conf").strip() == "slowlog-max-len 512"
    assert python_client(host, "app", "/root/plain.toml") == "True"
