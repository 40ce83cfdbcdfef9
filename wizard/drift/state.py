"""What was written, what is there now, and how they differ, as values."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath

from wizard.model.facts.files import FileStatus
from wizard.model.text import counted
from wizard.model.value import Value, field


class DriftKind(StrEnum):
    """What differs."""

    LIVE = "live"
    USER = "user"
    FILE = "file"
    PERMISSIONS = "permissions"
    KERNEL = "kernel"
    UNIT = "unit"


class Deviation(Value, frozen=True, kw_only=True):
    """One difference."""

    kind: DriftKind
    name: str
    """Directive, user, path, kernel key or unit."""
    written: str
    """As the apply left it, of a user or file ``present``; empty where it was not there."""
    now: str
    """In the same form; empty where it is gone."""
    text: str
    """One sentence; no secret is in it."""


class Drift(Value, frozen=True, kw_only=True):
    """How a host differs from what the applies in force left."""

    schema: str = "redis-wizard/drift"
    version: int = 1
    snapshot: str
    """Id of the newest apply in force."""
    applied_at: str
    """ISO 8601, UTC."""
    applied_by: str
    what: str
    """What that apply was, for example ``12 changes, 1 restart``."""
    deviations: tuple[Deviation, ...] = ()
    """Live values first, then users, files, permissions, kernel values, units."""
    not_compared: tuple[str, ...] = ()
    """What could not be compared and why, one sentence each."""

    @property
    def finding(self) -> str:
        """How much differs, in a few words."""
        differs = counted(len(self.deviations), "difference") if self.deviations else "unchanged"
        return f"{differs}, not all compared" if self.not_compared else differs

    @property
    def texts(self) -> tuple[str, ...]:
        """Every difference, then what could not be compared, one sentence each."""
        return (*(each.text for each in self.deviations), *self.not_compared)


class Written(Value, frozen=True, kw_only=True):
    """What the applies in force left, later ones over earlier ones."""

    digests: Mapping[PurePosixPath, str] = field(default_factory=dict)
    texts: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    """Contents of configuration and ACL files, where the store has them."""
    permissions: Mapping[PurePosixPath, str] = field(default_factory=dict)
    live: Mapping[str, str] = field(default_factory=dict)
    kernel: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, bool] = field(default_factory=dict)
    """Whether they start at boot."""
    users: tuple[str, ...] = ()
    """``ACL LIST`` with fingerprints for hashes; empty where it is not known."""


class Observed(Value, frozen=True, kw_only=True):
    """What is there now, beside the facts."""

    paths: Mapping[PurePosixPath, FileStatus] = field(default_factory=dict)
    """With digests."""
    units: Mapping[str, bool] = field(default_factory=dict)
