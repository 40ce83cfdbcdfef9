"""What every screen shares: the frame, the keys, help.

A `Session` comes down, requests go up as messages; the App alone knows the order of the steps.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus, Resize
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from screens import layout
from screens.base import BaseApp
from screens.search import SearchLine
from screens.session import Session
from screens.terminal.capabilities import SMALLEST, ColorScheme
from screens.text import help_text
from screens.text.formatting import literal
from wizard.model.value import Value

if TYPE_CHECKING:
    from screens.text.confirmation import PasswordDelivery

_NARROW = (70, 20)
WIDE = 110
_MARGINS = 4
"""Columns beside a text of the body: its margins and the scroll bar."""
"""Columns from which two parts of a screen stand beside each other."""


class ReasonBar(Value, frozen=True, kw_only=True):
    """The texts of the why strip."""

    why: str = ""
    source: str = ""
    more: str = ""


class Body(VerticalScroll, can_focus=False, inherit_bindings=False):
    """What scrolls between the frame's rows; arrows belong to the fields in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]

    def action_page_up(self) -> None:
        """Show the page above, with the focus on it."""
        self.scroll_page_up(animate=False, on_complete=self._scrolled)

    def action_page_down(self) -> None:
        """Show the page below, with the focus on it."""
        self.scroll_page_down(animate=False, on_complete=self._scrolled)

    def _scrolled(self) -> None:
        # The places of widgets are those of the page before until the screen is laid out again.
        self.call_after_refresh(self._bring_focus)

    def _bring_focus(self) -> None:
        """Give the focus to the first field in sight, where the one that has it is out of sight."""
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors or self._is_in_sight(focused):
            return
        for widget in self.screen.focus_chain:
            if self in widget.ancestors and self._is_in_sight(widget):
                self.screen.set_focus(widget, scroll_visible=False)
                return

    def _is_in_sight(self, widget: Widget) -> bool:
        return bool(self.screen.find_widget(widget).visible_region.area)


