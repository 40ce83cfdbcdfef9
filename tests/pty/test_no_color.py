"""The option of the command line reaches the screens."""

import os
import sys

import pytest

from tests.support.terminal import Terminal

COMMAND = [sys.executable, "-I", "-m", "wizard", "--sandbox", "--dry-run"]


@pytest.mark.parametrize(("options", "coloured"), [([], True), (["--no-color"], False)])
def test_no_color_sends_none(options: list[str], *, coloured: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLORTERM"}}
    with Terminal([*COMMAND, *options], environment=environment) as terminal:
        terminal.wait_for("Review recommended plan", "Score")
        assert (b"38;5;" in terminal.received or b"38;2;" in terminal.received) is coloured
