"""The wizard where there is no terminal for it, or one that cannot show it."""

import os
import time
from pathlib import Path

import pexpect
import pytest

from tests.support.scenario import ENVIRONMENT, assert_refused, command, debian, picture, spawn

pytestmark = pytest.mark.pty


def opened(root: Path, *more: str, size: tuple[int, int] = (24, 80), **environment: str) -> "pexpect.spawn[bytes]":
    """Start the wizard in a terminal of this many rows and columns."""
    program, *arguments = command("--root", root, *more)
    terminal = {**ENVIRONMENT, "TERM": "xterm-256color", **environment}
    return pexpect.spawn(program, arguments, env=terminal, dimensions=size, timeout=60, cwd="/")


def said(child: "pexpect.spawn[bytes]") -> tuple[int, str]:
    """Wait for its end; exit status and everything it wrote."""
    text = child.read().decode()
    child.close()
    assert child.exitstatus is not None
    return child.exitstatus, text


@pytest.mark.parametrize("more", [(), ("--view",), ("--dry-run",)])
def test_without_a_terminal_it_says_what_to_do_instead(more: tuple[str, ...], tmp_path: Path) -> None:
    root = debian(tmp_path)
    before = picture(root)
    assert_refused(spawn(*more, "--root", root), "needs a terminal", "detect, check, plan and apply", status=64)
    assert picture(root) == before


@pytest.mark.parametrize("size", [(10, 40), (24, 40), (10, 80), (1, 1)])
def test_a_terminal_too_small_is_one_sentence(size: tuple[int, int], tmp_path: Path) -> None:
    status, text = said(opened(debian(tmp_path), size=size))
    assert status == 64
    assert f"the terminal is {size[1]}x{size[0]} and the wizard needs 60x16" in text
    assert "\x1b" not in text
    assert text.count("\n") == 1


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_draw_is_one_sentence(term: str, tmp_path: Path) -> None:
    status, text = said(opened(debian(tmp_path), TERM=term))
    assert status == 64
    assert f"TERM={term} cannot show screens" in text
    assert "\x1b" not in text


def test_a_mistake_in_the_answers_is_said_before_anything_is_drawn(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text("[network]\nport = 70000\n", encoding="ascii")
    status, text = said(opened(debian(tmp_path), "--answers", str(answers)))
    assert status == 1
    assert "answers.toml line 2: network.port: 70000 is out of range" in text
    assert "\x1b" not in text


def test_a_window_made_too_small_says_so_and_keeps_the_answers(tmp_path: Path) -> None:
    root = debian(tmp_path)
    before = picture(root)
    child = opened(root)
    child.expect("redis-wizard")
    child.expect("Review recommended")
    child.setwinsize(10, 40)
    child.expect(r"too small \(40x10\)")
    child.setwinsize(24, 80)
    child.expect("Review recommended")
    child.sendeof()
    child.close(force=True)
    assert picture(root) == before


def test_standard_output_of_the_wizard_may_go_anywhere(tmp_path: Path) -> None:
    root = debian(tmp_path)
    program = " ".join(command("--root", root))
    child = pexpect.spawn(
        "/bin/bash",
        ["-c", f"{program} > {tmp_path / 'out'}"],
        env={**ENVIRONMENT, "TERM": "xterm-256color"},
        dimensions=(24, 80),
        timeout=60,
    )
    child.expect("Review recommended")
    child.kill(15)
    deadline = time.monotonic() + 60
    while child.isalive() and time.monotonic() < deadline:
        child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.2)
    child.close(force=True)
    assert os.path.getsize(tmp_path / "out") == 0  # noqa: PTH202 - the size is the point
