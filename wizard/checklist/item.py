"""The declaration of one item."""

from collections.abc import Callable

from wizard.checklist.context import CheckContext
from wizard.checklist.result import Judgement
from wizard.model.finding import Severity
from wizard.model.value import Value


class Item(Value, frozen=True, kw_only=True):
    """One item of the checklist."""

    id: str
    """The chapter's number as text, or ``X`` and a name, such as ``Xdaemonize``; given once, never changed."""
    title: str
    """What is so when it passes, in at most 45 characters and without a full stop."""
    sentence: str
    """The rule in full: the chapter's own wording, which operators quote."""
    severity: Severity
    """How bad a failure is."""
    step: str = ""
    """The wizard's step that fixes it; empty when the wizard cannot."""
    check: Callable[[CheckContext], Judgement]
    """Judges one instance; never raises."""
    not_on_sentinel: str = ""
    """Why it does not apply to a Sentinel; empty where it does."""
    fix: str
    """What to do when it fails."""
    source: str
    """Where the rule comes from, and where the chapter is corrected."""

    @property
    def number(self) -> int:
        """The number in the chapter, 0 beyond it."""
        return int(self.id) if self.id.isdecimal() else 0
