"""A plan: an ordered list of changes, what they depend on, and what they will break."""

from pathlib import PurePosixPath

from wizard.model.answers import Answers
from wizard.model.change import Change
from wizard.model.exposure import Exposure
from wizard.model.value import Value, field


class FileDiff(Value, frozen=True, kw_only=True):
    """How one file will change, secrets masked."""

    path: PurePosixPath
    text: str
    """Unified diff; empty context for a new file."""
    added: int
    removed: int


class Impact(Value, frozen=True, kw_only=True):
    """A client or user that loses something by the plan."""

    who: str
    """A client by address, name, library and user; or a unit, script or replica."""
    loses: str
    """What it loses, in words."""
    change: str
    """Id of the change that takes it."""
    remedy: str
    """What to do about it before or after."""


class Note(Value, frozen=True, kw_only=True):
    """Something the operator must know that is no change: left out, unknown, to be done elsewhere."""

    subject: str
    """Short, for example ``tls`` or ``directive:tls-port``."""
    text: str


class SizingTerm(Value, frozen=True, kw_only=True):
    """One term of the memory sum."""

    label: str
    amount: int
    """Bytes; positive is what there is, negative what is kept from it."""
    source: str


class Plan(Value, frozen=True, kw_only=True):
    """What will be done, in order."""

    schema: str = "redis-wizard/plan"
    version: int = 1
    id: str
    """``YYYYMMDD-HHMMSS`` of the facts, in UTC."""
    created_at: str
    """ISO 8601 UTC, from the facts."""
    host: str
    instance: str
    config: PurePosixPath
    """Main configuration file of the instance."""
    fingerprint: str = field(name="basis")
    """SHA-256 over all facts that the plan depends on; an apply refuses when they have moved."""
    fact_fingerprints: dict[str, str] = field(default_factory=dict, name="marks")
    """The start of a digest of each of these facts, by its name, so that a refusal can say what moved."""
    answers: Answers
    changes: tuple[Change, ...]
    diffs: tuple[FileDiff, ...]
    impacts: tuple[Impact, ...] = field(default=(), name="breakages")
    notes: tuple[Note, ...] = ()
    sizing: tuple[SizingTerm, ...] = ()
    """The sum behind maxmemory."""
    exposure: Exposure = Exposure()
    """What an unauthenticated client can still reach afterwards."""
    consents: tuple[str, ...] = field(default=(), name="accepted")
    """Ids of changes whose loss of keys the operator accepted: a consent for this plan and this host, so it
    is here and not among the answers, which are carried to other hosts."""

    @property
    def empty(self) -> bool:
        """Nothing to do."""
        return not self.changes
