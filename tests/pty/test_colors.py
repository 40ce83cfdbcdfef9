"""Colours, ✓ and ✗ of the commands: on a terminal that has them, and nowhere else."""

from pathlib import Path

import pexpect
import pytest

from tests.support.scenario import ENVIRONMENT, command, debian, run

pytestmark = pytest.mark.pty

GREEN, RED = "\x1b[32m", "\x1b[1;31m"
SHOWS = {
    "check": (f"✗ {RED}critical",),
    "check --all": (f"{RED}✗\x1b[0m fail", f"{GREEN}✓\x1b[0m pass", "– n/a "),
    "plan": (f"{GREEN}+", f"{RED}-", "\x1b[1m@@"),
}


def on_a_terminal(root: Path, line: str, **environment: str) -> str:
    program, *arguments = command(*line.split(), "--root", root)
    terminal = {**ENVIRONMENT, "TERM": "xterm-256color", **environment}
    child: pexpect.spawn[bytes] = pexpect.spawn(
        program, arguments, env=terminal, dimensions=(50, 120), timeout=60, cwd="/"
    )
    text = bytes(child.read()).decode()
    child.close()
    assert child.exitstatus == 0
    return text


@pytest.mark.parametrize("line", SHOWS)
def test_a_terminal_that_has_them_shows_them(line: str, tmp_path: Path) -> None:
    text = on_a_terminal(debian(tmp_path), line)
    assert [each for each in SHOWS[line] if each not in text] == []


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("line", ["check", "check --all"])
def test_another_one_does_not(line: str, environment: dict[str, str], tmp_path: Path) -> None:
    text = on_a_terminal(debian(tmp_path), line, **environment)
    assert not {"\x1b", "✗", "✓"} & set(text)
    assert "critical" in text or "[FAIL]" in text


@pytest.mark.parametrize("line", SHOWS)
def test_no_color_means_none(line: str, tmp_path: Path) -> None:
    assert not {"\x1b", "✗", "✓"} & set(on_a_terminal(debian(tmp_path), f"{line} --no-color"))


@pytest.mark.parametrize("line", SHOWS)
def test_a_pipe_gets_none(line: str, tmp_path: Path) -> None:
    assert not {"\x1b", "✗", "✓"} & set(run(*line.split(), "--root", debian(tmp_path)).out)
