"""Edit one user: name, role, keys, channels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import cut, literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from screens.widgets.option_widgets import LABEL_WIDTH, Checkbox, CheckboxList, Cycle, Option
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.text import escape
from wizard.model.value import replace

_ROLES = {
    AclRole.READ_ONLY: "reads its keys",
    AclRole.APPLICATION: "reads and writes its keys; nothing dangerous",
    AclRole.PUBSUB: "publishes and subscribes",
    AclRole.ADMINISTRATOR: "all commands",
    AclRole.OPERATIONS: "administers the server; no data, no passwords",
    AclRole.EXPORTER: "reads metrics; no arguments, no passwords",
    AclRole.HEALTH: "health checks only",
    AclRole.BACKUP: "starts and follows saves",
    AclRole.REPLICA: "a replica: receives all data",
    AclRole.SENTINEL: "a Sentinel: equals an administrator",
    AclRole.CUSTOM: "the rules below",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPreview:
    """The rules and problems of an edited user."""

    rules: str
    """The rules that it gets."""
    problems: Sequence[str]
    """Why the user is refused, a sentence each."""


class UserEditor(Dialog[UserAnswer]):
    """Edits a user."""

    def __init__(self, user: UserAnswer, judge: Callable[[UserAnswer], UserPreview]) -> None:
        super().__init__()
        self._user = user
        self._judge = judge
        self._login_name = Editor(escape(user.name), longest=64)
        roles = tuple(Option(key=role, label=role, detail=detail) for role, detail in _ROLES.items())
        self._role = Cycle("role", roles, user.role, narrow=True)
        self._keys = Editor(escape(" ".join(user.keys)), longest=2048)
        self._channels = Editor(escape(" ".join(user.channels)), longest=2048)
        self._rules = Editor(escape(user.rules), longest=4096)
        self._enabled = Checkbox("enabled", on=user.enabled)
        self._preview = Static()
        self._error = Static()

    def content(self) -> ComposeResult:
        """Yield the fields, the rules that follow, and the buttons."""
        yield Static(literal(f"User {self._user.name}" if self._user.name else "New user", TextStyle.STRONG))
        yield _row("name", self._login_name)
        yield self._role
        yield _row("key patterns", self._keys)
        yield _row("channels", self._channels)
        yield _row("rules (custom)", self._rules)
        yield self._enabled
        yield self._preview
        yield self._error
        yield buttons(("cancel", "Cancel"), ("save", "Save"))

    def on_mount(self) -> None:
        """Start in the name."""
        self._login_name.focus()
        if self._user.name:
            self._show(self.edited())

    def edited(self) -> UserAnswer:
        """Return the user as the fields say."""
        return replace(
            self._user,
            name=self._login_name.value.strip(),
            role=AclRole(self._role.value),
            keys=tuple(self._keys.value.split()),
            channels=tuple(self._channels.value.split()),
            rules=self._rules.value.strip(),
            enabled=self._enabled.on,
        )

    def _show(self, user: UserAnswer) -> UserPreview:
        judgement = self._judge(user)
        self._preview.update(literal(cut(f"user {user.name} {judgement.rules}", 400), TextStyle.MUTED))
        self._error.update(literal("\n".join(f"[err] {text}" for text in judgement.problems), TextStyle.FAIL))
        return judgement

    @on(CheckboxList.Changed)
    def _changed(self) -> None:
        self._show(self.edited())

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self._show(self.edited())
        self.focus_next()

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        user = self.edited()
        if not self._show(user).problems:
            self.dismiss(user)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def _row(label: str, editor: Editor) -> Horizontal:
    return Horizontal(Static(literal(f"  {label.ljust(LABEL_WIDTH)}"), classes="label"), editor, classes="fieldrow")
