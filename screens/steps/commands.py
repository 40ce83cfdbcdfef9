"""Commands that can stop a server or delete its data."""

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
from wizard.model.host import LiveServer

NEEDED_BY = {
    "FLUSHALL": "test suites, some migrations",
    "FLUSHDB": "test suites, cache clearing",
    "KEYS": "old cache clearing; SCAN replaces it",
    "CONFIG": "exporters; they get their own user",
    "DEBUG": "nothing in production",
    "SHUTDOWN": "nothing: systemd stops the server by a signal",
    "SAVE": "scripts that should use BGSAVE",
    "BGSAVE": "backup scripts; they get their own user",
    "MONITOR": "debugging; it shows every value",
    "MODULE": "loading modules at run time",
    "REPLICAOF": "Sentinel and failover scripts",
    "MIGRATE": "moving keys, cluster resharding",
    "ACL": "user administration",
}
"""Dangerous commands of the chapter and of ``@dangerous``, with what needs them."""


class CommandsStep(FormStep):
    """Shows the commands; Space renames one."""

    step = "commands"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "turn", show=False)]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._list = Rows(("renamed", "command", "calls", "needed by"), id="commands")

    def body(self) -> ComposeResult:
        """Yield the list and the existing renames."""
        text = "Application users can run none of these: their rules end in -@dangerous."
        yield Static(literal(text, TextStyle.STRONG))
        yield Static(
            literal("Space renames a command, which removes it for every user. Rarely needed.", TextStyle.MUTED)
        )
        yield self._list
        yield self.tick("commands.keep_renames", _renames(self.session))

    def show_session(self, session: Session) -> None:
        """Fill the list."""
        super().show_session(session)
        names = (*NEEDED_BY, *(name for name in session.answers.commands.disable if name.upper() not in NEEDED_BY))
        self._list.fill([(name, self._cells(session, name)) for name in names])

    def _cells(self, session: Session, name: str) -> tuple[Text, ...]:
        off = name.lower() in {each.lower() for each in session.answers.commands.disable}
        seen = facts.calls(session.instance, name)
        tone = TextStyle.WARN if seen else TextStyle.TEXT
        calls = "[ ?? ]" if seen is None else f"{seen:,}"
        return (
            literal_cell("[x]" if off else "[ ]"),
            literal_cell(name),
            literal_cell(calls.rjust(10), rich_style(self.color_scheme, tone)),
            literal_cell(cut(NEEDED_BY.get(name, ""), 52)),
        )

    def action_turn(self) -> None:
        """Rename the command under the cursor, or no longer."""
        name = self._list.current
        if name and self._list.has_focus:
            self.post_message(self.Edited(lambda session: _turned(session, name)))

    @on(DataTable.RowSelected)
    def _opened(self) -> None:
        name = self._list.current
        self.app.push_screen(TextDialog(name, literal(f"Needed by: {NEEDED_BY.get(name, 'unknown')}.")))

    def strip(self) -> ReasonBar:
        """Explain the two barriers, unless a field has its own reason."""
        usual = super().strip()
        if usual.why:
            return usual
        return ReasonBar(
            why="The ACL refuses a command to one user; rename-command removes it for all.",
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
        return "off: the ACL does the same"
    gone = instance.live.missing_commands
    return f"renamed now: {', '.join(gone)}" if gone else "no command is renamed now"
