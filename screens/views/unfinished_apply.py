"""An apply or rollback that is not at its end, found at the start: follow it, decide it, bring it to an end.

What may not live here: reading where it stands, and following it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from screens.dialogs.dialog import buttons
from screens.session import Session
from screens.step import BaseScreen, ReasonBar
from screens.text import confirmation
from screens.text.formatting import cut, day, lines, literal, row
from screens.theme import TextStyle
from screens.widgets.countdown import Countdown
from wizard.model.status import ApplyStatus, Operation, Stage

WIDTH = 76


class Action(StrEnum):
    """What to do about it."""

    FOLLOW = "follow"
    CONFIRM = "confirm"
    ROLL_BACK = "roll-back"
    RECOVER = "recover"
    LOOK = "look"


_LABELS = {
    Action.FOLLOW: "Follow it",
    Action.CONFIRM: "Keep it",
    Action.ROLL_BACK: "Take it back",
    Action.RECOVER: "Bring it to an end",
    Action.LOOK: "Look at the host",
}
_ACTS = {
    Stage.WORKING: (Action.FOLLOW, Action.LOOK),
    Stage.WAITING: (Action.FOLLOW, Action.CONFIRM, Action.ROLL_BACK, Action.LOOK),
    Stage.UNDOING: (Action.FOLLOW, Action.LOOK),
    Stage.INTERRUPTED: (Action.RECOVER, Action.LOOK),
    Stage.ENDED: (Action.LOOK,),
}
_WORDS = {
    Stage.WORKING: "it is at work",
    Stage.WAITING: "it is done and verified, and waits for a word",
    Stage.UNDOING: "it is being taken back",
    Stage.INTERRUPTED: "it was cut off, and nobody is at work on it",
    Stage.ENDED: "it has ended",
}


class UnfinishedApplyScreen(BaseScreen):
    """Says what is open, and asks what to do about it."""

    help = "open"
    keys: ClassVar[str] = "F1 Help  Enter choose                          F7 Look at the host   F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    class Chosen(BaseScreen.Request):
        """The operator says what to do about it."""

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
        """Give what is known of it, the time that is left, and the ways on."""
        status = self._status
        yield Static(literal(f"{_name(status)} is open on this host", TextStyle.STRONG))
        yield Static(_about(status), classes="gap")
        if status.seconds_left is not None:
            before = Static(literal(confirmation.BEFORE_THE_TIME, TextStyle.STRONG))
            yield Horizontal(before, self._countdown, classes="left gap")
        yield buttons(*((str(act), _LABELS[act]) for act in _ACTS[status.stage]))

    def on_mount(self) -> None:
        """Begin at what does no harm, or is the only thing to do. Textual calls the base's own after it."""
        self.query(Button).first().focus()

    def state(self) -> str:
        """Say it in the first row."""
        return {Stage.WAITING: "PENDING CONFIRM", Stage.INTERRUPTED: "CUT OFF"}.get(self._status.stage, "WORKING")

    def strip(self) -> ReasonBar:
        """Say why this comes first."""
        if self._status.stage is Stage.INTERRUPTED:
            return ReasonBar(
                why="It is undone, or finished where it had been confirmed; the journal says which.",
                more="The same by command: redis-wizard recover",
            )
        return ReasonBar(
            why="One apply at a time: nothing else can be applied before this one ends.",
            more="The same by command: redis-wizard status, confirm, rollback",
        )

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.post_message(self.Chosen(self._status, Action(message.button.id or Action.LOOK)))


def title(status: ApplyStatus) -> str:
    """Name it for the screen that follows it."""
    return cut(f"{_name(status)} of {day(status.begun_at)} by {status.by or 'nobody known'}", WIDTH)


def notice(status: ApplyStatus) -> str:
    """Write in one line what is open, for a run that may not decide it."""
    return f"{title(status)}: {_WORDS[status.stage]}"


def _name(status: ApplyStatus) -> str:
    return "A rollback" if status.kind is Operation.ROLLBACK else "An apply"


def _about(status: ApplyStatus) -> Content:
    rows = [
        ("what", status.what),
        ("server", status.instance),
        ("asked for", f"by {status.by or 'nobody known'}, {day(status.begun_at)}, as {status.id}"),
        ("stands", _WORDS[status.stage]),
        ("newest", f"{status.phase}: {status.text}" if status.text else ""),
    ]
    shown = [
        row(literal(f"{label:<11}", TextStyle.MUTED), literal(cut(text, WIDTH - 11))) for label, text in rows if text
    ]
    damage = [literal(cut(f"[warn] {text}", WIDTH), TextStyle.WARN) for text in status.damage]
    return lines(*shown, *damage)
