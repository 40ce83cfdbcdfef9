"""How the newest apply finished, in one line. Pure."""

from screens.text.formatting import day
from wizard.model.event import Result
from wizard.model.status import ApplyStatus, Operation


def describe_last_apply(status: ApplyStatus | None) -> str:
    """Return that the newest apply changed nothing or not all, and why; empty for a success and for a rollback."""
    outcome = None if status is None else status.outcome
    if status is None or outcome is None or status.kind is not Operation.APPLY:
        return ""
    from wizard.jobs.status import INTERRUPTED_BEFORE_CHANGE  # noqa: PLC0415 - large, and seldom needed

    if outcome == INTERRUPTED_BEFORE_CHANGE:
        return f"[warn] {day(status.begun_at)} {outcome.summary}"
    if outcome.result not in {Result.ROLLED_BACK, Result.INCOMPLETE}:
        return ""
    if outcome.result is Result.INCOMPLETE:
        return f"[FAIL] {day(status.begun_at)} {outcome.summary}"
    reason = outcome.summary.partition("The reason: ")[2] or outcome.summary
    return f"[warn] {day(status.begun_at)} rolled back: {reason}"
