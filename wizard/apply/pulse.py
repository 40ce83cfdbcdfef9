"""How long a server is away as a client sees it: from the last good answer to the next one.

A restart hangs or refuses for a part of the time that the service manager needs for it, and goes on
refusing while the data is loaded; so we ask all the time. What may not live here: the restart.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from wizard.apply.reach import Doors
from wizard.errors import LoadingError, ServerError, UnreachableError

BEAT_SECONDS = 0.005
_FIRST_SECONDS = 1.0
_LAST_SECONDS = 6.0
"""A question to a frozen server is given up after five."""


class Pulse:
    """Asks a server every few milliseconds as long as its context lasts, over a session of its own."""

    def __init__(self, doors: Doors) -> None:
        self._doors = Doors(doors.places, doors.logins)
        self._ends = threading.Event()
        self._news = threading.Condition()
        self._last: float | None = None
        self._gap = 0.0
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(lambda: self._last is not None, _FIRST_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join(_LAST_SECONDS)

    def gap(self) -> float:
        """Give the longest time without an answer so far, after one more answer; 0 where there was none before."""
        now = time.monotonic()
        self._wait(lambda: self._last is None or self._last > now, _FIRST_SECONDS)
        with self._news:
            return self._gap

    def _beat(self) -> None:
        while not self._ends.wait(BEAT_SECONDS):
            if self._answers():
                self._answered(time.monotonic())
        self._doors.close()

    def _answers(self) -> bool:
        try:
            self._doors.session()
        except (UnreachableError, LoadingError):
            return False
        except ServerError:
            # It answers: only not to us.
            return True
        return True

    def _answered(self, now: float) -> None:
        with self._news:
            if self._last is not None:
                self._gap = max(self._gap, now - self._last)
            self._last = now
            self._news.notify_all()

    def _wait(self, ready: Callable[[], bool], seconds: float) -> None:
        with self._news:
            self._news.wait_for(ready, seconds)
