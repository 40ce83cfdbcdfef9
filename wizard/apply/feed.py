"""The events of one apply, for any number of followers at once.

What may not live here: files; the journal writes the same events down.
"""

import threading
from collections.abc import Iterator

from wizard.model.event import Event


class Feed:
    """A growing list of events that can be followed while it grows."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._ended = False
        self._news = threading.Condition()

    def add(self, event: Event) -> None:
        """Append one event and wake the followers."""
        with self._news:
            self._events.append(event)
            self._news.notify_all()

    def end(self) -> None:
        """Say that no further event will come."""
        with self._news:
            self._ended = True
            self._news.notify_all()

    def follow(self) -> Iterator[Event]:
        """Give every event from the first one on; wait for the next one until the end."""
        position = 0
        while fresh := self._after(position):
            position += len(fresh)
            yield from fresh

    def _after(self, position: int) -> list[Event]:
        with self._news:
            self._news.wait_for(lambda: self._ended or len(self._events) > position)
            return self._events[position:]
