"""What this terminal can show: whether it is one, how large, which colours."""

from collections.abc import Mapping
from enum import StrEnum

from wizard.errors import TerminalError

SMALLEST = (60, 16)
"""Columns and rows below which nothing but one sentence is shown."""
_WITHOUT = "the same works without one: redis-wizard check, plan and apply"


class ColorScheme(StrEnum):
    """A set of colours."""

    DARK = "wizard-dark"
    LIGHT = "wizard-light"
    SIXTEEN = "wizard-16"
    PLAIN = "wizard-plain"


def refuse_unusable(
    environment: Mapping[str, str], *, input_is_terminal: bool, output_is_terminal: bool, size: tuple[int, int]
) -> None:
    """Refuse a terminal that cannot show the wizard.

    Args:
        environment: Of the process; ``TERM`` is read.
        input_is_terminal: Standard input is a terminal.
        output_is_terminal: Standard error is one; the screens are drawn there.
        size: Columns and rows; a zero is unknown and passes.

    Raises:
        TerminalError: It cannot; the text says why and what works instead.
    """
    if not input_is_terminal:
        raise TerminalError(f"the wizard needs a terminal, and standard input is not one; {_WITHOUT}")
    if not output_is_terminal:
        raise TerminalError(f"the wizard needs a terminal, and standard error is not one; {_WITHOUT}")
    if environment.get("TERM", "") in {"", "dumb", "unknown"}:
        raise TerminalError(
            f"TERM={environment.get('TERM', '')} cannot show screens; redis-wizard --plain asks the same as text"
        )
    columns, rows = size
    if 0 < columns < SMALLEST[0] or 0 < rows < SMALLEST[1]:
        wanted = f"{SMALLEST[0]}x{SMALLEST[1]}"
        raise TerminalError(
            f"the terminal is {columns}x{rows} and the wizard needs {wanted}; enlarge it, or: {_WITHOUT}"
        )


def choose_color_scheme(
    environment: Mapping[str, str], color_system: str | None, *, light: bool = False
) -> ColorScheme:
    """Return the colours for a terminal.

    Args:
        environment: ``NO_COLOR`` asks for none.
        color_system: What rich detected: ``standard`` is 16 colours, ``256``, ``truecolor`` or ``None``.
        light: The terminal says that its background is light.
    """
    if environment.get("NO_COLOR"):
        return ColorScheme.PLAIN
    if color_system in {None, "standard"}:
        return ColorScheme.SIXTEEN
    return ColorScheme.LIGHT if light else ColorScheme.DARK
