"""A terminal driver that survives what real connections send: stray bytes, lost terminals, half a paste.

Source:
    Measured with Textual 8.2.8: a byte that is not UTF-8, a key code out of range or an end of file
    ends or spins the stock driver; a paste without its end mark swallows every later key.
"""

import os
import select
import selectors
import time
from codecs import getincrementaldecoder
from contextlib import suppress
from functools import cached_property

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from screens.terminal.frame import Frame

_PASTE_BEGIN = "\x1b[200~"
_PASTE_END = "\x1b[201~"
_PASTE_SECONDS = 1.0
_LEAVE_SCREEN = b"\x1b[?2004l\x1b[?1004l\x1b[0m\x1b[?25h\x1b[?1049l"
"""Ends pastes in brackets and focus reports, shows the cursor, leaves the alternate screen."""


class TerminalLost(Message):
    """The terminal is gone."""


class SafeDriver(LinuxDriver):
    """The stock driver with a tolerant reader; the end of input is a hang-up, not a busy loop."""

    hung_up = False
    """The terminal is gone: nothing is read or drawn any more."""

    def write(self, data: str) -> None:
        """Draw, unless there is nothing to draw on: a full queue would block us for ever."""
        if not self.hung_up:
            super().write(self.frame.changes(data))

    @cached_property
    def frame(self) -> Frame:
        """What the terminal shows."""
        return Frame()

    def hang_up(self) -> None:
        """Treat the terminal as gone."""
        self.hung_up = True

    def stop_application_mode(self) -> None:
        """Restore the terminal; after a hang-up too, where it may still be there and takes bytes at once."""
        super().stop_application_mode()
        if self.hung_up and self._file is not None:
            with suppress(OSError, ValueError):
                screen = self._file.fileno()
                if select.select((), (screen,), (), 0)[1]:
                    os.write(screen, _LEAVE_SCREEN)

    def run_input_thread(self) -> None:
        """Read keys until the App exits or the terminal is gone."""
        reader = _Reader(self)
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = bool(selector.select(0.1))
                if not reader.step(ready=ready):
                    self.hang_up()
                    self._app.post_message(TerminalLost())
                    return


class _Reader:
    """Turns bytes of the terminal into messages of the driver."""

    def __init__(self, driver: SafeDriver) -> None:
        self._driver = driver
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode
        self._parser = XTermParser()
        self._paste_since: float | None = None

    def step(self, *, ready: bool) -> bool:
        """Process the available input; false when the terminal is gone."""
        if ready:
            try:
                data = os.read(self._driver.fileno, 4096)
            except OSError:
                return False
            if not data:
                return False
            self._feed(self._decode(data))
        elif self._paste_since is not None and time.monotonic() - self._paste_since > _PASTE_SECONDS:
            self._feed(_PASTE_END)
        self._tick()
        return True

    def _feed(self, text: str) -> None:
        begin, end = text.rfind(_PASTE_BEGIN), text.rfind(_PASTE_END)
        if begin > end:
            self._paste_since = time.monotonic()
        elif end >= 0:
            self._paste_since = None
        elif self._paste_since is not None:
            self._paste_since = time.monotonic()
        try:
            for message in self._parser.feed(text):
                self._driver.process_message(message)
        except (ValueError, OverflowError):
            # A key code outside of Unicode. What was half read is dropped with the parser.
            self._parser = XTermParser()
            self._paste_since = None

    def _tick(self) -> None:
        try:
            for message in self._parser.tick():
                self._driver.process_message(message)
        except (ValueError, OverflowError):
            self._parser = XTermParser()
