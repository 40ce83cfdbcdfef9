"""A connection that is dropped at every screen: the next login offers the answers, and nothing else is left behind."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import picture
from tests.support.terminal import KEYS, Terminal
from tests.support.wizard_terminal import SESSIONS, jump, over_ssh, to_field

DRAFT = "/var/lib/redis-wizard/draft.json"
CLEAR = "\x1b[F" + "\x7f" * 40
EDITS: tuple[tuple[str, str, str, str, object], ...] = (
    ("1 Net", "socket permissions", f"{CLEAR}700", "network.unix_socket_permissions", "700"),
    ("2 Mem", "eviction samples", f"{CLEAR}7", "memory.samples", 7),
    ("3 Users", "ACL file", f"{CLEAR}/etc/redis/own.acl", "acl.file", "/etc/redis/own.acl"),
    ("4 Cmds", "keep old renames", " ", "commands.keep_renames", True),
    ("5 TLS", "TLS port", f"{CLEAR}6390", "tls.port", 6390),
    ("6 Kernel", "open file limit", f"{CLEAR}70000", "kernel.open_files", 70000),
    ("7 Disk", "save points (RDB)", f"{CLEAR}900 1", "persistence.snapshots", ["900 1"]),
    ("8 Audit", "slowlog entries", f"{CLEAR}300", "audit.slow_log_length", 300),
)
"""Step, field, what is typed into it, and what the draft then holds. No field is left before the connection drops."""
OTHERS = ((KEYS["F9"], "not ok"), ("n", "No snapshots"), (KEYS["F1"], "Help"), (KEYS["Enter"], "questions"))
"""Keys of the start screen, and what is on the screen or dialog behind each."""
GONE = """for each in $(seq 300); do pgrep -f 'bin/[r]edis-wizard' >/dev/null || exit 0; sleep 0.1; done; exit 1"""


@pytest.fixture
def host() -> Iterator[DebianHost]:
    with debian_host("dropped") as booted:
        yield booted


def drop(host: DebianHost, terminal: Terminal) -> None:
    """Cut the connection, and see that the wizard ends."""
    host.shell(SESSIONS)
    assert terminal.status() != 0
    host.shell(GONE)


def draft(host: DebianHost) -> dict[str, Any]:
    assert host.shell(f"stat -c '%a %U' {DRAFT}").strip() == "600 root"
    found: dict[str, Any] = json.loads(host.shell(f"cat {DRAFT}"))
    return found


def held(answers: Any, name: str) -> object:
    """Return an answer of a draft; what is as it comes is not in it."""
    section, _, field = name.partition(".")
    return answers.get(section, {}).get(field)


def resume(terminal: Terminal, *, offered: bool) -> None:
    """Wait for the start screen, and take the answers of the last login."""
    terminal.wait_for("Review recommended plan", "Score")
    if offered:
        terminal.wait_for("[ Resume draft ]", "On this host since then: nothing that changes a recommendation")
        terminal.press("d")
        deadline = time.monotonic() + 60
        while "Resume draft" in terminal.settle(0.1):
            assert time.monotonic() < deadline, terminal.text()


def test_the_answers_of_every_screen_survive_a_dropped_connection(host: DebianHost) -> None:
    before = picture(host)
    with over_ssh(host) as terminal:
        resume(terminal, offered=False)
        drop(host, terminal)
    assert not host.shell("ls /var/lib/redis-wizard 2>/dev/null || :")
    for place, (step, field, typed, *_) in enumerate(EDITS):
        with over_ssh(host) as terminal:
            resume(terminal, offered=place > 0)
            jump(terminal, step)
            to_field(terminal, field)
            terminal.press(typed)
            terminal.settle()
            drop(host, terminal)
        answers = draft(host)["answers"]
        wanted = {name: value for *_, name, value in EDITS[: place + 1]}
        assert {name: held(answers, name) for name in wanted} == wanted
    with over_ssh(host) as terminal:
        resume(terminal, offered=True)
        jump(terminal, "9 Review")
        terminal.wait_for("changes in", "[x]")
        terminal.press(" ")
        terminal.wait_for("1 change left out")
        drop(host, terminal)
    saved = draft(host)
    assert len(saved["left_out"]) == 1
    for key, words in OTHERS:
        with over_ssh(host) as terminal:
            resume(terminal, offered=True)
            terminal.press(key)
            terminal.wait_for(words)
            drop(host, terminal)
        assert draft(host) == saved
    with over_ssh(host) as terminal:
        resume(terminal, offered=True)
        jump(terminal, "9 Review")
        terminal.wait_for("1 change left out")
        terminal.press(KEYS["F8"])
        terminal.wait_for("Apply to dropped?")
        drop(host, terminal)
    assert draft(host) == saved
    assert not picture(host).difference(before)
    assert host.shell("ls /var/lib/redis-wizard").split() == ["draft.json"]
