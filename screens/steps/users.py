"""Users, what each may do, and the default user."""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import DataTable, Input, Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.dialogs.text import TextDialog
from screens.session import Session, without_user
from screens.steps.form import FormStep
from screens.text import facts
from screens.text import users as texts
from screens.text.formatting import cut, literal, literal_cell
from screens.text.users import UserRow
from screens.theme import TextStyle
from screens.widgets.field import Editor
from screens.widgets.option_widgets import LABEL_WIDTH, Option
from screens.widgets.table import Rows
from wizard.model.answers import DefaultUser
from wizard.model.text import counted

_COLUMNS = 76
"""Columns of the table with its shortest texts."""
_KEYS = "a add  c copy  e edit  d delete  t try  Enter rules"
_MOST_ROWS = 200
"""Rows in the list; the filter finds the others."""

_DEFAULT = (
    Option(key=DefaultUser.OFF, label="off", detail="all need a name"),
    Option(key=DefaultUser.KEEP, label="keep", detail="unchanged"),
)


class UsersStep(FormStep):
    """Shows the users; a adds, c copies, e edits, d removes, t tries."""

    step = "users"
    filters_itself = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", show=False),
        Binding("c", "copy", show=False),
        Binding("e", "edit", show=False),
        Binding("d", "remove", show=False),
        Binding("t", "try", show=False),
        Binding("slash", "find", show=False),
    ]

    class Edit(BaseScreen.Request):
        """Open the editor for a user; for a new one without a name."""

        def __init__(self, name: str = "") -> None:
            super().__init__()
            self.name = name

    class Copy(BaseScreen.Request):
        """Open the editor for a new user with the rules of another one."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Try(BaseScreen.Request):
        """Ask whether a user may run a command."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._list = Rows(("user", "plan", "on", "role", "keys", "channels", "clients"), id="users")
        self._filter = Editor("", longest=64, placeholder="name, key or rule")
        self._filter.styles.width = 24
        self._count = Static(classes="hint")
        self._rows: list[UserRow] = []
        self._keys = Static()
        self._wrong = Static()

    def body(self) -> ComposeResult:
        """Yield the users, the default user and the file."""
        yield self.tick("acl.manage")
        label = Static(literal("  " + "find (/)".ljust(LABEL_WIDTH)), classes="label")
        yield Horizontal(label, self._filter, self._count, classes="fieldrow")
        yield self._list
        yield self._wrong
        yield self._keys
        yield self.pick("acl.default_user", _DEFAULT)
        yield self.line("acl.file")

    def show_session(self, session: Session) -> None:
        """Fill the list."""
        if not self._rows or texts.differ(self.session, session):
            self._rows = list(texts.rows(session))
        super().show_session(session)
        self._fill()
        new = any(each.state == "new" for each in self._rows)
        self._keys.update(literal(f"{_KEYS}   Apply makes passwords." if new else _KEYS, TextStyle.MUTED))
        error, warning = session.error("acl.users"), session.warning("acl.users")
        self._wrong.update(
            literal(f"[err] {error}", TextStyle.FAIL) if error else literal(f"[warn] {warning}", TextStyle.WARN)
        )
        self._wrong.set_class(not error and not warning, "gone")

    def _fill(self) -> None:
        found = texts.matching(self._rows, self._filter.value)
        spare = max(0, self.text_width - _COLUMNS)
        self._list.fill([(each.name, _cells(each, spare)) for each in found[:_MOST_ROWS]])
        shown = f"{_MOST_ROWS} shown of " if len(found) > _MOST_ROWS else ""
        every = counted(len(self._rows), "user")
        count = every if len(found) == len(self._rows) else f"{len(found):,} of {every}"
        self._count.update(literal(f" {shown}{count}", TextStyle.MUTED))

    @on(Input.Changed)
    def _typed_filter(self, message: Input.Changed) -> None:
        if message.input is self._filter:
            message.stop()
            self._fill()

    def action_find(self) -> None:
        """Go to the line that filters the list."""
        self._filter.focus()

    def strip(self) -> ReasonBar:
        """Return which clients use the user under the cursor now, unless a field has its own reason."""
        usual = super().strip()
        if usual.why:
            return usual
        name = self._list.current if self._list.has_focus else "default"
        groups = facts.clients_as(self.session.instance, name)
        clients = facts.named_clients(groups) if groups else "no client"
        return ReasonBar(
            why="One user per service limits what a leaked password opens.",
            source="item 9",
            more=f'User "{name}" now: {clients}' if name else "",
        )

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self.draw_frame()

    def action_add(self) -> None:
        """Add a user."""
        self.post_message(self.Edit())

    def action_edit(self) -> None:
        """Edit the user under the cursor."""
        if self._planned:
            self.post_message(self.Edit(self._list.current))
        else:
            self.app.bell()

    def action_remove(self) -> None:
        """Remove the user under the cursor from the plan."""
        name = self._list.current
        if name and self._list.has_focus:
            self.post_message(self.Edited(lambda session: without_user(session, name)))

    def action_try(self) -> None:
        """Try a command as the user under the cursor."""
        if self._list.current:
            self.post_message(self.Try(self._list.current))
        else:
            self.app.bell()

    def action_copy(self) -> None:
        """Make a user with the rules of the one under the cursor."""
        if self._list.current:
            self.post_message(self.Copy(self._list.current))
        else:
            self.app.bell()

    @property
    def _planned(self) -> bool:
        """Whether the plan names the user under the cursor."""
        return self._list.current in {user.name for user in self.session.answers.acl.users}

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        if self._planned:
            self.action_edit()
            return
        row = next((each for each in self._rows if each.name == self._list.current), None)
        if row is not None:
            self.app.push_screen(TextDialog(f'User "{row.name}"', literal(row.rules)))


def _cells(row: UserRow, spare: int) -> tuple[Text, ...]:
    return (
        literal_cell(cut(row.name, 16 + spare // 4)),
        literal_cell(row.state),
        literal_cell(row.enabled),
        literal_cell(row.role),
        literal_cell(cut(row.keys or "-", 16 + spare // 2)),
        literal_cell(cut(row.channels or "-", 10 + spare // 4)),
        literal_cell(str(row.clients) if row.clients else "-"),
    )
