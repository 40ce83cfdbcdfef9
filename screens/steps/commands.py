"""Commands that can stop a server or delete its data."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.widgets import DataTable, Input, Static

from screens.base_screen import ReasonBar
from screens.dialogs.text import TextDialog
from screens.session import Session
from screens.steps.form import FormStep
from screens.text import users as user_texts
from screens.text.formatting import cut, lines, literal, literal_cell
from screens.text.steps.rights import GROUPS, NEEDED_BY, Right, calls, dangerous, rights_now, rights_of, who_may
from screens.text.users import UserRow
from screens.theme import TextStyle, rich_style
from screens.widgets.field import Editor
from screens.widgets.option_widgets import LABEL_WIDTH
from screens.widgets.table import Rows
from wizard.model import value
from wizard.model.facts.live import LiveServer
from wizard.model.text import counted
from wizard.model.value import replace

_NAME_WIDTH = 12
"""Columns for the name of a user."""
_OTHER_COLUMNS = 36
"""Columns for the box, the command and its calls."""
_TONES = {Right.ALL: TextStyle.WARN, Right.SOME: TextStyle.ACCENT, Right.NONE: TextStyle.MUTED}
_KEYS = f"{Right.SOME}: some subcommands   {Right.NONE}: refused   Space renames a command for all"


Change = tuple[Right, Right]
"""What a user may run now, and once the plan is applied."""


class Matrix(Rows):
    """Commands by users; left and right show other users."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "screen.users(-1)", show=False),
        Binding("right,l", "screen.users(1)", show=False),
    ]


class CommandsStep(FormStep):
    """Shows who may run which command; Space renames one."""

    step = "commands"
    filters_itself = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", show=False),
        Binding("slash", "find", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._list = Matrix((), id="commands")
        self._filter = Editor("", longest=64, placeholder="name, key or rule")
        self._filter.styles.width = 20
        self._count = Static(classes="hint")
        self._users: list[UserRow] = []
        self._first = 0
        """Place of the first user that is shown."""

    def body(self) -> ComposeResult:
        """Yield the users to show, the matrix and the existing renames."""
        label = Static(literal("  " + "users (/)".ljust(LABEL_WIDTH)), classes="label")
        yield Horizontal(label, self._filter, self._count, classes="fieldrow")
        yield self._list
        yield Static(literal(_KEYS, TextStyle.MUTED))
        yield self.tick("commands.keep_renames", _renames(self.session))

    def on_mount(self) -> None:
        """Start in the matrix. Textual calls the base's own after it."""
        self._list.focus()

    def on_resize(self, event: Resize) -> None:
        """Show as many users as there is room for."""
        super().on_resize(event)
        self._fill()

    def show_session(self, session: Session) -> None:
        """Fill the matrix."""
        if not self._users or user_texts.differ(self.session, session):
            self._users = list(user_texts.rows(session))
        super().show_session(session)
        self._fill()

    def _fill(self) -> None:
        found = user_texts.matching(self._users, self._filter.value)
        fitting = max(1, ((self.size.width or 80) - _OTHER_COLUMNS) // (_NAME_WIDTH + 2))
        self._first = max(0, min(self._first, len(found) - fitting))
        shown = found[self._first : self._first + fitting]
        self._count.update(literal(_range(self._first, len(shown), len(found)), TextStyle.MUTED))
        names = (*dangerous(self.session), *GROUPS)
        rights = [self._rights(user, names) for user in shown]
        self._list.name_columns(("rename", "command", "calls", *(cut(user.name, _NAME_WIDTH) for user in shown)))
        by_command = zip(*rights, strict=True) if rights else (() for _ in names)
        self._list.fill([(name, self._cells(name, each)) for name, each in zip(names, by_command, strict=True)])

    def _rights(self, user: UserRow, names: Sequence[str]) -> list[Change]:
        """Return what a user may run now and once the plan is applied, of each row."""
        renamed = {each.lower() for each in self.session.answers.commands.disable}
        now, then = rights_now(self.session, user, names), rights_of(self.session, user, names)
        return [
            (before, Right.NONE if name.lower() in renamed else after)
            for name, before, after in zip(names, now, then, strict=True)
        ]

    def _cells(self, name: str, rights: Sequence[Change]) -> tuple[Text, ...]:
        off = name.lower() in {each.lower() for each in self.session.answers.commands.disable}
        seen = calls(self.session.instance, name)
        tone = TextStyle.WARN if seen and not name.startswith("@") else TextStyle.TEXT
        number = "[ ?? ]" if seen is None else f"{seen:,}"
        return (
            literal_cell("" if name.startswith("@") else "[x]" if off else "[ ]"),
            literal_cell(name),
            literal_cell(number.rjust(9), rich_style(self.color_scheme, tone)),
            *(
                literal_cell(_change(each), rich_style(self.color_scheme, _TONES.get(each[1], TextStyle.TEXT)))
                for each in rights
            ),
        )

    @on(Input.Changed)
    def _typed_filter(self, message: Input.Changed) -> None:
        if message.input is self._filter:
            message.stop()
            self._first = 0
            self._fill()

    def action_find(self) -> None:
        """Go to the line that chooses users."""
        self._filter.focus()

    def action_users(self, by: int) -> None:
        """Show the users before or behind."""
        self._first = max(0, self._first + by)
        self._fill()

    def action_turn(self) -> None:
        """Rename the command under the cursor, or no longer."""
        name = self._list.current
        if name.startswith("@"):
            self.app.bell()
        elif name and self._list.has_focus:
            self.post_message(self.Edited(lambda session: _turned(session, name)))

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self.draw_frame()

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        name = self._list.current
        rows = (f"Needed by: {NEEDED_BY.get(name, 'unknown')}.", "", *who_may(self.session, self._users, name))
        self.app.push_screen(TextDialog(name, lines(*rows)))

    def strip(self) -> ReasonBar:
        """Return what needs the command under the cursor, unless a field has its own reason."""
        usual = super().strip()
        if usual.why:
            return usual
        name = self._list.current
        needed = f"{name}: needed by {NEEDED_BY[name]}." if self._list.has_focus and name in NEEDED_BY else ""
        return ReasonBar(
            why=needed or "The ACL refuses a command to one user; rename-command removes it for all.",
            source="INFO commandstats; ACL rules",
            more=self.session.error("commands.disable") or self.session.warning("commands.disable"),
        )


def _change(change: Change) -> str:
    before, after = change
    return after if before is after else f"{before} -> {after}"


def _range(first: int, shown: int, found: int) -> str:
    if shown == found:
        return f" {counted(found, 'user')}"
    return f" {first + 1:,} to {first + shown:,} of {counted(found, 'user')} (left, right)"


def _turned(session: Session, name: str) -> Session:
    disabled = session.answers.commands.disable
    same = tuple(each for each in disabled if each.lower() == name.lower())
    wanted = tuple(each for each in disabled if each not in same) if same else (*disabled, name.lower())
    commands = value.replace(session.answers.commands, disable=wanted)
    return replace(session, answers=value.replace(session.answers, commands=commands))


def _renames(session: Session) -> str:
    instance = session.instance
    if instance is None or not isinstance(instance.live, LiveServer):
        return "off: the ACL does the same"
    gone = instance.live.missing_commands
    return f"renamed now: {', '.join(gone)}" if gone else "no command is renamed now"
