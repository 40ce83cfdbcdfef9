"""How an apply or rollback ended, in the words of the screens. Pure.

What may not live here: widgets, and the judgement itself, which is the worker's.
"""

from textual.content import Content

from screens.text.formatting import cut, lines, literal
from screens.theme import TextStyle
from wizard.model.event import Outcome, Result

CHECKS_SHOWN = 4
PROOF_SHOWN = 2
WIDTH = 76
STATUS = "From any login: redis-wizard status"


def good(outcome: Outcome) -> Content:
    """Write that it ended as it was asked to, with what was seen."""
    rows = opened(outcome)
    if outcome.keys_before is not None:
        rows.append(
            literal(f"down {outcome.downtime_seconds:.1f} s, keys {outcome.keys_before} -> {outcome.keys_after}")
        )
    rows += _proof(outcome) if outcome.result is Result.ROLLED_BACK else _seen(outcome)
    return lines(*rows, literal("F8 goes on.", TextStyle.ACCENT))


def opened(outcome: Outcome) -> list[Content]:
    """Write what is still open, where something is, and then that it was done."""
    first = [literal(f"[warn] {sentence}", TextStyle.WARN) for sentence in outcome.first]
    return [*first, literal(f"[ ok ] {outcome.rest}", TextStyle.OK)]


def bad(outcome: Outcome) -> Content:
    """Write why it was not done, and the proof of what the host is now."""
    rows = [literal(f"[FAIL] {outcome.summary}", TextStyle.FAIL)]
    rows += _proof(outcome)
    if outcome.result is Result.INCOMPLETE:
        rows.append(literal("The rest is left to you; p shows new passwords, which may be in force.", TextStyle.WARN))
    return lines(*rows, literal("F8 goes back.", TextStyle.ACCENT))


def unknown(error: str, *, started: bool) -> Content:
    """Write that nobody here knows how it ended, and what to do."""
    if not started:
        return lines(
            literal(f"[FAIL] {error}", TextStyle.FAIL), literal("Nothing was begun. F8 goes back.", TextStyle.ACCENT)
        )
    return lines(
        literal(f"[FAIL] {error}", TextStyle.FAIL),
        literal("This window lost sight of it; that stops nothing.", TextStyle.WARN),
        literal(STATUS, TextStyle.MUTED),
        literal("F8 looks where it stands.", TextStyle.ACCENT),
    )


def _seen(outcome: Outcome) -> list[Content]:
    rows = [literal(cut(f"[ ok ] {check}", WIDTH), TextStyle.MUTED) for check in outcome.checks[:CHECKS_SHOWN]]
    more = len(outcome.checks) - CHECKS_SHOWN
    return [*rows, literal(f"       and {more} more", TextStyle.MUTED)] if more > 0 else rows


def _proof(outcome: Outcome) -> list[Content]:
    """Write how the host compares with the snapshot: it comes last, and all of it is shown."""
    sign = "[ ok ]" if outcome.result is Result.ROLLED_BACK else "      "
    return [literal(f"{sign} {check}", TextStyle.MUTED) for check in outcome.checks[-PROOF_SHOWN:]]
