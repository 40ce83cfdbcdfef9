"""Step 11: the result, new passwords once, how clients connect, and what is left to do.

The only screen that may show a password, and only while the operator wants it. What may not live
here: passwords after it was left.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens import describe, snippets
from screens.dialogs.reading import Reading
from screens.export import write_private
from screens.palette import Tone
from screens.session import Session
from screens.step import Framed, Strip
from screens.text import C, cut, lines, row
from screens.widgets.lines import Option, Pick, Ticks
from wizard.model.event import Outcome
from wizard.model.plan import Plan
from wizard.model.value import Secret

TODO_SHOWN = 3


def secrets_text(passwords: Mapping[str, Secret]) -> str:
    """Write passwords as TOML: a table ``[passwords]``, an entry a user."""
    rows = [f'"{user}" = "{secret.reveal()}"' for user, secret in sorted(passwords.items())]
    return "\n".join(("[passwords]", *rows, ""))


def write_secrets(path: PurePosixPath, passwords: Mapping[str, Secret]) -> None:
    """Write passwords to a new file that only its owner can read; raises as `write_private`."""
    write_private(path, secrets_text(passwords))


class DoneScreen(Framed):
    """Shows what came of it."""

    help = "done"
    keys: ClassVar[str] = "F1 Help  s show  w write file  t to do  n snapshots  F9 checklist    F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "show", show=False),
        Binding("w", "write", show=False),
        Binding("n", "snapshots", show=False),
        Binding("t", "todo", show=False),
        Binding("f9", "checklist", priority=True, show=False),
    ]

    class Write(Framed.Wish):
        """Write the passwords to a file."""

    class HandedOver(Framed.Wish):
        """The operator has seen the passwords."""

    def __init__(
        self,
        session: Session,
        plan: Plan,
        outcome: Outcome | None,
        *,
        passwords: Mapping[str, Secret],
        score_before: int | None,
        written_to: str = "",
    ) -> None:
        super().__init__(session)
        self._plan = plan
        self._outcome = outcome
        self._passwords = passwords
        self._score_before = score_before
        self._shown = False
        self._head = Static()
        self._secrets = Static()
        self._written_to = written_to
        names = snippets.users(plan) or ("default",)
        self._user = Pick("as user", tuple(Option(key=name, label=name) for name in names), names[0], narrow=True)
        kinds = tuple(Option(key=kind, label=kind) for kind in snippets.KINDS)
        self._kind = Pick("connect with", kinds, kinds[0].key)
        self._snippet = Static()
        self._todo = Static()

    def body(self) -> ComposeResult:
        """Give result, passwords, snippet and what is left."""
        yield self._head
        yield self._secrets
        yield self._user
        yield self._kind
        yield self._snippet
        yield self._todo

    def take(self, session: Session) -> None:
        """Show the newest score."""
        super().take(session)
        self._head.update(self._result())
        self._secrets.update(self._password_rows())
        self._snippet.update(self._connect())
        self._todo.update(_todo(self._plan))

    def written(self, path: str) -> None:
        """Take note that the passwords were written."""
        self._written_to = path
        self._secrets.update(self._password_rows())

    def _result(self) -> Content:
        if self._outcome is None:
            return C("DRY RUN: nothing was written. This is how clients would connect.", Tone.ACCENT)
        report = self.session.report
        score = (
            ""
            if report is None
            else f"score {self._score_before} -> {report.score}"
            if self._score_before is not None
            else ""
        )
        if self.session.looking:
            score = "looking at the host again…"
        kept = f"snapshot {self._outcome.snapshot} kept" if self._outcome.snapshot else ""
        rest = " · ".join(part for part in (score, kept) if part)
        return lines(C(f"[ ok ] {self._outcome.summary}", Tone.OK), C(f"       {rest}", Tone.OK))

    def _password_rows(self) -> Content:
        if not self._passwords:
            return C("Secrets   no new passwords were made", Tone.MUTED)
        where = f"written to {self._written_to}" if self._written_to else "shown here and never again"
        title = C(cut(f"Secrets   {where}", 76), Tone.STRONG)
        keys = C(f"   s {'hide' if self._shown else 'show'}   w write a 0600 file", Tone.ACCENT)
        if not self._shown:
            return lines(
                title, row(C("          " + "  ".join(f"{user} ****" for user in sorted(self._passwords))), keys)
            )
        rows = [C(f"  {user:<12} {secret.reveal()}", Tone.WARN) for user, secret in sorted(self._passwords.items())]
        return lines(row(title, keys) if not self._written_to else title, *rows)

    def _connect(self) -> Content:
        way = snippets.way(self._plan, self.session.facts, self.session.instance, self._user.value)
        write: Callable[[snippets.Way], str] = snippets.KINDS[self._kind.value]
        return lines(*(C(f"    {line}") for line in write(way).splitlines()))

    @on(Ticks.Changed)
    def _chosen(self, message: Ticks.Changed) -> None:
        message.stop()
        self._snippet.update(self._connect())

    def strip(self) -> Strip:
        """Say how to go back."""
        return Strip(
            why="Hand the passwords over now: only their hashes are kept on this host.",
            more="Back to how it was: redis-wizard rollback, or n here.",
        )

    def action_show(self) -> None:
        """Show or hide the passwords."""
        if self._passwords:
            self._shown = not self._shown
            self._secrets.update(self._password_rows())
            self.post_message(self.HandedOver())

    def action_write(self) -> None:
        """Write the passwords to a file."""
        if self._passwords:
            self.post_message(self.Write())

    def action_todo(self) -> None:
        """Show all that is left to the operator."""
        self.app.push_screen(Reading("To do", lines(*(f"[ ] {text}" for text in _left(self._plan)))))

    def action_snapshots(self) -> None:
        """Show the snapshots."""
        self.post_message(self.ShowSnapshots())

    def action_checklist(self) -> None:
        """Show the checklist."""
        self.post_message(self.ShowChecklist())

    def action_back(self) -> None:
        """There is no way back but a rollback: ask to leave."""
        self.post_message(self.Leave())


def _left(plan: Plan) -> list[str]:
    """Give what is left to the operator: who loses something first, then the notes."""
    return [*(describe.todo(each) for each in plan.breakages), *(f"{note.subject}: {note.text}" for note in plan.notes)]


def _todo(plan: Plan) -> Content:
    rows = _left(plan)
    if not rows:
        return C("To do     nothing is left to you", Tone.MUTED)
    more = f"   t shows all {len(rows)}" if len(rows) > TODO_SHOWN else ""
    shown = (C(cut(f"  [ ] {text}", 76)) for text in rows[:TODO_SHOWN])
    return lines(row(C("To do", Tone.STRONG), C(more, Tone.ACCENT)), *shown)
