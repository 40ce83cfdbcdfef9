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

from screens import waiting
from screens.dialogs.dialog import buttons
from screens.palette import Tone
from screens.session import Session
from screens.step import Framed, Strip
from screens.text import C, cut, day, lines, row
from screens.widgets.countdown import Countdown
from wizard.model.standing import Kind, Stage, Standing

WIDTH = 76


class Act(StrEnum):
    """What to do about it."""

    FOLLOW = "follow"
    KEEP = "keep"
    TAKE_BACK = "back"
    RECOVER = "recover"
    LOOK = "look"


_LABELS = {
    Act.FOLLOW: "Follow it",
    Act.KEEP: "Keep it",
    Act.TAKE_BACK: "Take it back",
    Act.RECOVER: "Bring it to an end",
    Act.LOOK: "Look at the host",
}
_ACTS = {
    Stage.WORKING: (Act.FOLLOW, Act.LOOK),
    Stage.WAITING: (Act.FOLLOW, Act.KEEP, Act.TAKE_BACK, Act.LOOK),
    Stage.UNDOING: (Act.FOLLOW, Act.LOOK),
    Stage.INTERRUPTED: (Act.RECOVER, Act.LOOK),
    Stage.ENDED: (Act.LOOK,),
}
_WORDS = {
    Stage.WORKING: "it is at work",
    Stage.WAITING: "it is done and verified, and waits for a word",
    Stage.UNDOING: "it is being taken back",
    Stage.INTERRUPTED: "it was cut off, and nobody is at work on it",
    Stage.ENDED: "it has ended",
}


class OpenApplyScreen(Framed):
    """Says what is open, and asks what to do about it."""

    help = "open"
    keys: ClassVar[str] = "F1 Help  Enter choose                          F7 Look at the host   F10 Quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    class Chosen(Framed.Wish):
        """The operator says what to do about it."""

        def __init__(self, standing: Standing, act: Act) -> None:
            super().__init__()
            self.standing = standing
            self.act = act

    def __init__(self, session: Session, standing: Standing, clock: Callable[[], float]) -> None:
        super().__init__(session)
        self._standing = standing
        left = standing.seconds_left
        self._countdown = Countdown(clock, None if left is None else clock() + left)

    def body(self) -> ComposeResult:
        """Give what is known of it, the time that is left, and the ways on."""
        standing = self._standing
        yield Static(C(f"{_name(standing)} is open on this host", Tone.STRONG))
        yield Static(_about(standing), classes="gap")
        if standing.seconds_left is not None:
            before = Static(C(waiting.BEFORE_THE_TIME, Tone.STRONG))
            yield Horizontal(before, self._countdown, classes="left gap")
        yield buttons(*((str(act), _LABELS[act]) for act in _ACTS[standing.stage]))

    def on_mount(self) -> None:
        """Begin at what does no harm, or is the only thing to do. Textual calls the base's own after it."""
        self.query(Button).first().focus()

    def state(self) -> str:
        """Say it in the first row."""
        return {Stage.WAITING: "PENDING CONFIRM", Stage.INTERRUPTED: "CUT OFF"}.get(self._standing.stage, "WORKING")

    def strip(self) -> Strip:
        """Say why this comes first."""
        if self._standing.stage is Stage.INTERRUPTED:
            return Strip(
                why="It is undone, or finished where it had been confirmed; the journal says which.",
                more="The same by command: redis-wizard recover",
            )
        return Strip(
            why="One apply at a time: nothing else can be applied before this one ends.",
            more="The same by command: redis-wizard status, confirm, rollback",
        )

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.post_message(self.Chosen(self._standing, Act(message.button.id or Act.LOOK)))


def title(standing: Standing) -> str:
    """Name it for the screen that follows it."""
    return cut(f"{_name(standing)} of {day(standing.begun_at)} by {standing.by or 'nobody known'}", WIDTH)


def notice(standing: Standing) -> str:
    """Write in one line what is open, for a run that may not decide it."""
    return f"{title(standing)}: {_WORDS[standing.stage]}"


def _name(standing: Standing) -> str:
    return "A rollback" if standing.kind is Kind.ROLLBACK else "An apply"


def _about(standing: Standing) -> Content:
    rows = [
        ("what", standing.what),
        ("server", standing.instance),
        ("asked for", f"by {standing.by or 'nobody known'}, {day(standing.begun_at)}, as {standing.id}"),
        ("stands", _WORDS[standing.stage]),
        ("newest", f"{standing.phase}: {standing.text}" if standing.text else ""),
    ]
    shown = [row(C(f"{label:<11}", Tone.MUTED), C(cut(text, WIDTH - 11))) for label, text in rows if text]
    damage = [C(cut(f"[warn] {text}", WIDTH), Tone.WARN) for text in standing.damage]
    return lines(*shown, *damage)
