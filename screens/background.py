"""Slow work in daemon threads; of each kind the newest counts.

A thread touches no widget: it posts its result. Textual's own thread workers are joined at exit, so
a stuck one would hold the terminal.
"""

from collections.abc import Callable
from threading import Thread
from typing import Any, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

_T = TypeVar("_T")


class TaskFinished(Message):
    """A task has a result or an error."""

    def __init__(self, kind: str, number: int, finish: Callable[[], None]) -> None:
        super().__init__()
        self.kind = kind
        self.number = number
        self.finish = finish


class TaskRunner:
    """Starts tasks for a message pump, and delivers the results that are still wanted."""

    def __init__(self, pump: MessagePump) -> None:
        self._pump = pump
        self._numbers: dict[str, int] = {}

    def start(
        self, kind: str, work: Callable[[], _T], then: Callable[[_T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Run `work` in a thread; then one of the other two runs in the App, unless newer work was started."""
        number = self._numbers.get(kind, 0) + 1
        self._numbers[kind] = number
        Thread(target=self._run, args=(kind, number, work, then, failed), name=kind, daemon=True).start()

    def _run(
        self,
        kind: str,
        number: int,
        work: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        try:
            value = work()
        except Exception as error:  # noqa: BLE001 - every error is shown
            problem = error
            self._pump.post_message(TaskFinished(kind, number, lambda: failed(problem)))
        else:
            self._pump.post_message(TaskFinished(kind, number, lambda: then(value)))

    def finish(self, message: TaskFinished) -> None:
        """Deliver a result, unless a newer task of its kind was started."""
        if self._numbers.get(message.kind) == message.number:
            message.finish()
