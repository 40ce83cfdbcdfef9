"""The result, whether the operator has the new passwords, how clients connect, what is left to do."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.base import BaseApp
from screens.base_screen import BaseScreen, ReasonBar
from screens.dialogs.text import TextDialog
from screens.session import Session
from screens.text import facts, snippet_kinds, snippets, still_open
from screens.text.confirmation import PasswordDelivery
from screens.text.formatting import cut, lines, literal, row
from screens.text.host import wrapped
from screens.text.outcome_report import closed, outcome_report
from screens.text.results import done
from screens.theme import TextStyle
from screens.widgets.long_text import HangingText
from screens.widgets.option_widgets import CheckboxList, Cycle, Option
from wizard.model.event import Outcome
from wizard.model.facts.live import ClientGroup
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Report
from wizard.model.plan import Plan
from wizard.model.text import counted

TODO_SHOWN = 1
"""Rows of it at least."""
_OTHER_ROWS = 11
"""Rows of the rest, with the longest snippet that ends in sight at 80 columns, without those of the result."""

_ROOMY = 30
"""Rows from which on no text is cut."""


class DoneScreen(BaseScreen):
    """Shows the result."""

    help = "done"
    keys: ClassVar[str] = "F1 Help  p passwords  t to do  x report  w write  y copy  n snapshots  F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "passwords", show=False),
        Binding("n", "snapshots", show=False),
        Binding("t", "todo", show=False),
        Binding("w", "write", show=False),
        Binding("y", "copy", show=False),
        Binding("x", "export", show=False),
        Binding("f9", "checklist", priority=True, show=False),
    ]

    class Write(BaseScreen.Request):
        """Write a text without a secret to a file."""

        def __init__(self, name: str, text: str) -> None:
            super().__init__()
            self.name = name
            self.text = text

    def __init__(
        self,
        session: Session,
        plan: Plan,
        outcome: Outcome | None,
        *,
        delivery: PasswordDelivery,
        before: Report | None,
        clients: Sequence[ClientGroup] = (),
    ) -> None:
        """Create the screen.

        Args:
            session: What every screen shows.
            plan: What was applied.
            outcome: How that finished; ``None`` after a dry run.
            delivery: Whether the operator has the new passwords.
            before: The checklist before the apply.
            clients: Those that were connected before it.
        """
        super().__init__(session)
        self._plan = plan
        self._outcome = outcome
        self._delivery = delivery
        self._before = before
        self._clients = clients
        self._head = HangingText()
        self._secrets = Static()
        names = snippets.users(plan, session.instance) or ("default",)
        self._user = Cycle("user", tuple(Option(key=name, label=name) for name in names), names[0], narrow=True)
        kinds = tuple(Option(key=kind, label=kind) for kind in snippet_kinds.KINDS)
        self._kind = Cycle("client", kinds, kinds[0].key)
        self._snippet = Static()
        self._todo = Static()

    def body(self) -> ComposeResult:
        """Yield result, passwords, what is left, and the snippet, which may be long."""
        yield self._head
        yield self._secrets
        yield self._todo
        yield self._user
        yield self._kind
        yield self._snippet

    def on_mount(self) -> None:
        """Use the room that the parts have after the first refresh. Textual calls the base's own as well."""
        self.call_after_refresh(self._show_again)

    def show_session(self, session: Session) -> None:
        """Show the newest score."""
        super().show_session(session)
        self._head.show(self._result())
        self._secrets.update(self._password_rows())
        self._snippet.update(self._connect())
        self._todo.update(self._left_rows())

    def show_delivery(self, delivery: PasswordDelivery) -> None:
        """Show whether the operator has the new passwords."""
        self._delivery = delivery
        self._secrets.update(self._password_rows())

    def _result(self) -> Content:
        if self._outcome is None:
            return literal("DRY RUN: nothing was written. This is how clients would connect.", TextStyle.ACCENT)
        kept = f"snapshot {self._outcome.snapshot}" if self._outcome.snapshot else ""
        rest = " · ".join(part for part in (self._score(), kept) if part)
        rows = [*done(self._outcome, self.session.instance, self.text_width), literal(f"       {rest}", TextStyle.OK)]
        return lines(*rows, *(literal(each, TextStyle.MUTED) for each in self._closed_rows()))

    def _closed_rows(self) -> list[str]:
        """Return what the apply has closed, in one line where there is no room for more."""
        if not (fixed := closed(self._before, self._now)):
            return []
        text = f"Closed: {', '.join(fixed)}"
        return self._hanging("       ", text) if self._height >= _ROOMY else [cut(f"       {text}", self.text_width)]

    @property
    def _height(self) -> int:
        return self.query_one("#body").size.height

    @property
    def _now(self) -> Report | None:
        """The checklist after the apply, where the server itself was read."""
        instance = self.session.instance
        known = instance is None or not isinstance(instance.live, Unreadable)
        return self.session.report if known and not self.session.reading else None

    def _score(self) -> str:
        """Return the score before and after; it is unknown where the server itself was not read."""
        report, instance = self.session.report, self.session.instance
        if self.session.reading:
            return "reading the host again…"
        if report is None:
            return ""
        if instance is not None and isinstance(instance.live, Unreadable):
            return "Score unknown: the server was not read"
        if self._before is None:
            return f"Score {report.score}"
        failed = len(facts.risks(self._before))
        fixed = f", {facts.fixed(self._before, report)} of {counted(failed, 'failure')} fixed" if failed else ""
        return f"Score {self._before.score} → {report.score}{fixed}"

    def _left(self) -> list[str]:
        """Return what the operator must do, in order: for the clients, for the host, then what still fails."""
        plan, report = self._plan, None if self._outcome is None or self.session.reading else self.session.report
        rows = [*snippets.certificates_to_copy(plan, self._clients), *still_open.to_close(self._outcome)]
        rows += [facts.todo(each) for each in plan.impacts]
        rows += [f"{note.subject}: {note.text}" for note in plan.notes]
        return [*rows, *(f"item {each.id}: {each.title}" for each in facts.risks(report))]

    def _left_rows(self) -> Content:
        rows = self._left()
        if not rows:
            return literal("To do     nothing", TextStyle.MUTED)
        room = self._height - _OTHER_ROWS - self._head.rows(self.text_width)
        whole = [line for place, text in enumerate(rows, 1) for line in self._hanging(f"  {place}. ", text)]
        shown = len(rows) if len(whole) <= room else max(TODO_SHOWN, room)
        more = f"   t shows all {len(rows)}" if len(rows) > shown else ""
        short = (cut(f"  {place}. {text}", self.text_width) for place, text in enumerate(rows[:shown], 1))
        texts = map(literal, whole if len(whole) <= room else short)
        return lines(row(literal("To do", TextStyle.STRONG), literal(more, TextStyle.ACCENT)), *texts)

    def _hanging(self, head: str, text: str) -> list[str]:
        """Return a text in lines of the screen's width, all behind the head of the first."""
        first, *more = wrapped(text, self.text_width - len(head))
        return [f"{head}{first}", *(f"{'':{len(head)}}{line}" for line in more)]

    def _password_rows(self) -> Content:
        state = self._delivery
        if not state.users:
            return literal("Passwords: no new ones", TextStyle.MUTED)
        where = f"written to {state.written_to}" if state.written_to else "shown"
        place = "not shown or written yet" if state.missing else where
        text = cut(f"Passwords {', '.join(state.users)}: {place}{'' if state.missing else ' (p)'}", self.text_width)
        if not state.missing:
            return literal(text, TextStyle.STRONG)
        key = row(
            literal("          p ", TextStyle.ACCENT),
            literal("shows or writes them, until you leave this screen"),
        )
        return lines(literal(text, TextStyle.WARN), key)

    def _connect(self) -> Content:
        return lines(*(literal(f"  {line}") for line in self._text().expandtabs(4).splitlines()))

    def _text(self) -> str:
        """Return the snippet as a client takes it."""
        connection = snippets.connection(self._plan, self.session.facts, self.session.instance, self._user.value)
        return snippet_kinds.KINDS[self._kind.value](connection)

    @on(CheckboxList.Changed)
    def _chosen(self, message: CheckboxList.Changed) -> None:
        message.stop()
        self._snippet.update(self._connect())

    def strip(self) -> ReasonBar:
        """Return how to roll back."""
        passwords = "Take the passwords now (p): this host stores only their hashes."
        return ReasonBar(
            why=passwords if self._delivery.missing else "The snippets hold paths and names, never a password.",
            more="To restore the earlier state: redis-wizard rollback, or n here.",
        )

    def action_passwords(self) -> None:
        """Show the passwords, or have them written."""
        self.post_message(self.ShowPasswords())

    def action_write(self) -> None:
        """Write the snippet to a file."""
        self.post_message(self.Write(f"redis-{self._user.value}-{self._kind.value}.txt", f"{self._text()}\n"))

    def action_copy(self) -> None:
        """Copy the snippet to the clipboard of the terminal."""
        if isinstance(self.app, BaseApp):
            self.app.copy_public(self._text())
            self.notify("Sent to the terminal's clipboard. If nothing arrives there: w writes a file.", markup=False)

    def action_todo(self) -> None:
        """Show everything that the operator must do."""
        left = [f"{place}. {text}" for place, text in enumerate(self._left(), 1)]
        fixed = [f"[ ok ] {title}" for title in closed(self._before, self._now)]
        rows = [*left, *(["", "Closed by this apply:"] if fixed else []), *fixed]
        self.app.push_screen(TextDialog("To do", lines(*rows)))

    def action_export(self) -> None:
        """Write the report of the apply to a file."""
        if self._outcome is None or self.session.reading:
            self.app.bell()
            return
        text = outcome_report(self._plan, self._outcome, self._before, self._now, self._left())
        self.post_message(self.Write(f"redis-hardening-{self._plan.host}.txt", text))

    def action_snapshots(self) -> None:
        """Show the snapshots."""
        self.post_message(self.ShowSnapshots())

    def action_checklist(self) -> None:
        """Show the checklist."""
        self.post_message(self.ShowChecklist())

    def action_back(self) -> None:
        """Show the plan again after a dry run, else ask to leave: only a rollback restores the host."""
        self.post_message(self.Back() if self._outcome is None else self.Leave())
