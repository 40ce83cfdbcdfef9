"""What the checklist says of a host."""

from enum import StrEnum

from wizard.model.exposure import Exposure
from wizard.model.value import Value


class State(StrEnum):
    """The outcome for one item."""

    PASS = "pass"  # noqa: S105 - a state, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "n/a"
    ATTESTED = "attested"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How bad a failure is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Evidence(Value, frozen=True, kw_only=True):
    """One thing that was looked at."""

    what: str
    """For example ``bind``."""
    source: str
    """Live server, file with line, kernel, or connection test."""
    value: str
    """What was seen, redacted."""


class Finding(Value, frozen=True, kw_only=True):
    """One item of the checklist, judged."""

    id: str
    """``1`` to ``25``, or a name such as ``Xdaemonize`` beyond the chapter."""
    number: int
    """1 to 25, 0 beyond the chapter."""
    title: str
    """What is so when it passes, in at most 45 characters."""
    state: State
    severity: Severity
    summary: str
    """One sentence that says why this state."""
    evidence: tuple[Evidence, ...] = ()
    fix: str = ""
    """What to do; empty when there is nothing to do."""
    step: str = ""
    """The wizard's step that fixes it, for example ``network``; empty when it cannot."""
    source: str = ""
    """Where the rule comes from, and where the chapter is corrected."""
    former_id: str = ""
    """The id in reports of version 0.1, where it was another one."""
    sentence: str = ""
    """The rule in full, in the chapter's own wording."""


class Report(Value, frozen=True, kw_only=True):
    """All findings for one instance."""

    schema: str = "redis-wizard/report"
    version: int = 1
    host: str
    instance: str
    taken_at: str
    score: int
    """Percent: pass ÷ (pass + fail + unknown) of the 25, rounded down; attested ones are apart."""
    items: tuple[Finding, ...]
    """The 25, in order."""
    extra: tuple[Finding, ...]
    """Beyond the chapter."""
    looked: str = ""
    """What was looked at, and as whom: version, role, account, login."""
    exposure: Exposure = Exposure()
    """What stays open, for whom, and what closes it."""
