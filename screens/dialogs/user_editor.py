"""Edit one user: as a form, and as the text of its rules; each follows the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.text.formatting import cut, lines, literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from screens.widgets.option_widgets import LABEL_WIDTH, Checkbox, CheckboxList, Cycle, Option
from wizard.errors import WizardError
from wizard.model.answers import AclRole, UserAnswer
from wizard.model.text import escape
from wizard.model.value import replace

_PREVIEW = 320
"""Characters of the rules that are shown in full."""
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

    def __init__(
        self,
        user: UserAnswer,
        judge: Callable[[UserAnswer], UserPreview],
        read: Callable[[UserAnswer, str], UserAnswer],
        rules: Callable[[UserAnswer], str],
        present: str = "",
    ) -> None:
        super().__init__()
        self._user = user
        self._judge = judge
        self._present = present
        """Its rules now, without those on logging in; empty for a user that the server does not have."""
        self._rules_of = rules
        """Returns the rules alone, which is quick enough for each key."""
        self._read = read
        """Returns the user with the rules of a text; raises WizardError."""
        self._text = Editor("", longest=8192)
        self._text_shown = ""
        """The rules of the form, as the line of text had them last."""
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
        yield _row("all rules as text", self._text)
        yield self._preview
        yield self._error
        yield buttons(("cancel", "Cancel"), ("save", "Save"))

    def on_mount(self) -> None:
        """Start in the name."""
        self._login_name.focus()
        self._show(self._of_form())
        if not self._user.name:
            # An empty name is no mistake yet.
            self._error.update("")

    def on_descendant_blur(self) -> None:
        """Let the form follow the text of the rules, where that was edited."""
        self._take_text()

    def _take_text(self) -> bool:
        """Set the form to the text of the rules; return whether it can hold them."""
        text = " ".join(self._text.value.split())
        if text == self._text_shown:
            return True
        try:
            user = self._read(self._of_form(), text)
        except WizardError as error:
            self._error.update(literal(f"[err] {error}", TextStyle.FAIL))
            return False
        self._text_shown = text
        self._role.values = frozenset({str(user.role)})
        self._keys.value = escape(" ".join(user.keys))
        self._channels.value = escape(" ".join(user.channels))
        self._rules.value = escape(user.rules)
        self._enabled.values = frozenset({"on"} if user.enabled else ())
        self._show(user)
        return True

    def _of_form(self) -> UserAnswer:
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
        self._show_rules(user, judgement.rules)
        self._error.update(literal("\n".join(f"[err] {text}" for text in judgement.problems), TextStyle.FAIL))
        return judgement

    def _show_rules(self, user: UserAnswer, rules: str) -> None:
        self._text.value = self._text_shown = escape(" ".join(rules.split()))
        shown = literal(cut(f"user {user.name} {rules}", _PREVIEW), TextStyle.MUTED)
        differs = _difference(self._present.split(), rules.split()) if rules else ""
        now = [literal(cut(differs, _PREVIEW), TextStyle.WARN)] if differs else []
        self._preview.update(lines(*now, shown))

    @on(CheckboxList.Changed)
    def _changed(self) -> None:
        self._show(self._of_form())

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        """Let the rules follow each key in the form; mistakes are named when a field is left."""
        if message.input is not self._text and message.input.has_focus:
            user = self._of_form()
            self._show_rules(user, self._rules_of(user))

    @on(Input.Submitted)
    def _next_field(self) -> None:
        if self._take_text():
            self._show(self._of_form())
            self.focus_next()

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        if not self._take_text():
            return
        user = self._of_form()
        if not self._show(user).problems:
            self.dismiss(user)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def _difference(present: Sequence[str], planned: Sequence[str]) -> str:
    """Return the rules that a user has now and not by the plan, and the other way round."""
    more, less = _without(present, planned), _without(planned, present)
    parts = ([f"now also {more}"] if more else []) + ([f"now without {less}"] if less else [])
    return "; ".join(parts) if present else ""


def _without(one: Sequence[str], other: Sequence[str]) -> str:
    return " ".join(word for word in one if word not in other)


def _row(label: str, editor: Editor) -> Horizontal:
    return Horizontal(Static(literal(f"  {label.ljust(LABEL_WIDTH)}"), classes="label"), editor, classes="fieldrow")
