"""What the App needs before it shows anything: a robust terminal, no leak of secrets, a clean exit.

Source:
    Measured with Textual 8.2: its crash dump prints local variables, copy and cut send clear text to
    the terminal's clipboard, Ctrl+Q ends at once, SIGTERM leaves the terminal raw.
"""

import asyncio
import base64
import os
import signal
import traceback
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segments
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType

from screens import theme as screens_theme
from screens.search import SearchApp
from screens.terminal import capabilities
from screens.terminal.background_color import BackgroundQuery
from screens.terminal.driver import SafeDriver, TerminalLost

if TYPE_CHECKING:  # it is not needed for the first paint
    from screens.widgets.field import Editor

_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class BaseApp(SearchApp):
    """An App for a root shell over SSH."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "redraw", show=False)]

    def __init__(self) -> None:
        color_scheme = capabilities.choose_color_scheme(os.environ, "auto")
        super().__init__(
            driver_class=SafeDriver, ansi_color=True if color_scheme is capabilities.ColorScheme.PLAIN else None
        )
        self.animation_level = "none"
        self._drawn = False
        for theme in screens_theme.themes():
            self.register_theme(theme)
        self.show_in(capabilities.choose_color_scheme(os.environ, self.console.color_system))

    def show_as(self, question: BackgroundQuery) -> None:
        """Set the colours by what the terminal says of its background."""
        SafeDriver.question = question
        self.show_in(
            capabilities.choose_color_scheme(os.environ, self.console.color_system, light=question.light() is True)
        )

    def show_in(self, color_scheme: capabilities.ColorScheme) -> None:
        """Set the colours; before the first screen is made, which takes them as they are."""
        self.color_scheme = color_scheme
        self.theme = color_scheme
        self.stylesheet.set_variables(self.get_css_variables())

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's own
        """Parse the style sheets again, but not at the start: they were parsed for this theme."""
        if self._drawn:
            super().refresh_css(animate)
        self._drawn = True

    def on_resize(self) -> None:
        """Send all of the next frame: a terminal that was resized may have moved or lost what it showed."""
        self._forget_frame()

    def action_redraw(self) -> None:
        """Send the whole screen again: another program may have written over it."""
        self._forget_frame()
        self.screen.refresh(layout=True)

    def _forget_frame(self) -> None:
        if isinstance(self._driver, SafeDriver):
            self._driver.frame.forget()

    @property
    def leaving_is_safe(self) -> bool:
        """Whether nothing runs that the end of this process would interrupt."""
        return True

    def on_mount(self) -> None:
        """Handle signals: exit cleanly, and only when that is safe."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._signalled, number)

    def _signalled(self, number: signal.Signals) -> None:
        if number == signal.SIGHUP and isinstance(self._driver, SafeDriver):
            self._driver.hang_up()
        self.end_when_safe(128 + number)

    def on_editor_refused(self, message: "Editor.Refused") -> None:
        """Say why a paste was refused, where no field has a line for it."""
        self.notify(message.why, markup=False, severity="warning")

    @on(TerminalLost)
    def _hung_up(self) -> None:
        """Exit: the terminal is gone."""
        self.end_when_safe(128 + signal.SIGHUP)

    def end_when_safe(self, status: int) -> None:
        """Exit now, or as soon as `leaving_is_safe`."""
        if self.leaving_is_safe:
            self.exit(return_code=status)
        else:
            self.set_timer(0.2, lambda: self.end_when_safe(status))

    def copy_to_clipboard(self, text: str) -> None:
        """Do nothing: the clipboard of a terminal is no place for secrets."""

    def copy_public(self, text: str) -> None:
        """Send a text without secrets to the clipboard of the terminal, where the terminal takes it (OSC 52)."""
        if self._driver is not None:
            data = base64.b64encode(text.encode()).decode("ascii")
            self._driver.write(f"\x1b]52;c;{data}\a")

    async def action_quit(self) -> None:
        """Leave; a subclass asks first."""
        if self.leaving_is_safe:
            self.exit()

    def _fatal_error(self) -> None:
        # The stock text prints local variables, and those may be passwords: names and lines only.
        self._show_crash(self._exception)

    def panic(self, *_renderables: object) -> None:
        """Exit with one sentence; the stock text may hold values."""
        self._return_code = 1
        self._show_crash(self._exception)

    def _show_crash(self, error: BaseException | None) -> None:
        text = Text(describe_crash(error))
        self._exit_renderables.append(Segments(self.console.render(text, self.console.options)))
        self._close_messages_no_wait()


def describe_crash(error: BaseException | None) -> str:
    """Return where a programming mistake happened, without any value that was around.

    Args:
        error: The exception, ``None`` when it is not known.

    Returns:
        One sentence and the place in the code; neither the message nor variables, which may
        hold host text or secrets.
    """
    first = "redis-wizard stopped on an internal error"
    if error is None:
        return f"{first}; the host was not changed by this"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {os.path.basename(frames[-1].filename)} line {frames[-1].lineno}" if frames else ""  # noqa: PTH119 - a text
    return f"{first}: {type(error).__name__}{place}; to roll back: redis-wizard snapshots list"
