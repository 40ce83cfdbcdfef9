"""What every screen shares: the frame, the keys, help; and what every step adds: fields, Next, Back.

A `Session` comes down, requests go up as messages; the App alone knows the order of the steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from textual.widgets import Input, Static

from screens import layout
from screens.base import BaseApp
from screens.search import SearchLine
from screens.session import Session
from screens.terminal.capabilities import SMALLEST, ColorScheme
from screens.text import help_text
from screens.text.formatting import lines, literal
from screens.text.steps.current import reason_of, state_of, transition
from screens.widgets.field import Field
from screens.widgets.table import Rows

if TYPE_CHECKING:
    from screens.text.confirmation import PasswordDelivery

_NARROW = (70, 20)
WIDE = 110
"""Columns from which two parts of a screen stand beside each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBar:
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
        width = self.app.size.width
        self._top.update(layout.top(self.session, self.step, width, self.state()))
        strip = self.strip()
        if self.has_class("with-pane"):
            self._pane.update(
                layout.pane(strip.why, strip.source, strip.more, name=self.help_name, answer=self.focused_answer)
            )
        else:
            self._why.update(layout.why(strip.why, strip.source, strip.more, width))

    @property
    def body_width(self) -> int:
        """Return the columns between the frame's edges, without the pane beside them."""
        width = self.app.size.width
        return width - layout.pane_width(width) if self.has_pane else width

    def on_mount(self) -> None:
        """Draw the session."""
        self.show_session(self.session)

    def on_resize(self, event: Resize) -> None:
        """Hide what does not fit; in a tiny window show its size alone."""
        if event.size != self._fitted:
            self._fit(event.size)
            self.draw_frame()

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
        return next((node.answer for node in self.focused.ancestors_with_self if isinstance(node, Field)), "")

    @property
    def help_name(self) -> str:
        """The name of its help text."""
        return self.help or self.step

    def action_back(self) -> None:
        """Go back."""
        self.post_message(self.Back())

    def action_leave(self) -> None:
        """Ask to leave."""
        self.post_message(self.Leave())


class Step(BaseScreen):
    """A step of the table."""

    keys: ClassVar[str] = layout.KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3,ctrl+r", "diff", priority=True, show=False),
        Binding("f4,ctrl+y", "recommended", priority=True, show=False),
        Binding("f5,ctrl+l", "read_host", priority=True, show=False),
        Binding("f6,ctrl+t", "jump", priority=True, show=False),
        Binding("f8,ctrl+n", "next", priority=True, show=False),
        Binding("f9", "checklist", priority=True, show=False),
        Binding("ctrl+z", "undo", priority=True, show=False),
        Binding("u", "undo", show=False),
    ]

    class Stored(BaseScreen.Request):
        """Store the texts of fields."""

        def __init__(self, texts: Mapping[str, str]) -> None:
            super().__init__()
            self.texts = texts

    class Next(BaseScreen.Request):
        """Go to the next step, unless this one has an error."""

    class Previous(BaseScreen.Request):
        """Go to the step before."""

    class Recommended(BaseScreen.Request):
        """Set a step to its recommended answers; without a step set all and go to the review."""

        def __init__(self, step: str | None = None) -> None:
            super().__init__()
            self.step = step

    class Undo(BaseScreen.Request):
        """Undo the last edit."""

    class ReadHost(BaseScreen.Request):
        """Read the host again."""

    class ShowDiff(BaseScreen.Request):
        """Show what would change so far."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._fields: dict[str, Field] = {}
        self.fixes = ""
        """The field that fixes an item of the checklist: the step starts there, and Back leads to the checklist."""

    def key_texts(self) -> str:
        """Say where Back leads."""
        return self.keys.replace("F7 Back  F8 Next     ", "F7 Checklist  F8 Next") if self.fixes else self.keys

    def on_mount(self) -> None:
        """Begin at the top: Textual scrolls to the first field, and its title is out of sight."""
        self.call_after_refresh(self._show_top)

    def _show_top(self) -> None:
        self.query_one(Body).scroll_home(animate=False)
        if self.fixes:
            self.focus_answer(self.fixes)
        if self.focused is not None:
            self.focused.scroll_visible(animate=False)

    def field(self, field: Field) -> Field:
        """Register and return a field; its text is stored when it or the step is left."""
        self._fields[field.answer] = field
        return field

    def texts(self) -> dict[str, str]:
        """Return the text of every field."""
        return {name: field.raw for name, field in self._fields.items()}

    def show_session(self, session: Session) -> None:
        """Show another session, with its errors and texts."""
        before = self._remarks_shown()
        for name, field in self._fields.items():
            if session.raw(name) != self.session.raw(name):
                field.show_raw(session.raw(name))
            field.show_remark(session.error(name), session.warning(name))
            field.show_state(state_of(session, name))
        super().show_session(session)
        if self.focused is not None and self._remarks_shown() != before:
            # A line that appears above pushes the field with the focus out of sight.
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    def _remarks_shown(self) -> list[bool]:
        return [not field.remark_line.has_class("gone") for field in self._fields.values()]

    def strip(self) -> ReasonBar:
        """Return the reason of the focused field."""
        name = self.focused_answer
        if not name:
            return ReasonBar()
        why, source = reason_of(self.session, name)
        meaning = help_text.first_line(self.help_name, name)
        return ReasonBar(why=why, source=source, more=transition(self.session, name) or meaning)

    def full_why(self) -> Content:
        """Return the text behind F2: why, and what the field means."""
        meaning = help_text.text_of(self.help_name, self.focused_answer) if self.focused_answer else ""
        return lines(super().full_why(), *(("", meaning) if meaning else ()))

    def focus_answer(self, name: str) -> None:
        """Focus the field of an answer, or the list that stands for it."""
        widget = self._fields[name].editor if name in self._fields else self.query(Rows).first()
        widget.focus()

    def focus_error(self) -> None:
        """Focus the first field that has an error."""
        for name, field in self._fields.items():
            if self.session.error(name):
                field.editor.focus()
                return

    def store(self) -> None:
        """Store the texts of the fields."""
        if self._fields:
            self.post_message(self.Stored(self.texts()))

    @on(Field.Left)
    def _left(self, message: Field.Left) -> None:
        message.stop()
        self.post_message(self.Stored({message.field.answer: message.field.raw}))

    @on(Input.Submitted)
    def _line_done(self, message: Input.Submitted) -> None:
        message.stop()
        self.focus_next()

    def action_next(self) -> None:
        """Store and go on."""
        self.store()
        self.post_message(self.Next())

    def action_back(self) -> None:
        """Store and go back; errors do not stop it."""
        self.store()
        self.post_message(self.Previous())

    def action_jump(self) -> None:
        """Store and ask for a step."""
        self.store()
        self.post_message(self.Jump())

    def action_recommended(self) -> None:
        """Set this step to its recommended answers."""
        self.post_message(self.Recommended(self.step))

    def action_undo(self) -> None:
        """Store what is typed, which makes it the last edit, and undo that."""
        self.store()
        self.post_message(self.Undo())

    def action_read_host(self) -> None:
        """Read the host again, and redraw: Ctrl+L does that in other programs."""
        if isinstance(self.app, BaseApp):
            self.app.action_redraw()
        self.store()
        self.post_message(self.ReadHost())

    def action_diff(self) -> None:
        """Show the whole diff so far."""
        self.store()
        self.post_message(self.ShowDiff())

    def action_checklist(self) -> None:
        """Open the checklist."""
        self.store()
        self.post_message(self.ShowChecklist())

    def action_leave(self) -> None:
        """Store and ask to leave."""
        self.store()
        super().action_leave()
