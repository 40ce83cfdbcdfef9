"""The wizard comes back to an apply whose window is gone: kept from another login, or taken back without a word."""

from collections.abc import Iterator

import pytest

from tests.support.clients import python_client
from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.terminal import KEYS, Terminal
from tests.support.wizard_terminal import SESSIONS, answer, hand_over, keep, leave, over_ssh

KEY_COUNT = 20


@pytest.fixture
def host() -> Iterator[DebianHost]:
    with debian_host("return") as booted:
        booted.shell(f"for i in $(seq {KEY_COUNT}); do echo set key:$i $i; done | redis-cli >/dev/null")
        yield booted


@pytest.fixture
def before(host: DebianHost) -> HostState:
    return picture(host)


def begin(terminal: Terminal) -> None:
    """Accept what is recommended, and apply it."""
    terminal.wait_for("Review recommended plan", "Score")
    terminal.settle()
    terminal.review()
    terminal.wait_for(">9 Review", "changes in", "1 restart")
    terminal.press(KEYS["F8"])
    answer(terminal, "Apply to return?")
    terminal.wait_for("WORKING")


def test_a_killed_session_in_the_middle_is_taken_up_and_kept_from_a_new_login(host: DebianHost) -> None:
    with over_ssh(host) as terminal:
        begin(terminal)
        host.shell(SESSIONS)
        assert terminal.status() != 0
    with over_ssh(host) as terminal:
        terminal.wait_for("An apply is unfinished on this host", "[ Follow ]")
        terminal.press(KEYS["Enter"])
        terminal.wait_for("PENDING CONFIRM", "Time left to confirm:", "take the new passwords")
        host.shell(SESSIONS)
        assert terminal.status() != 0
    with over_ssh(host) as terminal:
        terminal.wait_for("An apply is unfinished on this host", "[ Confirm ]")
        terminal.press(KEYS["Enter"])
        terminal.wait_for("PENDING CONFIRM", "take the new passwords")
        terminal.press("p")
        terminal.wait_for("New passwords, shown here only")
        host.shell(SESSIONS)
        assert terminal.status() != 0
    with over_ssh(host) as terminal:
        terminal.wait_for("An apply is unfinished on this host", "[ Confirm ]")
        terminal.press(KEYS["Enter"])
        terminal.wait_for("PENDING CONFIRM", "take the new passwords")
        secrets = hand_over(terminal)
        keep(terminal)
        terminal.press(KEYS["F8"])
        terminal.wait_for("APPLIED", ">0 Host")
        host.shell(SESSIONS)
        assert terminal.status() != 0
        passwords = host.shell(f"sed -n 's/.* = \"\\(.*\\)\"/\\1/p' {secrets}").split()
        assert len(passwords) == 2
        assert not [password for password in passwords if password.encode() in terminal.received]
    with over_ssh(host) as terminal:
        terminal.wait_for("[ Log in ]", "Score")
        assert "unfinished" not in terminal.text()
        leave(terminal)
    for user in ("app", "admin"):
        assert python_client(host, user, secrets) == "True"


def test_no_word_takes_it_back_and_the_next_login_is_told(host: DebianHost, before: HostState) -> None:
    apply = ("apply", "--yes", "--secrets-to", "/root/secrets.toml", "--confirm-within", "25")
    with over_ssh(host, *apply) as command:
        command.wait_for("Every change is in force and verified.")
        host.shell(SESSIONS)
        assert command.status() != 0
    with over_ssh(host) as terminal:
        terminal.wait_for("An apply is unfinished on this host", "Time left to confirm: 0:", "[ Confirm ]")
        terminal.press(KEYS["Enter"])
        terminal.wait_for("PENDING CONFIRM", "the new passwords (written to /root/secrets.toml")
        terminal.wait_for("NOT DONE", "No confirmation came", "SAME:")
        terminal.press(KEYS["F8"])
        terminal.wait_for("rolled back: no confirmation came", ">0 Host")
        leave(terminal)
    assert not picture(host).difference(before)
    assert host.shell("redis-cli dbsize").split()[-1] == str(KEY_COUNT)


def test_it_is_left_in_order_and_taken_back_from_a_new_login(host: DebianHost, before: HostState) -> None:
    with over_ssh(host) as terminal:
        begin(terminal)
        terminal.press(KEYS["F10"])
        answer(terminal, "The apply continues without this window.")
        assert terminal.status() == 6
    with over_ssh(host) as terminal:
        terminal.wait_for("An apply is unfinished on this host")
        terminal.press(KEYS["Enter"])
        terminal.wait_for("PENDING CONFIRM")
        terminal.press("r")
        answer(terminal, "Roll back the change?")
        terminal.wait_for("ROLLED BACK", "SAME:", "F8 continues")
        terminal.press(KEYS["F8"])
        terminal.wait_for(">0 Host", "rolled back")
        leave(terminal)
    assert not picture(host).difference(before)


def test_what_cannot_be_put_back_at_once_is_brought_to_its_end_from_the_wizard(
    host: DebianHost, before: HostState
) -> None:
    apply = ("apply", "--yes", "--secrets-to", "/root/secrets.toml", "--confirm-within", "8")
    with over_ssh(host, *apply) as command:
        command.wait_for("Every change is in force and verified.")
        host.shell("mount --bind /etc/redis /etc/redis; mount -o remount,bind,ro /etc/redis")
        host.shell(SESSIONS)
        assert command.status() != 0
    with over_ssh(host) as terminal:
        terminal.wait_for("An apply is unfinished on this host")
        terminal.press(KEYS["Enter"])
        terminal.wait_for("ROLLING BACK", "no confirmation came")
        host.shell("umount /etc/redis")
        terminal.wait_for("SAME:", "F8 goes")
        terminal.press(KEYS["F8"])
        terminal.wait_for(">0 Host", "rolled back: no confirmation came")
        leave(terminal)
    assert not picture(host).difference(before)
