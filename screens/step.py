"""What every step adds to a screen: fields, Next, Back, Undo."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from screens import layout
from screens.base import BaseApp
from screens.base_screen import BaseScreen, Body, ReasonBar
from screens.session import Session, with_stored_fields
from screens.text import help_text
from screens.text.formatting import lines

if TYPE_CHECKING:
    from textual.widgets import Input

    from screens.widgets.field import Field

# ruff: noqa: PLC0415 - the first step has neither fields nor a table, and is to be painted soon


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
        return self.keys.replace("F4 Recommended  ", "").replace("F7 Back", "F7 Checklist") if self.fixes else self.keys

    def on_mount(self) -> None:
        """Begin at the top: Textual scrolls to the first field, and its title is out of sight."""
        self.call_after_refresh(self._show_top)

    def _show_top(self) -> None:
        self.query_one(Body).scroll_home(animate=False)
        if self.fixes:
            self.focus_answer(self.fixes)
        if self.focused is not None:
            self.focused.scroll_visible(animate=False)

    def field(self, field: "Field") -> "Field":
        """Register and return a field; its text is stored when it or the step is left."""
        self._fields[field.answer] = field
        return field

    def texts(self) -> dict[str, str]:
        """Return the text of every field."""
        return {name: field.raw for name, field in self._fields.items()}

    def show_session(self, session: Session) -> None:
        """Show another session, with its errors and texts."""
        before = self._remarks_shown()
        if self._fields:
            self._show_fields(session)
        super().show_session(session)
        if self.focused is not None and self._remarks_shown() != before:
            # A line that appears above pushes the field with the focus out of sight.
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    def _show_fields(self, session: Session) -> None:
        from screens.text.steps.current import state_of

        for name, field in self._fields.items():
            if session.raw(name) != self.session.raw(name):
                field.show_raw(session.raw(name))
            field.show_remark(session.error(name), session.warning(name))
            field.show_state(state_of(session, name))

    def _remarks_shown(self) -> list[bool]:
        return [not field.remark_line.has_class("gone") for field in self._fields.values()]

    def strip(self) -> ReasonBar:
        """Return the reason of the focused field."""
        name = self.focused_answer
        if not name:
            return ReasonBar()
        from screens.text.steps.current import reason_of, transition

        typed = with_stored_fields(self.session, self.texts())
        why, source = reason_of(typed, name)
        meaning = help_text.first_line(self.help_name, name)
        return ReasonBar(why=why, source=source, more=transition(typed, name) or meaning)

    def full_why(self) -> Content:
        """Return the text behind F2: why, and what the field means."""
        meaning = help_text.text_of(self.help_name, self.focused_answer) if self.focused_answer else ""
        return lines(super().full_why(), *(("", meaning) if meaning else ()))

    def focus_answer(self, name: str) -> None:
        """Focus the field of an answer, or the list that stands for it."""
        from screens.widgets.table import Rows

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

    def on_field_left(self, message: "Field.Left") -> None:
        """Store what was typed or chosen."""
        message.stop()
        self.post_message(self.Stored({message.field.answer: message.field.raw}))

    def on_input_submitted(self, message: "Input.Submitted") -> None:
        """Go to the next field."""
        message.stop()
        self.focus_next()

    def action_next(self) -> None:
        """Store and go on."""
        self.store()
        self.post_message(self.Next())

    def action_back(self) -> None:
        """Store and show the step before; errors do not stop it."""
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
