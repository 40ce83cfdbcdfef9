"""How long a server is away as a client sees it: from the last good answer to the next one.

A restart hangs or refuses for a part of the time that the service manager needs for it, and goes on
refusing while the data is loaded; so we ask all the time. It asks without a login, and counts the answers of the
server's own process alone.
"""

import threading
import time
from collections.abc import Callable
from enum import Enum
from types import TracebackType
from typing import Self

from wizard.errors import LoadingError, ServerError, UnreachableError
from wizard.model.login import Endpoint, Login
from wizard.server.client import Client
from wizard.server.sessions import SESSION_SECONDS, Connector

BEAT_SECONDS = 0.005
SLOW_BEAT_SECONDS = 0.02
"""Where every question needs a connection of its own."""
_FIRST_SECONDS = 1.0
_LAST_SECONDS = 6.0
"""A question to a frozen server is given up after five."""


class _Answer(Enum):
    """What a server said."""

    SERVES = "serves"
    REFUSES = "refuses"
    """It wants a login, which we do not show: it may still load its data."""
    AWAY = "away"


class DowntimeProbe:
    """Asks a server every few milliseconds as long as its context lasts, over a connection of its own."""

    def __init__(self, doors: Connector) -> None:
        self._doors = doors
        self._client: Client | None = None
        self._ends = threading.Event()
        self._news = threading.Condition()
        self._last: float | None = None
        self._gap = 0.0
        self._was_away = False
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

    def longest_gap(self) -> float:
        """Return the longest time without an answer so far; 0 where there was none before.

        Call it once a session has shown that the server is up: that is an answer too, and the first one where only
        a session sees that the data is loaded.
        """
        with self._news:
            if self._last is not None:
                self._answered(time.monotonic())
            return self._gap

    def _beat(self) -> None:
        pause = BEAT_SECONDS
        while not self._ends.wait(pause):
            answer = self._answer()
            with self._news:
                # One that refuses after it was away may still load its data.
                self._was_away = self._was_away if answer is _Answer.REFUSES else answer is _Answer.AWAY
                if not self._was_away:
                    self._answered(time.monotonic())
            pause = SLOW_BEAT_SECONDS if answer is _Answer.REFUSES and self._client is None else BEAT_SECONDS
        self._close()

    def _answer(self) -> _Answer:
        if self._client is not None:
            return self._ask(self._client)
        for place in tuple(self._doors.endpoints):
            answer = self._connect(place)
            if answer is not _Answer.AWAY or self._client is not None:
                return answer
        return _Answer.AWAY

    def _connect(self, place: Endpoint) -> _Answer:
        """Ask by a new connection; without a certificate TLS refuses it, which is an answer as well."""
        if self._doors.access is None:
            return _Answer.AWAY
        authority = next((each.authority for each in self._doors.logins if each and each.authority), None)
        try:
            self._client = self._doors.access.connect(place, Login(authority=authority), seconds=SESSION_SECONDS)
        except (UnreachableError, LoadingError):
            return _Answer.AWAY
        except ServerError:
            return _Answer.REFUSES
        return self._ask(self._client)

    def _ask(self, client: Client) -> _Answer:
        try:
            client.ping()
        except LoadingError:
            return _Answer.AWAY
        except UnreachableError:
            self._close()
            return _Answer.AWAY
        except ServerError:
            if client.endpoint.tls:
                # It has hung up, for want of a certificate.
                self._close()
            return _Answer.REFUSES
        return _Answer.SERVES

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _answered(self, now: float) -> None:
        if self._last is not None:
            self._gap = max(self._gap, now - self._last)
        self._last = now
        self._was_away = False
        self._news.notify_all()

    def _wait(self, ready: Callable[[], bool], seconds: float) -> None:
        with self._news:
            self._news.wait_for(ready, seconds)
