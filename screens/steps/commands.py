"""Step 4: commands that can take a server down or its data away, and who may still run them.

What may not live here: which rules keep them off (`wizard.acl`); the ACL barrier is always there.
"""

from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from screens.dialogs.text import TextDialog
from screens.session import Session
from screens.step import ReasonBar
from screens.steps.form import FormStep
from screens.text import facts
from screens.text.formatting import cut, literal, literal_cell
from screens.theme import TextStyle, rich_style
from screens.widgets.table import Rows
from wizard.model import value
from wizard.model.facts import LiveServer

BREAKS = {
    "FLUSHALL": "test suites, some migrations",
    "FLUSHDB": "test suites, cache clearing of some frameworks",
    "KEYS": "old cache clearing (Spring, Laravel); SCAN replaces it",
    "CONFIG": "exporters read CONFIG GET; they get a user of their own",
    "DEBUG": "nothing in production",
    "SHUTDOWN": "nothing: systemd ends the server by a signal",
    "SAVE": "scripts that should use BGSAVE",
    "BGSAVE": "backup scripts; they get a user of their own",
    "MONITOR": "debugging tools; it shows every value on the wire",
    "MODULE": "loading modules while running",
    "REPLICAOF": "Sentinel and failover scripts",
    "MIGRATE": "moving keys between servers, cluster resharding",
    "ACL": "administration of users",
}
"""Commands of the chapter and of ``@dangerous`` that can hurt, with what would miss them."""


class CommandsStep(FormStep):
    """Shows the commands; Space takes one away for everyone."""

    step = "commands"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "turn", show=False)]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._list = Rows(("renamed", "command", "calls seen", "what breaks when blocked"), id="commands")

    def body(self) -> ComposeResult:
        """Give the list and what becomes of old renames."""
        text = "Application users may run none of these: their rules end in -@dangerous."
        yield Static(literal(text, TextStyle.STRONG))
        yield Static(literal("Space also renames one away for everyone (old; seldom wanted).", TextStyle.MUTED))
        yield self._list
        yield self.tick("commands.keep_renames", _renames(self.session))

    def show_session(self, session: Session) -> None:
        """Fill the list."""
        super().show_session(session)
        names = (*BREAKS, *(name for name in session.answers.commands.disable if name.upper() not in BREAKS))
        self._list.fill([(name, self._cells(session, name)) for name in names])

    def _cells(self, session: Session, name: str) -> tuple[Text, ...]:
        off = name.lower() in {each.lower() for each in session.answers.commands.disable}
        seen = facts.calls(session.instance, name)
        tone = TextStyle.WARN if seen else TextStyle.TEXT
        calls = "[ ?? ]" if seen is None else f"{seen:,}"
        return (
            literal_cell("[x]" if off else "[ ]"),
            literal_cell(name),
            literal_cell(calls.rjust(10), rich_style(self.look, tone)),
            literal_cell(cut(BREAKS.get(name, ""), 52)),
        )

    def action_turn(self) -> None:
        """Take the command under the cursor away for everyone, or no longer."""
        name = self._list.current
        if name and self._list.has_focus:
            self.post_message(self.Edited(lambda session: _turned(session, name)))

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        name = self._list.current
        self.app.push_screen(TextDialog(name, literal(f"Blocking it breaks: {BREAKS.get(name, 'not known')}.")))

    def strip(self) -> ReasonBar:
        """Explain the two barriers, unless a field has its own reason."""
        usual = super().strip()
        if usual.why:
            return usual
        return ReasonBar(
            why="The ACL keeps a command off one user; rename-command takes it from all.",
            more=self.session.error("commands.disable") or self.session.warning("commands.disable"),
        )


def _turned(session: Session, name: str) -> Session:
    disabled = session.answers.commands.disable
    same = tuple(each for each in disabled if each.lower() == name.lower())
    wanted = tuple(each for each in disabled if each not in same) if same else (*disabled, name.lower())
    commands = value.replace(session.answers.commands, disable=wanted)
    return replace(session, answers=value.replace(session.answers, commands=commands))


def _renames(session: Session) -> str:
    instance = session.instance
    if instance is None or not isinstance(instance.live, LiveServer):
        return "else the ACL takes their place"
    gone = instance.live.missing_commands
    return f"renamed now: {', '.join(gone)}" if gone else "none are renamed now"
