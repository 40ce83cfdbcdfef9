"""The result, whether the operator has the new passwords, how clients connect, what is left to do."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.dialogs.text import TextDialog
from screens.session import Session
from screens.step import BaseScreen, ReasonBar
from screens.text import facts, snippets
from screens.text.confirmation import PasswordDelivery
from screens.text.formatting import cut, lines, literal, row
from screens.text.results import done
from screens.theme import TextStyle
from screens.widgets.option_widgets import CheckboxList, Cycle, Option
from wizard.model.event import Outcome
from wizard.model.facts import Unreadable
from wizard.model.plan import Plan

TODO_SHOWN = 3


class DoneScreen(BaseScreen):
    """Shows the result."""

    help = "done"
    keys: ClassVar[str] = "F1 Help  p passwords  t to do  n snapshots  F9 checklist            F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "passwords", show=False),
        Binding("n", "snapshots", show=False),
        Binding("t", "todo", show=False),
        Binding("f9", "checklist", priority=True, show=False),
    ]

    def __init__(
        self,
        session: Session,
        plan: Plan,
        outcome: Outcome | None,
        *,
        delivery: PasswordDelivery,
        score_before: int | None,
    ) -> None:
        super().__init__(session)
        self._plan = plan
        self._outcome = outcome
        self._delivery = delivery
        self._score_before = score_before
        self._head = Static()
        self._secrets = Static()
        names = snippets.users(plan, session.instance) or ("default",)
        self._user = Cycle("user", tuple(Option(key=name, label=name) for name in names), names[0], narrow=True)
        kinds = tuple(Option(key=kind, label=kind) for kind in snippets.KINDS)
        self._kind = Cycle("client", kinds, kinds[0].key)
        self._snippet = Static()
        self._todo = Static()

    def body(self) -> ComposeResult:
        """Yield result, passwords, snippet and what is left."""
        yield self._head
        yield self._secrets
        yield self._user
        yield self._kind
        yield self._snippet
        yield self._todo

    def show_session(self, session: Session) -> None:
        """Show the newest score."""
        super().show_session(session)
        self._head.update(self._result())
        self._secrets.update(self._password_rows())
        self._snippet.update(self._connect())
        self._todo.update(_todo(self._left()))

    def show_delivery(self, delivery: PasswordDelivery) -> None:
        """Show whether the operator has the new passwords."""
        self._delivery = delivery
        self._secrets.update(self._password_rows())

    def _result(self) -> Content:
        if self._outcome is None:
            return literal("DRY RUN: nothing was written. This is how clients would connect.", TextStyle.ACCENT)
        kept = f"snapshot {self._outcome.snapshot}" if self._outcome.snapshot else ""
        rest = " · ".join(part for part in (self._score(), kept) if part)
        return lines(*done(self._outcome), literal(f"       {rest}", TextStyle.OK))

    def _score(self) -> str:
        """Return the score before and after; it is unknown where the server itself was not read."""
        report, instance = self.session.report, self.session.instance
        if self.session.reading:
            return "reading the host again…"
        if report is None:
            return ""
        if instance is not None and isinstance(instance.live, Unreadable):
            return "Score unknown: the server was not read"
        before = "" if self._score_before is None else f"{self._score_before} → "
        return f"Score {before}{report.score}"

    def _left(self) -> list[str]:
        """Return what the operator must do: for each impact first, then the notes, then what still fails."""
        plan, report = self._plan, None if self._outcome is None or self.session.reading else self.session.report
        rows = [*(facts.todo(each) for each in plan.impacts), *(f"{note.subject}: {note.text}" for note in plan.notes)]
        return [*rows, *(f"item {each.id}: {each.title}" for each in facts.risks(report))]

    def _password_rows(self) -> Content:
        state = self._delivery
        if not state.users:
            return literal("Passwords: no new ones", TextStyle.MUTED)
        where = f"written to {state.written_to}" if state.written_to else "shown"
        place = "not shown or written yet" if state.missing else where
        text = cut(f"Passwords {', '.join(state.users)}: {place}", 76)
        key = row(
            literal("          p ", TextStyle.ACCENT),
            literal("shows or writes them, until you leave this screen"),
        )
        return lines(literal(text, TextStyle.WARN if state.missing else TextStyle.STRONG), key)

    def _connect(self) -> Content:
        connection = snippets.connection(self._plan, self.session.facts, self.session.instance, self._user.value)
        write: Callable[[snippets.Connection], str] = snippets.KINDS[self._kind.value]
        return lines(*(literal(f"    {line}") for line in write(connection).splitlines()))

    @on(CheckboxList.Changed)
    def _chosen(self, message: CheckboxList.Changed) -> None:
        message.stop()
        self._snippet.update(self._connect())

    def strip(self) -> ReasonBar:
        """Return how to roll back."""
        return ReasonBar(
            why="Take the passwords now: this host stores only their hashes.",
            more="To restore the earlier state: redis-wizard rollback, or n here.",
        )

    def action_passwords(self) -> None:
        """Show the passwords, or have them written."""
        self.post_message(self.ShowPasswords())

    def action_todo(self) -> None:
        """Show everything that the operator must do."""
        self.app.push_screen(TextDialog("To do", lines(*(f"[ ] {text}" for text in self._left()))))

    def action_snapshots(self) -> None:
        """Show the snapshots."""
        self.post_message(self.ShowSnapshots())

    def action_checklist(self) -> None:
        """Show the checklist."""
        self.post_message(self.ShowChecklist())

    def action_back(self) -> None:
        """Ask to leave: only a rollback goes back."""
        self.post_message(self.Leave())


def _todo(rows: list[str]) -> Content:
    if not rows:
        return literal("To do     nothing", TextStyle.MUTED)
    more = f"   t shows all {len(rows)}" if len(rows) > TODO_SHOWN else ""
    shown = (literal(cut(f"  [ ] {text}", 76)) for text in rows[:TODO_SHOWN])
    return lines(row(literal("To do", TextStyle.STRONG), literal(more, TextStyle.ACCENT)), *shown)
