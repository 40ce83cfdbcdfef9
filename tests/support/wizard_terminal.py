"""What a person does in the wizard's own screens on a host, by keys alone."""

import os
import re
import time

from tests.support.debian import TESTHOST, DebianHost
from tests.support.terminal import KEYS, Terminal

DIALOG_WAKES = 0.8
"""Dialogs pass over keys that were typed ahead; a person waits about this long."""
SESSIONS = """ps -eo pid=,args= | awk '/^ *[0-9]+ sshd.*root@pts/ {print $1}' | xargs -r kill -9"""
"""Kills every login of root on a terminal at once, as a cut connection with a keepalive ends in."""
_TRIES = 20
_FIELDS = 30
_LOOKS = 5
"""How often the screen is looked at after a key, each time until it is quiet."""


def over_ssh(
    host: DebianHost, *arguments: str, program: str = "redis-wizard", term: str = "xterm-256color"
) -> Terminal:
    """Start the wizard over a real SSH connection."""
    command = [str(TESTHOST), "ssh", host.name, "-tt", program, *arguments]
    return Terminal(command, environment=dict(os.environ), term=term)


def answer(terminal: Terminal, question: str) -> None:
    """Say yes to a dialog whose first button is Cancel."""
    terminal.wait_for(question)
    next_field(terminal)
    terminal.press(KEYS["Enter"])


def next_field(terminal: Terminal) -> None:
    """Move the focus of a dialog, and see it moved: on a busy machine the dialog wakes later."""
    before = terminal.looks()
    time.sleep(DIALOG_WAKES)
    for _ in range(_TRIES):
        terminal.press(KEYS["Tab"])
        for _ in range(_LOOKS):
            terminal.settle()
            if terminal.looks() != before:
                return
    raise AssertionError(f"the focus did not move:\n{terminal.text()}")


def to_field(terminal: Terminal, label: str) -> None:
    """Move the focus to a field of a step by its label."""
    for _ in range(_FIELDS):
        if f"> {label}" in terminal.settle(0.15):
            return
        terminal.press(KEYS["Tab"])
    raise AssertionError(f"no field {label}:\n{terminal.text()}")


def jump(terminal: Terminal, step: str) -> None:
    """Go to a step by its key, as the second row names it."""
    terminal.press(KEYS["F6"])
    terminal.wait_for("Jump to")
    terminal.press(step[0])
    terminal.wait_for(f">{step}")


def hand_over(terminal: Terminal) -> str:
    """Have the new passwords written to the file that the dialog proposes, go back, and give its path."""
    terminal.press("p")
    terminal.wait_for("New passwords")
    terminal.press("w")
    text = terminal.wait_for("Write the passwords", ".toml")
    found = re.search(r"(/root/redis-passwords-[\w-]+\.toml)", text)
    assert found, text
    next_field(terminal)
    next_field(terminal)
    terminal.press(KEYS["Enter"])
    terminal.wait_for("New passwords, written to")
    terminal.press(KEYS["F8"])
    terminal.wait_for("the new passwords (written to")
    return found[1]


def keep(terminal: Terminal) -> None:
    """Keep a change that waits for a word, and see its end."""
    terminal.press("c")
    answer(terminal, "Confirm the change?")
    terminal.wait_for("[ ok ] Applied", "F8 continues")


def leave(terminal: Terminal) -> None:
    """Leave the wizard, which then ends well."""
    terminal.press(KEYS["F10"])
    terminal.wait_for("Leave redis-wizard?")
    next_field(terminal)
    next_field(terminal)
    terminal.press(KEYS["Enter"])
    assert terminal.status() == 0
