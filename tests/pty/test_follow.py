"""The question whether a change is kept, on a real terminal."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

pytestmark = pytest.mark.pty

SCRIPT = Path(__file__).with_name("fake_follow.py")
PROJECT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(PROJECT)}
CTRL_C, CTRL_D = "\x03", "\x04"


def opened(works: float = 0) -> Terminal:
    return Terminal((sys.executable, str(SCRIPT), str(works)), environment=ENVIRONMENT)


@pytest.fixture
def waiting() -> Iterator[Terminal]:
    with opened() as terminal:
        terminal.wait_for("the first act", "confirm or rollback.")
        yield terminal


@pytest.mark.parametrize(("word", "status"), [("keep", 0), ("undo", 4)])
def test_a_word_decides(word: str, status: int, waiting: Terminal) -> None:
    waiting.press(f"{word}\r")
    waiting.wait_for("This is how it was.")
    assert waiting.status() == status


def test_anything_else_is_answered(waiting: Terminal) -> None:
    waiting.press("\r")
    waiting.wait_for("seconds left: type confirm or rollback.")
    waiting.press("undo\r")
    assert waiting.status() == 4


def test_what_was_typed_before_the_question_is_no_answer() -> None:
    with opened(works=1) as terminal:
        terminal.wait_for("the first act")
        terminal.press("keep\r")
        terminal.wait_for("confirm or rollback")
        terminal.settle()
        assert "This is how it was." not in terminal.text()
        terminal.press("undo\r")
        assert terminal.status() == 4


def test_ctrl_c_explains_first_and_leaves_then(waiting: Terminal) -> None:
    waiting.press(CTRL_C)
    waiting.wait_for("It cannot be stopped half-way")
    waiting.press(CTRL_C)
    waiting.wait_for("it continues in the background", "'redis-wizard confirm' confirms it")
    assert waiting.status() == 6


def test_the_end_of_input_ends_only_the_question(waiting: Terminal) -> None:
    waiting.press(CTRL_D)
    waiting.wait_for("This terminal accepts no more input")
    waiting.press("keep\r")
    waiting.settle()
    assert "This is how it was." not in waiting.text()
    waiting.press(CTRL_C)
    waiting.wait_for("It cannot be stopped half-way")
    waiting.press(CTRL_C)
    assert waiting.status() == 6
