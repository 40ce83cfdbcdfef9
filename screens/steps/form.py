"""A step that is a form: its fields come from the session."""

from textual import on
from textual.widgets import Input, Static

from screens.session import Session, with_stored_fields
from screens.step import Step
from screens.text.formatting import literal
from screens.theme import TextStyle
from screens.widgets.field import ChoiceField, Field, PickField, TextField, TickField
from screens.widgets.option_widgets import Option
from wizard.settings import setting_of


class FormStep(Step):
    """Creates fields with the texts of the session."""

    def show_session(self, session: Session) -> None:
        """Show another session, with what its answers do."""
        super().show_session(session)
        self.show_typed(with_stored_fields(session, self.texts()))

    def show_typed(self, session: Session) -> None:
        """Show what the answers do; called at each key, with the texts that are not stored yet."""

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.show_typed(with_stored_fields(self.session, self.texts()))
        self.draw_why()

    def line(self, name: str, hint: str = "", *, width: int = 24) -> Field:
        """Return a field for a text or number; without a hint it has that of its row."""
        row = setting_of(name)
        label = f"{row.label} ({row.unit})" if row.range and row.unit else row.label
        return self.field(TextField(name, label, self.session.raw(name), hint=hint or row.hint, width=width))

    def tick(self, name: str, hint: str = "") -> Field:
        """Return a field that is on or off; without a hint it has that of its row."""
        row = setting_of(name)
        return self.field(TickField(name, row.label, self.session.raw(name), hint=hint or row.hint))

    def choice(self, name: str, options: tuple[Option, ...]) -> Field:
        """Return a field for one of several, a line each."""
        return self.field(ChoiceField(name, options, self.session.raw(name)))

    def pick(self, name: str, options: tuple[Option, ...]) -> Field:
        """Return a field for one of a few words."""
        return self.field(PickField(name, setting_of(name).label, options, self.session.raw(name)))


def title(text: str) -> Static:
    """Return the question of a group of fields."""
    return Static(literal(text, TextStyle.STRONG))


def heading(text: str) -> Static:
    """Return a line above a group of fields, with one blank row before it."""
    return Static(literal(text, TextStyle.STRONG), classes="gap")
