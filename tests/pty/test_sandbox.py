"""The whole way in a real terminal with a real server: accept, apply, connect, go back."""

import os
import re
import sys
import time
from pathlib import Path

import pytest

from tests.support.terminal import KEYS, Terminal

pytestmark = [pytest.mark.pty, pytest.mark.server]

RIGHT = "\x1b[C"


def press_when_read(terminal: Terminal, keys: str) -> None:
    """Answer a question: it takes no keys for its first half second."""
    time.sleep(0.7)
    terminal.press(keys)


def test_a_bare_server_is_hardened_handed_over_and_rolled_back(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    command = (sys.executable, "-I", "-m", "wizard", "--sandbox", "--secrets-to", str(secrets))
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path)}
    with Terminal(command, environment=environment) as terminal:
        terminal.wait_for("Score", "[ Review recommended plan ]", "NOTHING CHANGED YET")
        terminal.settle()
        terminal.review()
        terminal.wait_for(">9 Review", "changes in")
        terminal.press(KEYS["F8"])
        question = terminal.wait_for("[ Cancel ]")
        named = re.search(r"Type (\S+) to continue", question)
        press_when_read(terminal, f"{named[1]}\r" if named else f"{RIGHT}\r")
        terminal.wait_for("PENDING CONFIRM", "the new passwords (written to")
        terminal.press("c")
        terminal.wait_for("Confirm the change?", "[ Cancel ]")
        press_when_read(terminal, f"{RIGHT}\r")
        terminal.wait_for("[ ok ] Applied", "F8 continues")
        terminal.press(KEYS["F8"])
        done = terminal.wait_for("[ ok ] Applied", "snapshot", "written to", "Score", "→")
        assert _score_after(done) > 50
        passwords = re.findall(r'= "(\S+)"', secrets.read_text())
        assert len(passwords) >= 2
        assert not any(password.encode() in terminal.received for password in passwords)
        terminal.press("n")
        terminal.wait_for("newest first")
        terminal.press("r")
        terminal.wait_for("A rollback to", "F8 roll back…")
        press_when_read(terminal, KEYS["F8"])
        terminal.wait_for("Roll back", "[ Cancel ]")
        press_when_read(terminal, f"{RIGHT}\r")
        terminal.wait_for("[ ok ] Rolled back")
        terminal.press(KEYS["F8"])
        terminal.wait_for("ROLLED BACK", "[ Review recommended plan ]")
        terminal.press(KEYS["F10"])
        terminal.wait_for("Leave redis-wizard?")
        press_when_read(terminal, f"{RIGHT}{RIGHT}\r")
        assert terminal.status(30) == 0


def _score_after(text: str) -> int:
    found = re.search(r"Score \d+ → (\d+)", text)
    assert found, text
    return int(found[1])


def test_ten_keys_lead_to_a_confirmed_change_with_the_passwords_in_a_file(tmp_path: Path) -> None:
    command = (sys.executable, "-I", "-m", "wizard", "--sandbox")
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path)}
    ways = (
        (KEYS["Enter"], "Three questions before the review"),
        (KEYS["F8"], ">9 Review", "changes in"),
        (KEYS["F8"], "Apply to", "[ Cancel ]"),
        (KEYS["F8"], "PENDING CONFIRM", "take the new passwords"),
        ("c", "New passwords, shown here only"),
        ("w", "Write the passwords"),
        (KEYS["Enter"], "New passwords, written to"),
        (KEYS["F8"], "checks passed", "the new passwords (written to"),
        (KEYS["F8"], "Confirm the change?"),
        (KEYS["F8"], "[ ok ] Applied", "F8 continues"),
    )
    with Terminal(command, environment=environment) as terminal:
        terminal.wait_for("Score", "[ Review recommended plan ]", "NOTHING CHANGED YET ·")
        terminal.settle()
        for key, *words in ways:
            press_when_read(terminal, key)
            terminal.wait_for(*words)
    assert len(ways) <= 10
    written = list(tmp_path.glob("redis-passwords-*"))
    assert [path.stat().st_mode & 0o777 for path in written] == [0o600]
