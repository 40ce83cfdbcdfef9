"""How an apply or rollback ended, in the words of the screens. Pure.

What may not live here: widgets, and the judgement itself, which is the worker's.
"""

from textual.content import Content

from screens.palette import Tone
from screens.text import C, cut, lines
from wizard.model.event import Ending, Outcome

CHECKS_SHOWN = 4
PROOF_SHOWN = 2
WIDTH = 76
STATUS = "From any login: redis-wizard status"


def good(outcome: Outcome) -> Content:
    """Write that it ended as it was asked to, with what was seen."""
    rows = opened(outcome)
    if outcome.keys_before is not None:
        rows.append(C(f"down {outcome.downtime_seconds:.1f} s, keys {outcome.keys_before} -> {outcome.keys_after}"))
    rows += _proof(outcome) if outcome.ending is Ending.ROLLED_BACK else _seen(outcome)
    return lines(*rows, C("F8 goes on.", Tone.ACCENT))


def opened(outcome: Outcome) -> list[Content]:
    """Write what is still open, where something is, and then that it was done."""
    first = [C(f"[warn] {sentence}", Tone.WARN) for sentence in outcome.first]
    return [*first, C(f"[ ok ] {outcome.rest}", Tone.OK)]


def bad(outcome: Outcome) -> Content:
    """Write why it was not done, and the proof of what the host is now."""
    rows = [C(f"[FAIL] {outcome.summary}", Tone.FAIL)]
    rows += _proof(outcome)
    if outcome.ending is Ending.INCOMPLETE:
        rows.append(C("The rest is left to you; p shows new passwords, which may be in force.", Tone.WARN))
    return lines(*rows, C("F8 goes back.", Tone.ACCENT))


def unknown(error: str, *, begun: bool) -> Content:
    """Write that nobody here knows how it ended, and what to do."""
    if not begun:
        return lines(C(f"[FAIL] {error}", Tone.FAIL), C("Nothing was begun. F8 goes back.", Tone.ACCENT))
    return lines(
        C(f"[FAIL] {error}", Tone.FAIL),
        C("This window lost sight of it; that stops nothing.", Tone.WARN),
        C(STATUS, Tone.MUTED),
        C("F8 looks where it stands.", Tone.ACCENT),
    )


def _seen(outcome: Outcome) -> list[Content]:
    rows = [C(cut(f"[ ok ] {check}", WIDTH), Tone.MUTED) for check in outcome.checks[:CHECKS_SHOWN]]
    more = len(outcome.checks) - CHECKS_SHOWN
    return [*rows, C(f"       and {more} more", Tone.MUTED)] if more > 0 else rows


def _proof(outcome: Outcome) -> list[Content]:
    """Write how the host compares with the snapshot: it comes last, and all of it is shown."""
    sign = "[ ok ]" if outcome.ending is Ending.ROLLED_BACK else "      "
    return [C(f"{sign} {check}", Tone.MUTED) for check in outcome.checks[-PROOF_SHOWN:]]
