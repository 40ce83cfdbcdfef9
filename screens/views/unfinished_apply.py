"""An unfinished apply or rollback, detected at the start: follow it, decide it, recover it."""

from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from screens.base_screen import BaseScreen, ReasonBar
from screens.dialogs.dialog import buttons
from screens.session import Session
from screens.text import confirmation
from screens.text.formatting import cut, day, lines, literal, row
from screens.theme import TextStyle
from screens.widgets.countdown import Countdown
from wizard.model.status import ApplyStatus, Operation, Stage


class Action(StrEnum):
    """What to do."""

    FOLLOW = "follow"
    CONFIRM = "confirm"
    ROLL_BACK = "roll-back"
    RECOVER = "recover"
    SHOW_HOST = "host"


_LABELS = {
    Action.FOLLOW: "Follow",
    Action.CONFIRM: "Confirm",
    Action.ROLL_BACK: "Roll back",
    Action.RECOVER: "Recover",
    Action.SHOW_HOST: "Show the host",
}
_ACTIONS = {
    Stage.WORKING: (Action.FOLLOW, Action.SHOW_HOST),
    Stage.WAITING: (Action.FOLLOW, Action.CONFIRM, Action.ROLL_BACK, Action.SHOW_HOST),
    Stage.UNDOING: (Action.FOLLOW, Action.SHOW_HOST),
    Stage.INTERRUPTED: (Action.RECOVER, Action.SHOW_HOST),
    Stage.ENDED: (Action.SHOW_HOST,),
}
_WORDS = {
    Stage.WORKING: "running",
    Stage.WAITING: "verified; waits for your confirmation",
    Stage.UNDOING: "rolling back",
    Stage.INTERRUPTED: "interrupted; no worker is running",
    Stage.ENDED: "finished",
}


class UnfinishedApplyScreen(BaseScreen):
    """Shows what is unfinished, and asks what to do."""

    help = "unfinished_apply"
    keys: ClassVar[str] = "F1 Help  Enter choose                          F7 Show the host      F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    class Chosen(BaseScreen.Request):
        """The operator chose what to do."""

        def __init__(self, status: ApplyStatus, action: Action) -> None:
            super().__init__()
            self.status = status
            self.action = action

    def __init__(self, session: Session, status: ApplyStatus, clock: Callable[[], float]) -> None:
        super().__init__(session)
        self._status = status
        left = status.seconds_left
        self._countdown = Countdown(clock, None if left is None else clock() + left)

    def body(self) -> ComposeResult:
        """Yield its status, the countdown, and the buttons."""
        status = self._status
        yield Static(literal(f"{_name(status)} is unfinished on this host", TextStyle.STRONG))
        yield Static(_about(status, self.text_width), classes="gap")
        if status.seconds_left is not None:
            before = Static(literal(confirmation.COUNTDOWN_LABEL, TextStyle.STRONG))
            yield Horizontal(before, self._countdown, classes="left gap")
        yield buttons(*((str(act), _LABELS[act]) for act in _ACTIONS[status.stage]))

    def on_mount(self) -> None:
        """Focus the first button, which is the safest. Textual calls the base's own after it."""
        self.query(Button).first().focus()

    def state(self) -> str:
        """Return it in the first row."""
        return {Stage.WAITING: "PENDING CONFIRM", Stage.INTERRUPTED: "INTERRUPTED"}.get(self._status.stage, "WORKING")

    def strip(self) -> ReasonBar:
        """Return why this comes first."""
        if self._status.stage is Stage.INTERRUPTED:
            return ReasonBar(
                why="Recovery rolls it back, or finishes it if it was confirmed.",
                more="By command: redis-wizard recover",
            )
        return ReasonBar(
            why="One apply at a time: no other can start before this one is finished.",
            more="By command: redis-wizard status, confirm, rollback",
        )

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.post_message(self.Chosen(self._status, Action(message.button.id or Action.SHOW_HOST)))


def title(status: ApplyStatus) -> str:
    """Return it for the screen that follows it."""
    return f"{_name(status)} of {day(status.begun_at)} by {status.by or 'unknown'}"


def notice(status: ApplyStatus) -> str:
    """Return in one line what is unfinished, for a run that may not decide it."""
    return f"{title(status)}: {_WORDS[status.stage]}"


def _name(status: ApplyStatus) -> str:
    return "A rollback" if status.kind is Operation.ROLLBACK else "An apply"


def _about(status: ApplyStatus, width: int) -> Content:
    rows = [
        ("plan", status.what),
        ("server", status.instance),
        ("started", f"by {status.by or 'unknown'}, {day(status.begun_at)}, as {status.id}"),
        ("status", _WORDS[status.stage]),
        ("last event", f"{status.phase}: {status.text}" if status.text else ""),
    ]
    shown = [
        row(literal(f"{label:<11}", TextStyle.MUTED), literal(cut(text, width - 11))) for label, text in rows if text
    ]
    damage = [literal(f"[warn] {text}", TextStyle.WARN) for text in status.damage]
    return lines(*shown, *damage)
