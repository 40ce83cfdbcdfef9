"""What an apply or rollback says while it runs; one JSON object a line in the journal."""

from collections.abc import Sequence
from enum import StrEnum

from wizard.model.dataset import DatasetStats
from wizard.model.exposure import FORMER_USED_BY, USED_BY, Exposure
from wizard.model.value import Value, field

_SHOWN = 6
"""Names in a sentence."""


class Phase(StrEnum):
    """The stages of an apply, in order, and the two ends."""

    LOCK = "lock"
    SNAPSHOT = "snapshot"
    STAGE = "stage"
    REHEARSE = "rehearse"
    COMMIT = "commit"
    VERIFY = "verify"
    CONFIRM = "confirm"
    ROLLBACK = "rollback"


class EventKind(StrEnum):
    """What happened."""

    BEGIN = "begin"
    """A phase or change begins (an intent: fsynced before the act)."""
    DONE = "done"
    """It is done (fsynced after the act)."""
    NOTE = "note"
    """Progress for people."""
    FAILED = "failed"
    CONFIRMED = "confirmed"
    """Decided: the change stays. The first of the two decisions in a journal counts."""
    REVOKED = "revoked"
    """Decided: it is rolled back."""
    ROLLED_BACK = "rolled-back"
    """Ended: rolled back."""
    APPLIED = "applied"
    """Ended: it stays."""
    REFUSED = "refused"
    """Ended before the first change."""


class Result(StrEnum):
    """How an apply ended."""

    APPLIED = "applied"
    NOTHING = "nothing-to-do"
    ROLLED_BACK = "rolled-back"
    INCOMPLETE = "rolled-back-in-part"
    """Rolled back, but something is not as it was; the summary says what."""
    REFUSED = "refused"
    """Ended before the first change: lock, staleness, rehearsal."""
    BUSY = "busy"
    """Ended before the first change: another apply or rollback is running."""


class Outcome(Value, frozen=True, kw_only=True):
    """The outcome of an apply or rollback."""

    result: Result = field(name="ending")
    snapshot: str = ""
    """Id of the snapshot to roll back to, also where the rollback was refused; empty when none was taken."""
    summary: str
    """What an unauthenticated client can still reach, where it can, then how it ended."""
    seconds: float
    downtime_seconds: float = 0.0
    keys_before: int | None = None
    keys_after: int | None = None
    dataset_before: DatasetStats | None = field(default=None, name="held_before")
    """Keys and last save before the change, as the server reported; ``None`` where no login could ask it."""
    dataset_after: DatasetStats | None = field(default=None, name="held_after")
    checks: tuple[str, ...] = ()
    """What was verified from outside, one sentence each."""
    exposure: Exposure | None = None
    """What an unauthenticated client can still reach, tried after the change; ``None`` where it was not tried."""
    loss: str = ""
    """Why it was refused, where it may lose keys and the operator's word lets it begin."""

    @property
    def first(self) -> tuple[str, ...]:
        """What an operator must know before anything else: what is still open, or not known to be closed."""
        return self.exposure.sentences() if self.exposure else ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """`first`, with all sentences on one thing that is open as one text."""
        return self.exposure.paragraphs() if self.exposure else ()

    @property
    def rest(self) -> str:
        """The summary without those sentences."""
        first = " ".join(self.first)
        former = first.replace(USED_BY, FORMER_USED_BY)
        return self.summary.removeprefix(first).removeprefix(former).lstrip()


class ClientReturn(Value, frozen=True, kw_only=True):
    """The clients of before a change, and the calls that the server refused since, a short text each."""

    back: tuple[str, ...] = ()
    """With as many connections as before."""
    missing: tuple[str, ...] = ()
    """With fewer connections than before, or none."""
    refused: tuple[str, ...] = ()
    """Who was refused what, the newest first."""
    unknown: str = ""
    """Why the server was not asked; empty where it was."""

    def sentence(self) -> str:
        """Return all of it in one text; empty where there is nothing to tell."""
        if self.unknown:
            return f"Clients after the change are not known: {self.unknown}."
        back = f"Back: {_listed(self.back)}." if self.back else ""
        missing = f"Not back yet: {_listed(self.missing)}." if self.missing else ""
        refused = f"Refused since the change: {_listed(self.refused)}." if self.refused else ""
        return " ".join(filter(None, (missing, refused, back)))


def _listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return ", ".join([*names[:_SHOWN], *more])


class Event(Value, frozen=True, kw_only=True):
    """One line of the journal."""

    sequence: int = 0
    """Line of the journal, counted from 1 by the reader: several programs write to one journal."""
    at: str
    """ISO 8601 UTC with milliseconds."""
    kind: EventKind
    phase: Phase
    change: str = ""
    """Id of the change, empty for the phase as a whole."""
    text: str = ""
    """One sentence for people; never a secret."""
    seconds: float | None = None
    """How long it took, with ``done``."""
    deadline: float | None = None
    """With the wait for a confirmation: when silence takes the change back, in seconds of CLOCK_BOOTTIME."""
    boot: str = ""
    """With a deadline: the boot that it counts from, by the kernel's name."""
    exposure: Exposure | None = None
    """With the tries of an unauthenticated client: what they showed."""
    clients: ClientReturn | None = None
    """While it waits for a confirmation: which clients are connected again."""
    outcome: Outcome | None = None
    """With an end: the outcome."""

    @property
    def decides(self) -> bool:
        """It settles whether the change stays."""
        return self.kind in {EventKind.CONFIRMED, EventKind.REVOKED}

    @property
    def ends(self) -> bool:
        """Nothing comes after it."""
        return self.outcome is not None