class BaseScreen(Screen[None]):
    """A screen in the frame."""

    keys: ClassVar[str] = "F1 Help  F7 Back                                               F10 Quit"
    help: ClassVar[str] = ""
    """Name of its help text; that of a step is its name."""
    filters_itself: ClassVar[bool] = False
    """Its `/` is its own: it filters."""
    step: ClassVar[str] = ""
    """Name of the step that it is; empty for other screens."""
    has_pane: ClassVar[bool] = True
    """A wide terminal has why and help beside the body; false where the body has two parts of its own."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,ctrl+g", "help", priority=True, show=False),
        Binding("question_mark", "help", show=False),
        Binding("f2,ctrl+o", "why", priority=True, show=False),
        Binding("f7,escape", "back", priority=True, show=False),
        Binding("f10,ctrl+q,ctrl+c", "leave", priority=True, show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    class Request(Message):
        """A request of the operator to the App."""

    class Leave(Request):
        """Exit the wizard."""

    class Back(Request):
        """Close this screen."""

    class Jump(Request):
        """Go to a step, with an item of the checklist to the field that fixes it; without a step ask."""

        def __init__(self, step: str | None = None, item: str = "") -> None:
            super().__init__()
            self.step = step
            self.item = item

    class ShowChecklist(Request):
        """Show every item."""

    class ShowSnapshots(Request):
        """Show the snapshots."""

    class ShowPasswords(Request):
        """Show the new passwords."""

    class Edited(Request):
        """Change the session by a pure function."""

        def __init__(self, change: Callable[[Session], Session]) -> None:
            super().__init__()
            self.change = change

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._top = Static(id="top")
        self._why = Static(id="why")
        self._pane = Static(id="pane")
        self._key_row = Static(id="keys")
        self._small = Static(id="small")
        self._fitted = Size(0, 0)
        self._focused_before: Widget | None = None
        """What had the focus when the window became too small."""

    def compose(self) -> ComposeResult:
        """Stack the frame around the body."""
        self._fit(self.app.size)
        yield self._small
        yield self._top
        with Horizontal(id="middle"):
            with Body(id="body"):
                yield from self.body()
            yield self._pane
        yield self._why
        yield self._key_row
        yield SearchLine()

    def key_texts(self) -> str:
        """Return the keys of the last row."""
        return self.keys

    def draw_keys(self) -> None:
        """Draw the last row again."""
        self._key_row.update(layout.key_line(self.key_texts(), self.app.size.width))

    def body(self) -> ComposeResult:
        """Yield the widgets between the frame's rows."""
        yield from ()

    def state(self) -> str:
        """Return the text at the right end of the first row; empty for the usual one."""
        return ""

    def strip(self) -> ReasonBar:
        """Return the texts of the why strip for the focused widget."""
        return ReasonBar()

    def show_session(self, session: Session) -> None:
        """Show another session."""
        self.session = session
        self.draw_frame()

    def show_delivery(self, delivery: "PasswordDelivery") -> None:
        """Show whether the operator has the new passwords; most screens do not."""

    def draw_frame(self) -> None:
        """Draw the frame again."""
        self._top.update(layout.top(self.session, self.step, self.app.size.width, self.state()))
        self.draw_why()

    def draw_why(self) -> None:
        """Draw the why strip, or the pane that stands for it, again."""
        strip = self.strip()
        if self.has_class("with-pane"):
            self._pane.update(
                layout.pane(strip.why, strip.source, strip.more, name=self.help_name, answer=self.focused_answer)
            )
        else:
            self._why.update(layout.why(strip.why, strip.source, strip.more, self.app.size.width))

    @property
    def body_width(self) -> int:
        """Return the columns between the frame's edges, without the pane beside them."""
        width = self.app.size.width
        return width - layout.pane_width(width) if self.has_pane else width

    @property
    def text_width(self) -> int:
        """Return the columns of a text in the body, without its margins."""
        return self.body_width - _MARGINS

    def on_mount(self) -> None:
        """Draw the session."""
        self.show_session(self.session)

    def on_resize(self, event: Resize) -> None:
        """Hide what does not fit, use the room that there is; in a tiny window show its size alone."""
        if event.size != self._fitted:
            self._fit(event.size)
            self.draw_frame()
            # The parts of the screen have their new sizes after the next refresh.
            self.call_after_refresh(self._show_again)

    def _show_again(self) -> None:
        # It may have been closed in between.
        if self.is_attached:
            self.show_session(self.session)

    def _fit(self, size: Size) -> None:
        width, height = self._fitted = size
        tiny = width < SMALLEST[0] or height < SMALLEST[1]
        self.set_class(width < _NARROW[0] or height < _NARROW[1], "narrow")
        self.set_class(width >= WIDE, "wide")
        if tiny and not self.has_class("tiny"):
            self._focused_before = self.focused
        elif not tiny and self.has_class("tiny"):
            # Textual takes the focus from what is hidden, and gives none to what is shown again.
            self.call_after_refresh(self.set_focus, self._focused_before)
        self.set_class(tiny, "tiny")
        self._pane.styles.width = width - self.body_width
        self.set_class(self.body_width < width, "with-pane")
        if tiny:
            needed = "{}x{}".format(*SMALLEST)
            self._small.update(literal(f"window too small ({width}x{height})\nneeded: {needed}; answers kept"))
        self.draw_keys()

    @on(DescendantFocus)
    def _focus_moved(self) -> None:
        self.draw_frame()

    def action_help(self) -> None:
        """Show the help text of this screen, the focused field's part first."""
        from screens.dialogs.text import TextDialog  # noqa: PLC0415 - built when first asked for

        self.app.push_screen(TextDialog("Help", help_text.for_field(self.help_name, self.focused_answer)))

    def action_why(self) -> None:
        """Show the whole why."""
        from screens.dialogs.text import TextDialog  # noqa: PLC0415 - built when first asked for

        self.app.push_screen(TextDialog("Why", self.full_why()))

    def full_why(self) -> Content:
        """Return the text behind F2."""
        strip = self.strip()
        parts = [strip.why, f"Source: {strip.source}" if strip.source else "", strip.more]
        return literal("\n\n".join(part for part in parts if part) or "This field has no reason to show.")

    @property
    def color_scheme(self) -> ColorScheme:
        """The colours of this terminal."""
        return self.app.color_scheme if isinstance(self.app, BaseApp) else ColorScheme.PLAIN

    @property
    def focused_answer(self) -> str:
        """The ``section.field`` that has the focus, empty when none has."""
        if self.focused is None:
            return ""
        from screens.widgets.field import Field  # noqa: PLC0415 - the first screen has none, and is to be painted soon

        return next((node.answer for node in self.focused.ancestors_with_self if isinstance(node, Field)), "")

    @property
    def help_name(self) -> str:
        """The name of its help text."""
        return self.help or self.step

    def action_back(self) -> None:
        """Show the screen before."""
        self.post_message(self.Back())

    def action_leave(self) -> None:
        """Ask to leave."""
        self.post_message(self.Leave())
