"""The row of one setting."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from wizard.model.value import Value

Measure = Callable[[Sequence[str]], Any]
"""Turns the arguments of a setting into a number, set or other value with ``<=``; raises ``ValueError``."""


class Direction(StrEnum):
    """Which of two values of a setting protects the server, its data or its host more."""

    LOWER = "lower"
    """The smaller number."""
    HIGHER = "higher"
    """The larger number."""
    ON = "on"
    OFF = "off"
    LISTED = "listed"
    """The later one of the setting's `words`."""
    FEWER = "fewer"
    """The subset."""
    MORE = "more"
    """The superset."""
    NONE = "none"
    """Neither; the reason or the hint says what decides."""


SMALLER = frozenset({Direction.LOWER, Direction.OFF, Direction.FEWER})
"""Directions in which the smaller measure is the stricter one."""


class Range(Value, frozen=True):
    """The whole numbers that an answer takes, both ends included."""

    low: int
    high: int

    def __contains__(self, number: int) -> bool:
        return self.low <= number <= self.high


class Setting(Value, frozen=True, kw_only=True):
    """What the product knows of one answer, or of one directive that no answer decides."""

    answer: str = ""
    """``section.field``; empty where no answer decides it."""
    targets: tuple[str, ...] = ()
    """Directives, kernel keys or unit properties that it sets; empty where it sets none."""
    reason: str
    """Why it is set: one sentence, for the plan, the wizard and the answers file."""
    source: str
    """The document, measurement or checklist item behind the reason."""
    items: tuple[int, ...] = ()
    """Checklist items that it fulfils."""
    label: str = ""
    """Its name on a screen: at most 3 words."""
    hint: str = ""
    """What to write, beside the field: at most 50 characters."""
    unit: str = ""
    """Unit of its number: ``s``, ``ms``, ``us``, ``days``, ``bytes``, ``%``."""
    range: Range | None = None
    words: tuple[str, ...] = ()
    """The fixed words that it takes; the weakest first where the direction is `LISTED`."""
    default: str | None = None
    """What every server takes without a line, measured; ``None`` where it depends on the server."""
    always_written: bool = False
    """The plan writes a line for the default too, so that the file says it."""
    stricter: Direction
    measure: Measure | None = None
    """Makes two values comparable, where the usual measure of the direction does not."""
    keeps_stricter: bool = False
    """A stricter value that the host has already stays."""
