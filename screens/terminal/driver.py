"""A terminal driver that survives what real connections do: stray bytes, lost terminals, half a paste.

Source:
    Measured with Textual 8.2.8: an end of file spins the stock driver.
"""

import os
import select
import selectors
from contextlib import suppress
from functools import cached_property
from typing import ClassVar

from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from screens.terminal.background_color import BackgroundQuery, can_be_asked
from screens.terminal.frame import Frame
from screens.terminal.keyboard import Keyboard
from screens.terminal.letters import draws_ascii, to_ascii

_POINTER = "\x1b]22;"
"""Sets the shape of a mouse pointer, which we do not use; the Linux console draws the letters of it."""
_QUIET_SECONDS = 0.1
"""A pause between two keys; nothing inside a paste waits so long."""
_LEAVE_SCREEN = b"\x1b[?2004l\x1b[?1004l\x1b[0m\x1b[?25h\x1b[?1049l"
"""Ends pastes in brackets and focus reports, shows the cursor, leaves the alternate screen."""


class TerminalLost(Message):
    """The terminal is gone."""


class SafeDriver(LinuxDriver):
    """The stock driver with a tolerant keyboard; the end of input is a hang-up, not a busy loop."""

    hung_up = False
    """The terminal is gone: nothing is read or drawn any more."""
    question: ClassVar[BackgroundQuery | None] = None
    """What the terminal was asked before there was a driver."""

    def write(self, data: str) -> None:
        """Draw, unless there is nothing to draw on: a full queue would block us for ever."""
        if not self.hung_up and not data.startswith(_POINTER):
            super().write(self.frame.changes(to_ascii(data) if self._ascii else data))

    @cached_property
    def _ascii(self) -> bool:
        return draws_ascii(os.environ)

    @cached_property
    def frame(self) -> Frame:
        """What the terminal shows."""
        return Frame()

    def hang_up(self) -> None:
        """Treat the terminal as gone."""
        self.hung_up = True

    def start_application_mode(self) -> None:
        """Take the terminal over; what is restored later is how it was before it was asked for its colours."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it out
        if self.question is not None:
            self.attrs_before = self.question.attributes

    def _request_terminal_sync_mode_support(self) -> None:
        if can_be_asked(os.environ):
            super()._request_terminal_sync_mode_support()

    def _query_in_band_window_resize(self) -> None:
        # Old consoles draw the last letter of a question that they do not know.
        if can_be_asked(os.environ):
            super()._query_in_band_window_resize()

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
        keyboard = Keyboard(self.process_message, drops_replies=self.question is not None)
        if self.question is not None and self.question.typed:
            keyboard.take(self.question.typed)
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(_QUIET_SECONDS):
                    keyboard.idle()
                elif data := self._read():
                    keyboard.take(data)
                else:
                    self.hang_up()
                    self._app.post_message(TerminalLost())
                    return
                keyboard.tick()

    def _read(self) -> bytes:
        """Return what has come; nothing when the terminal is gone."""
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""
