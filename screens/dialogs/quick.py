"""The three questions that have no safe default, in one box, answered from what the host shows."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Button, Static

from screens.dialogs.dialog import Dialog, buttons
from screens.quick_questions import QuickQuestions, renamed
from screens.text.formatting import cut, literal
from screens.theme import TextStyle
from screens.widgets.field import Editor
from screens.widgets.option_widgets import LABEL_WIDTH, CheckboxList, Cycle
from wizard.model.answers import Answers
from wizard.model.text import escape

_EVIDENCE_WIDTH = 132
"""Two rows of the box."""


class QuickDialog(Dialog[Answers]):
    """Asks; Enter goes to the next question and after the last one to the review, F8 at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next_question", priority=True, show=False),
    ]

    def __init__(self, questions: QuickQuestions, judge: Callable[[Answers], Sequence[str]]) -> None:
        """Create the dialog.

        Args:
            questions: What is asked.
            judge: Returns why answers are refused, a sentence each.
        """
        super().__init__()
        self._questions = questions
        self._judge = judge
        answers, user = questions.answers, questions.user
        bind = " ".join(answers.network.bind)
        self._network = Cycle("1 who may connect", questions.networks, bind, narrow=True)
        self._purpose = Cycle("2 when memory is full", questions.purposes, answers.memory.purpose, narrow=True)
        self._user = Editor(escape(user.name if user else ""), longest=64)
        self._keys = Editor(escape(" ".join(user.keys if user else ())), longest=2048)
        self._error = Static()

    def content(self) -> ComposeResult:
        """Yield each question with its evidence."""
        yield Static(literal("Three questions before the review", TextStyle.STRONG))
        yield Static(literal("Nothing changes yet. Left and right choose; F8 takes all answers.", TextStyle.MUTED))
        yield self._network
        yield _evidence(self._questions.clients)
        yield self._purpose
        yield _evidence(self._questions.keys_seen)
        if self._questions.user is not None:
            yield _row("3 application's user", self._user)
            yield _row("  its key patterns", self._keys)
        yield _evidence(self._questions.users_seen)
        yield self._error
        yield buttons(("cancel", "Cancel"), ("review", "Review plan"))

    def on_mount(self) -> None:
        """Start in the first question."""
        self._network.focus()

    def edited(self) -> Answers:
        """Return the answers as the fields say."""
        user = self._questions.user
        if user is not None:
            user = renamed(user, self._user.value.strip(), tuple(self._keys.value.replace(",", " ").split()))
        return self._questions.answered(bind=self._network.value, purpose=self._purpose.value, user=user)

    def action_next_question(self) -> None:
        """Press a button, go to the next question, or finish after the last."""
        last = self._keys if self._questions.user is not None else self._purpose
        if isinstance(self.focused, Button):
            self.focused.press()
        elif self.focused is last:
            self.action_accept()
        else:
            self.focus_next()

    @on(CheckboxList.Changed)
    def _changed(self) -> None:
        self._show_problems()

    @on(Button.Pressed, "#review")
    def action_accept(self) -> None:
        """Close with the answers, unless they are refused."""
        if not self._show_problems():
            self.dismiss(self.edited())

    def _show_problems(self) -> Sequence[str]:
        problems = self._judge(self.edited())
        self._error.update(literal("\n".join(f"[err] {cut(text, 132)}" for text in problems[:2]), TextStyle.FAIL))
        return problems

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def _row(label: str, editor: Editor) -> Horizontal:
    return Horizontal(Static(literal(f"  {label.ljust(LABEL_WIDTH)}"), classes="label"), editor, classes="fieldrow")


def _evidence(text: str) -> Static:
    return Static(literal(cut(text, _EVIDENCE_WIDTH), TextStyle.MUTED), classes="evidence")
