"""How an apply or rollback finished, as text. Pure."""

from textual.content import Content

from screens.text.formatting import cut, lines, literal
from screens.theme import TextStyle
from wizard.model.event import Outcome, Result

CHECKS_SHOWN = 4
PROOF_SHOWN = 2
WIDTH = 76
STATUS = "From any login: redis-wizard status"


def success(outcome: Outcome) -> Content:
    """Return that the job succeeded, with its checks."""
    rows = done(outcome)
    if outcome.keys_before is not None:
        rows.append(
            literal(f"Downtime {outcome.downtime_seconds:.1f} s, keys {outcome.keys_before} -> {outcome.keys_after}")
        )
    rows += _proof(outcome) if outcome.result is Result.ROLLED_BACK else _seen(outcome)
    return lines(*rows, literal("F8 continues.", TextStyle.ACCENT))


def done(outcome: Outcome) -> list[Content]:
    """Return what is still open, if anything is, and then what was done."""
    first = [literal(f"[warn] {sentence}", TextStyle.WARN) for sentence in outcome.first]
    return [*first, literal(f"[ ok ] {outcome.rest}", TextStyle.OK)]


def failure(outcome: Outcome) -> Content:
    """Return why the job failed, and how the host compares with the snapshot."""
    rows = [literal(f"[FAIL] {outcome.summary}", TextStyle.FAIL)]
    rows += _proof(outcome)
    if outcome.result is Result.INCOMPLETE:
        rows.append(
            literal("Fix the rest yourself. p shows the new passwords, which may be in effect.", TextStyle.WARN)
        )
    return lines(*rows, literal("F8 goes back.", TextStyle.ACCENT))


def unknown(error: str, *, started: bool) -> Content:
    """Return that the outcome is unknown, and what to do."""
    if not started:
        return lines(
            literal(f"[FAIL] {error}", TextStyle.FAIL), literal("Nothing was started. F8 goes back.", TextStyle.ACCENT)
        )
    return lines(
        literal(f"[FAIL] {error}", TextStyle.FAIL),
        literal("This window cannot follow the job. The job itself continues.", TextStyle.WARN),
        literal(STATUS, TextStyle.MUTED),
        literal("F8 reads the status.", TextStyle.ACCENT),
    )


def _seen(outcome: Outcome) -> list[Content]:
    rows = [literal(cut(f"[ ok ] {check}", WIDTH), TextStyle.MUTED) for check in outcome.checks[:CHECKS_SHOWN]]
    more = len(outcome.checks) - CHECKS_SHOWN
    return [*rows, literal(f"       and {more} more", TextStyle.MUTED)] if more > 0 else rows


def _proof(outcome: Outcome) -> list[Content]:
    """Return how the host compares with the snapshot: the last checks, in full."""
    sign = "[ ok ]" if outcome.result is Result.ROLLED_BACK else "      "
    return [literal(f"{sign} {check}", TextStyle.MUTED) for check in outcome.checks[-PROOF_SHOWN:]]
