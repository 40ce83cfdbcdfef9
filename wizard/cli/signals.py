"""Signals while an apply is started and followed: recorded in order, handled when it is safe.

The apply is another process, and no signal to the front end stops it. But between generating passwords and
knowing that it was started, the front end must not stop either.
"""

import os
import signal
from collections import deque
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self

HEARD = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


class SignalQueue:
    """Takes signals down while the context lasts; its descriptor can be waited for, and becomes readable at each."""

    def __init__(self) -> None:
        self._came: deque[int] = deque()
        self._before: dict[int, signal._HANDLER] = {}
        self._hear, self._bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        # What is ignored stays so: nohup, or a job in the background.
        heard = (number for number in HEARD if signal.getsignal(number) is not signal.SIG_IGN)
        self._before = {number: signal.signal(number, self._note) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __del__(self) -> None:
        # Not sooner: a thread that outlives the context may still ring.
        os.close(self._hear)
        os.close(self._bell)

    def fileno(self) -> int:
        """Readable when something has come since `silence`."""
        return self._hear

    def wake(self) -> None:
        """Wake who waits; from any thread, and from a handler."""
        with suppress(BlockingIOError):  # it rings already
            os.write(self._bell, b"!")

    def clear(self) -> None:
        """Begin to wait again."""
        with suppress(BlockingIOError):
            while os.read(self._hear, 4096):
                pass

    def next(self) -> int | None:
        """Return the next signal that is not handled yet."""
        return self._came.popleft() if self._came else None

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(number)
        self.wake()
