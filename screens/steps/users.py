"""Users, what each may do, and the default user."""

from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from screens.session import Session
from screens.step import BaseScreen, ReasonBar
from screens.steps.form import FormStep, heading
from screens.text import facts
from screens.text.formatting import cut, literal, literal_cell
from screens.theme import TextStyle
from screens.widgets.option_widgets import Option
from screens.widgets.table import Rows
from wizard.model import value
from wizard.model.answers import DefaultUser, UserAnswer

_DEFAULT = (
    Option(key=DefaultUser.OFF, label="off", detail="every client needs a user name"),
    Option(key=DefaultUser.KEEP, label="keep", detail="unchanged"),
)


class UsersStep(FormStep):
    """Shows the users; a adds, e edits, d removes, t tries."""

    step = "users"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", show=False),
        Binding("e", "edit", show=False),
        Binding("d", "remove", show=False),
        Binding("t", "try", show=False),
    ]

    class Edit(BaseScreen.Request):
        """Open the editor for a user; for a new one without a name."""

        def __init__(self, name: str = "") -> None:
            super().__init__()
            self.name = name

    class Try(BaseScreen.Request):
        """Ask whether a user may run a command."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._list = Rows(("user", "on", "role", "keys", "channels", "clients"), id="users")
        self._wrong = Static()

    def body(self) -> ComposeResult:
        """Yield the users, the default user and the file."""
        yield self.tick("acl.manage")
        yield self._list
        yield self._wrong
        yield Static(
            literal("a add  e edit  d delete  t try   Passwords are generated when you apply.", TextStyle.MUTED)
        )
        yield heading("")
        yield self.pick("acl.default_user", _DEFAULT)
        yield self.line("acl.file")

    def show_session(self, session: Session) -> None:
        """Fill the list."""
        super().show_session(session)
        used = facts.users_now(session.instance)
        self._list.fill([(user.name, _cells(user, used)) for user in session.answers.acl.users])
        error, warning = session.error("acl.users"), session.warning("acl.users")
        self._wrong.update(
            literal(f"[err] {error}", TextStyle.FAIL) if error else literal(f"[warn] {warning}", TextStyle.WARN)
        )
        self._wrong.set_class(not error and not warning, "gone")

    def strip(self) -> ReasonBar:
        """Return who uses the default user now, unless a field has its own reason."""
        usual = super().strip()
        if usual.why:
            return usual
        count = facts.users_now(self.session.instance).get("default", 0)
        return ReasonBar(
            why=f'One user per service limits a leaked password. Clients of "default" now: {count}.', source="item 9"
        )

    def action_add(self) -> None:
        """Add a user."""
        self.post_message(self.Edit())

    def action_edit(self) -> None:
        """Edit the user under the cursor."""
        if self._list.current:
            self.post_message(self.Edit(self._list.current))

    def action_remove(self) -> None:
        """Remove the user under the cursor from the plan."""
        name = self._list.current
        if name and self._list.has_focus:
            self.post_message(self.Edited(lambda session: with_users(session, without(session, name))))

    def action_try(self) -> None:
        """Try a command as the user under the cursor."""
        if self._list.current:
            self.post_message(self.Try(self._list.current))

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        self.action_edit()


def _cells(user: UserAnswer, used: dict[str, int]) -> tuple[Text, ...]:
    keys = " ".join(user.keys) or "-"
    count = used.get(user.name, 0)
    return (
        literal_cell(cut(user.name, 16)),
        literal_cell("on" if user.enabled else "off"),
        literal_cell(user.role),
        literal_cell(cut(keys, 18)),
        literal_cell(cut(" ".join(user.channels) or "-", 10)),
        literal_cell(str(count) if count else "-"),
    )


def without(session: Session, name: str) -> tuple[UserAnswer, ...]:
    """Return the users except one."""
    return tuple(user for user in session.answers.acl.users if user.name != name)


def with_users(session: Session, users: tuple[UserAnswer, ...]) -> Session:
    """Return the session with these users."""
    acl = value.replace(session.answers.acl, users=users)
    return replace(session, answers=value.replace(session.answers, acl=acl))


def put(session: Session, user: UserAnswer, instead_of: str = "") -> Session:
    """Return the session with a user added, or in place of another one."""
    users = session.answers.acl.users
    if instead_of in {each.name for each in users}:
        return with_users(session, tuple(user if each.name == instead_of else each for each in users))
    return with_users(session, (*users, user))
