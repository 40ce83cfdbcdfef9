"""How far an apply or rollback is, for any login."""

from enum import StrEnum

from wizard.model.event import Outcome, Phase
from wizard.model.exposure import Exposure
from wizard.model.value import Value


class Stage(StrEnum):
    """How far it is."""

    WORKING = "working"
    """It makes the change, or puts a snapshot back because it was asked to."""
    WAITING = "waiting"
    """Everything is done and verified; it waits for a confirmation."""
    UNDOING = "undoing"
    """It takes the change back."""
    INTERRUPTED = "interrupted"
    """It was interrupted, and no worker is running; `recover` finishes it."""
    ENDED = "ended"


class Operation(StrEnum):
    """What was asked for."""

    APPLY = "apply"
    ROLLBACK = "rollback"


class ApplyStatus(Value, frozen=True, kw_only=True):
    """One apply or rollback by its journal."""

    schema: str = "redis-wizard/status"
    version: int = 1
    id: str
    """Of the apply, and of the snapshot that it took."""
    kind: Operation
    stage: Stage
    what: str
    """One line: what was asked for, for example ``12 changes, 1 restart``."""
    instance: str
    by: str
    """User name of who asked, for people."""
    begun_at: str
    """ISO 8601, UTC."""
    phase: Phase
    """Of the newest event."""
    text: str
    """The newest event in a sentence."""
    seconds_left: float | None = None
    """Until silence rolls it back; only while it waits."""
    secrets_to: str = ""
    """File that the front end wrote the new passwords to; empty: to none."""
    secrets_waiting: bool = False
    """The operator who confirms can still read the new passwords; they are removed at the end."""
    damage: tuple[str, ...] = ()
    """What is wrong with the journal itself, one sentence each, for example a half-written line."""
    exposure: Exposure | None = None
    """What an unauthenticated client can still reach with the change in force; ``None`` where it was not tried."""
    tries: str = ""
    """How often its recovery failed in this boot, and when it is tried again; empty: it did not fail."""
    outcome: Outcome | None = None
    """How it ended."""
