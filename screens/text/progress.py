"""The progress of an apply, phase by phase, from its events. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from screens.text.formatting import literal, row
from screens.theme import TextStyle
from wizard.model.event import ClientReturn, Event, EventKind, Phase
from wizard.model.status import Operation, Stage

TITLES = {
    Phase.LOCK: "lock",
    Phase.SNAPSHOT: "snapshot",
    Phase.STAGE: "stage",
    Phase.REHEARSE: "rehearse",
    Phase.COMMIT: "commit",
    Phase.VERIFY: "verify",
    Phase.CONFIRM: "confirm",
    Phase.ROLLBACK: "roll back",
}
APPLY_PHASES = (Phase.LOCK, Phase.SNAPSHOT, Phase.STAGE, Phase.REHEARSE, Phase.COMMIT, Phase.VERIFY)
"""The phases of an apply; the other two only when they come."""
ROLLBACK_PHASES = (Phase.ROLLBACK,)
"""The phases of a rollback."""
REHEARSAL_PHASES = (Phase.LOCK, Phase.STAGE, Phase.REHEARSE)
"""The phases of a dry run."""
_ENDS = {
    EventKind.DONE: ("[ ok ]", TextStyle.OK),
    EventKind.APPLIED: ("[ ok ]", TextStyle.OK),
    EventKind.CONFIRMED: ("[ ok ]", TextStyle.OK),
    EventKind.ROLLED_BACK: ("[ ok ]", TextStyle.OK),
    EventKind.FAILED: ("[FAIL]", TextStyle.FAIL),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLine:
    """One phase and how far it is."""

    phase: Phase
    sign: str
    tone: TextStyle
    text: str
    seconds: float | None = None


def stage(events: Sequence[Event], kind: Operation = Operation.APPLY) -> Stage:
    """Return how far a job is by its events, from the first one on."""
    if any(event.ends for event in events):
        return Stage.ENDED
    decided = next((event.kind for event in events if event.decides), None)
    if decided is EventKind.REVOKED:
        return Stage.UNDOING
    if kind is Operation.APPLY and any(event.phase is Phase.ROLLBACK for event in events):
        return Stage.UNDOING
    return Stage.WAITING if decided is None and deadline(events) is not None else Stage.WORKING


def deadline(events: Sequence[Event]) -> float | None:
    """Return the moment at which an unconfirmed change is rolled back; ``None`` while none waits."""
    return next((event.deadline for event in reversed(events) if event.deadline is not None), None)


def verified(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the checks from outside, a sentence each."""
    return tuple(event.text for event in events if event.phase is Phase.VERIFY and event.kind is EventKind.NOTE)


def clients(events: Sequence[Event]) -> ClientReturn | None:
    """Return which clients are connected again by the newest look; ``None`` where none was made."""
    return next((event.clients for event in reversed(events) if event.clients is not None), None)


def phases(
    events: Sequence[Event], *, finished: bool = False, expected: tuple[Phase, ...] = APPLY_PHASES
) -> tuple[PhaseLine, ...]:
    """Return the line of every phase that is expected or came: not yet, under way, done or failed."""
    shown = {*expected, *(event.phase for event in events)}
    return tuple(_phase(phase, events, finished) for phase in Phase if phase in shown)


def _phase(phase: Phase, events: Sequence[Event], finished: bool) -> PhaseLine:  # noqa: FBT001 - private, named at the call
    own = [event for event in events if event.phase is phase]
    if not own:
        sign = "[ -- ]" if finished else "      "
        return PhaseLine(phase=phase, sign=sign, tone=TextStyle.MUTED, text="")
    last = [event for event in own if event.text] or own
    whole = [event for event in own if event.kind in _ENDS and (not event.change or event.kind is EventKind.FAILED)]
    if phase is Phase.ROLLBACK and not finished:
        # What could not be restored at once is tried again: only the last event closes it.
        whole = [event for event in whole if event.kind is EventKind.ROLLED_BACK]
    if whole:
        sign, tone = _ENDS[whole[-1].kind]
        return PhaseLine(
            phase=phase, sign=sign, tone=tone, text=whole[-1].text or last[-1].text, seconds=whole[-1].seconds
        )
    tone = TextStyle.MUTED if finished else TextStyle.ACCENT
    return PhaseLine(phase=phase, sign="[ -- ]" if finished else "[ .. ]", tone=tone, text=last[-1].text)


def timeline(shown: Sequence[PhaseLine]) -> tuple[Content, Content]:
    """Return two rows: the phases in their order, and below each its time or its state."""
    names, marks = [], []
    for line in shown:
        title = TITLES[line.phase]
        mark = _mark(line)
        width = max(len(title), len(mark))
        last = line is shown[-1]
        tail = "" if last else _LINK
        names += [literal(title, line.tone), literal(f"{' ' * (width - len(title))}{tail}", TextStyle.MUTED)]
        marks += [literal(mark, line.tone), literal(" " * (width - len(mark) + len(tail)))]
    return row(*names), row(*marks)


_LINK = " ─ "


def _mark(line: PhaseLine) -> str:
    if line.sign == "[FAIL]":
        return "FAIL"
    if line.sign == "[ .. ]":
        return ".."
    if line.sign == "[ ok ]":
        return "ok" if line.seconds is None else f"{line.seconds:.1f} s"
    return "--" if line.sign.strip() else ""


def failed_phase(events: Sequence[Event]) -> Phase | None:
    """Return the phase in which an apply failed; ``None`` where no phase failed."""
    for event in events:
        if event.kind is EventKind.REVOKED:
            return Phase.CONFIRM
        if event.kind is EventKind.FAILED and event.phase is not Phase.ROLLBACK:
            return event.phase
    return None
