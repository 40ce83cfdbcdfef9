"""Start the wizard: set the environment, refuse a terminal that cannot show it, run it."""

import gc
import os
import sys
from typing import TYPE_CHECKING

from screens.options import Options
from screens.terminal import capabilities, environment
from screens.terminal.background_color import BackgroundQuery, can_be_asked

if TYPE_CHECKING:
    from screens.engine import Engine


def run(options: Options, engine: "Engine | None" = None) -> int:
    """Open the wizard and give the exit status when it has ended.

    Args:
        options: From the command line.
        engine: What the screens ask; by default the product itself, on the host of the options.

    Raises:
        TerminalError: there is no terminal, or it cannot show the wizard.
    """
    environment.settle(os.environ)
    _refuse_unusable()
    question = _ask()
    # Thousands of classes are made until the first paint and none of them is garbage: 13 ms saved.
    gc.disable()
    try:
        from screens.wizard import run_wizard  # noqa: PLC0415 - Textual reads the environment when imported

        return run_wizard(options, engine, question)
    finally:
        gc.enable()
        if question is not None:
            question.restore()


def _ask() -> BackgroundQuery | None:
    if not can_be_asked(os.environ) or sys.__stdin__ is None or sys.__stderr__ is None:
        return None
    return BackgroundQuery(sys.__stdin__.fileno(), sys.__stderr__.fileno())


def _refuse_unusable() -> None:
    capabilities.refuse_unusable(
        os.environ,
        input_is_terminal=sys.__stdin__ is not None and sys.__stdin__.isatty(),
        output_is_terminal=sys.__stderr__ is not None and sys.__stderr__.isatty(),
        size=_size(),
    )
    if sys.__stderr__ is not None and sys.__stderr__.encoding.lower().replace("-", "") != "utf8":
        sys.__stderr__.reconfigure(encoding="utf-8")


def _size() -> tuple[int, int]:
    try:
        return tuple(os.get_terminal_size(sys.__stderr__.fileno()))  # type: ignore[union-attr,return-value]  # checked by the caller
    except OSError:
        return (0, 0)
