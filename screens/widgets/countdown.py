"""The remaining time, drawn once a second by itself."""

import math
from collections.abc import Callable

from textual.widgets import Static

from screens.text.formatting import literal
from screens.theme import TextStyle

_POLL_SECONDS = 0.2
_SOON = 60


class Countdown(Static):
    """Minutes and seconds until a deadline; empty without one."""

    def __init__(self, clock: Callable[[], float], deadline: float | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._deadline = deadline
        self._shown = ""

    def on_mount(self) -> None:
        """Start to count."""
        self.set_interval(_POLL_SECONDS, self._tick)
        self._tick()

    def until(self, deadline: float | None) -> None:
        """Count to another moment."""
        self._deadline = deadline
        self._tick()

    @property
    def over(self) -> bool:
        """Whether the deadline has passed."""
        return self._deadline is not None and self._clock() >= self._deadline

    @property
    def remaining(self) -> str:
        """The remaining time; empty without a deadline."""
        return "" if self._deadline is None else format_remaining(self._deadline - self._clock())

    def _tick(self) -> None:
        left = None if self._deadline is None else self._deadline - self._clock()
        text = "" if left is None else format_remaining(left)
        if text != self._shown:
            self._shown = text
            tone = TextStyle.WARN if left is not None and left < _SOON else TextStyle.STRONG
            # Its size is fixed: no layout, so these few cells are all that is sent.
            self.update(literal(text, tone), layout=False)


def format_remaining(seconds: float) -> str:
    """Return a remaining time, ``4:37``, rounded down."""
    whole = max(0, math.floor(seconds))
    return f"{whole // 60}:{whole % 60:02}"
