"""A field of a form: a label, something to edit, a hint, and its error below.

A field knows the name of its answer (``section.field``) and speaks raw text only.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key, Paste
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.fields import NO, YES
from screens.text.formatting import literal, row, short_echo
from screens.theme import TextStyle
from screens.widgets.option_widgets import LABEL_WIDTH, Checkbox, CheckboxList, Cycle, Option, RadioList, beside
from wizard.model.text import escape

if TYPE_CHECKING:
    from screens.text.steps.current import FieldState


class Field(Vertical):
    """The base: an editor, and a line below it for what is wrong with the answer."""

    class Left(Message):
        """The operator left the field or chose a value."""

        def __init__(self, field: "Field") -> None:
            super().__init__()
            self.field = field

    def __init__(self, answer: str) -> None:
        super().__init__(id=answer.replace(".", "-"))
        self.answer = answer
        """``section.field``."""
        self.remark_line = Static(classes="remark gone")

    @property
    def raw(self) -> str:
        """The text in it."""
        return ""

    @property
    def editor(self) -> Widget:
        """The widget that takes the focus."""
        return self

    def show_raw(self, raw: str) -> None:
        """Set the text from outside."""

    def show_state(self, state: "FieldState") -> None:
        """Show what the host has now, and mark the field where its answer differs from the recommended one."""

    def show_remark(self, error: str, warning: str) -> None:
        """Show the error, else the warning, or nothing."""
        text, tone = (f"[err] {error}", TextStyle.FAIL) if error else (f"[warn] {warning}", TextStyle.WARN)
        self.remark_line.update(literal(short_echo(text, self.raw), tone))
        self.remark_line.set_class(not error and not warning, "gone")

    def compose(self) -> ComposeResult:
        """Stack editor and remark."""
        yield self.editor
        yield self.remark_line

    def on_editor_refused(self, message: "Editor.Refused") -> None:
        """Say below the field why a paste was refused."""
        message.stop()
        self.show_remark(message.why, "")

    def on_descendant_blur(self) -> None:
        """Report that the field was left."""
        self.post_message(self.Left(self))

    @on(CheckboxList.Changed)
    def _chosen(self, message: CheckboxList.Changed) -> None:
        message.stop()
        self.post_message(self.Left(self))


_EDITS: Mapping[str, Callable[[Input], None]] = {
    "backspace": Input.action_delete_left,
    "delete": Input.action_delete_right,
    "left": Input.action_cursor_left,
    "right": Input.action_cursor_right,
    "home": Input.action_home,
    "end": Input.action_end,
}


class Editor(Input):
    """A plain line of text: up and down move between fields, Enter goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, value: str, *, longest: int = 256, placeholder: str = "") -> None:
        super().__init__(value, compact=True, max_length=longest, placeholder=escape(placeholder))
        self.cursor_blink = False

    class Refused(Message):
        """What was pasted does not fit into a line."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def _on_paste(self, event: Paste) -> None:
        """Take a paste of one line; a part of anything else would be a text that the operator has not seen."""
        event.stop()
        event.prevent_default()
        text = event.text.strip("\r\n")
        longest = self.max_length or len(text)
        if not text.isprintable():
            self._refuse("this paste has several lines or control characters: paste one line")
        elif len(self.value) - len(self.selected_text) + len(text) > longest:
            self._refuse(f"this paste of {len(text)} characters is too long: at most {longest}")
        else:
            self.replace(text, *self.selection)

    def _refuse(self, why: str) -> None:
        self.app.bell()
        self.post_message(self.Refused(why))

    def on_key(self, event: Key) -> None:
        """Edit at once: a binding waits until the key has passed every parent, and later letters overtake it."""
        if event.key in _EDITS:
            event.stop()
            event.prevent_default()
            _EDITS[event.key](self)

    def action_copy(self) -> None:
        """Do nothing: the clipboard of a terminal is no place for answers."""

    def action_cut(self) -> None:
        """Do nothing, as with copy."""


class SecretEditor(Editor):
    """A hidden line of text."""

    def __init__(self, *, longest: int = 128) -> None:
        super().__init__("", longest=longest)
        self.password = True


class TextField(Field):
    """A line of text or a number."""

    def __init__(self, answer: str, label: str, raw: str, *, hint: str = "", width: int = 24) -> None:
        super().__init__(answer)
        self._label = Static(literal(f"  {label.ljust(LABEL_WIDTH)}"), classes="label")
        self._usual_hint = hint
        self._hint = Static(literal(f" {hint}", TextStyle.MUTED), classes="hint")
        self._input = Editor(escape(raw))
        self._input.styles.width = width
        self._text = label
        self._mark = " "

    @property
    def raw(self) -> str:
        """The text in the line."""
        return self._input.value

    @property
    def editor(self) -> Widget:
        """The line."""
        return self._input

    def show_state(self, state: "FieldState") -> None:
        """Put the mark in front of the label, and the present value into the hint."""
        self._mark = "*" if state.recommended else " "
        self._draw_label(here=self._input.has_focus)
        self._hint.update(row(" ", beside(state.hint, self._usual_hint)))

    def _draw_label(self, *, here: bool) -> None:
        tone = TextStyle.ACCENT if here else TextStyle.TEXT
        self._label.update(literal(f"{'>' if here else ' '}{self._mark}{self._text.ljust(LABEL_WIDTH)}", tone))

    def show_raw(self, raw: str) -> None:
        """Set the text."""
        if self._input.value != raw:
            self._input.value = escape(raw)

    def compose(self) -> ComposeResult:
        """Put label, line and hint beside each other."""
        yield Horizontal(self._label, self._input, self._hint, classes="fieldrow")
        yield self.remark_line

    def on_descendant_focus(self) -> None:
        """Mark the label of the field that has the focus."""
        self._draw_label(here=True)

    def on_descendant_blur(self) -> None:
        """Remove the mark, and report that the field was left."""
        self._draw_label(here=False)
        super().on_descendant_blur()


class TickField(Field):
    """On or off."""

    def __init__(self, answer: str, label: str, raw: str, *, hint: str = "", refused: str = "") -> None:
        super().__init__(answer)
        self._tick = Checkbox(label, on=raw == YES, detail=hint, refused=refused)

    @property
    def raw(self) -> str:
        """``yes`` or ``no``."""
        return YES if self._tick.on else NO

    @property
    def editor(self) -> Widget:
        """The box."""
        return self._tick

    def show_state(self, state: "FieldState") -> None:
        """Put the mark in front of the label, and the present value into the hint."""
        self._tick.marked = bool(state.recommended)
        self._tick.now = state.hint

    def show_raw(self, raw: str) -> None:
        """Set the box."""
        self._tick.values = frozenset({"on"} if raw == YES else ())


class ChoiceField(Field):
    """One of several, a line each."""

    def __init__(self, answer: str, options: tuple[Option, ...], raw: str) -> None:
        super().__init__(answer)
        self._choice = RadioList(options, raw)

    @property
    def raw(self) -> str:
        """The key that is chosen."""
        return self._choice.value

    @property
    def editor(self) -> Widget:
        """The list."""
        return self._choice

    def show_raw(self, raw: str) -> None:
        """Choose."""
        self._choice.values = frozenset({raw})

    def show_state(self, state: "FieldState") -> None:
        """Tag the option that the host has now, and the recommended one."""
        tags = {state.recommended: "* recommended"} if state.recommended else {}
        if state.now_key:
            first = tags.get(state.now_key)
            tags[state.now_key] = f"{first}, now" if first else "now"
        self._choice.tags = tags


class PickField(ChoiceField):
    """One of a few words, all in one line."""

    def __init__(self, answer: str, label: str, options: tuple[Option, ...], raw: str) -> None:
        super().__init__(answer, options, raw)
        self._choice = Cycle(label, options, raw)

    def show_state(self, state: "FieldState") -> None:
        """Put the mark in front of the label, and the present value behind the words."""
        self._choice.marked = bool(state.recommended)
        self._choice.now = state.hint
