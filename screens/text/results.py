"""How an apply or rollback finished, as text. Pure."""

from textual.content import Content

from screens.text import still_open
from screens.text.formatting import lines, literal
from screens.theme import TextStyle
from wizard.model.event import Outcome, Phase, Result
from wizard.model.facts.instance import Instance

CHECKS_SHOWN = 4
PROOF_SHOWN = 2
STATUS = "From any login: redis-wizard status"


def success(outcome: Outcome, instance: Instance | None, width: int) -> Content:
    """Return that the job succeeded, with its checks."""
    rows = done(outcome, instance, width)
    if outcome.keys_before is not None:
        rows.append(
            literal(f"Downtime {outcome.downtime_seconds:.1f} s, keys {outcome.keys_before} -> {outcome.keys_after}")
        )
    rows += _proof(outcome) if outcome.result is Result.ROLLED_BACK else checks(outcome)
    return lines(*rows, literal("F8 continues.", TextStyle.ACCENT))


def done(outcome: Outcome, instance: Instance | None, width: int) -> list[Content]:
    """Return what is still open, if anything is, in a row each, and then what was done."""
    first = still_open.rows(outcome.exposure, instance, width) if outcome.exposure else []
    return [*first, literal(f"[ ok ] {outcome.rest}", TextStyle.OK)]


def failure(outcome: Outcome, phase: Phase | None = None) -> Content:
    """Return the cause, what was rolled back with its proof, and what to try next.

    Args:
        outcome: How it finished.
        phase: In which the apply failed, where that is known.
    """
    undone, _, cause = outcome.rest.partition(_CAUSE)
    if not cause:
        undone, cause = "", outcome.rest
    first = [literal(f"[warn] {sentence}", TextStyle.WARN) for sentence in outcome.first]
    rows = [literal(f"[FAIL] {cause[:1].upper()}{cause[1:]}", TextStyle.FAIL), *first]
    if undone:
        incomplete = outcome.result is Result.INCOMPLETE
        sign, tone = ("[FAIL]", TextStyle.FAIL) if incomplete else ("[ ok ]", TextStyle.OK)
        rows.append(literal(f"{sign} {undone}", tone))
    rows += _proof(outcome)
    if outcome.result is Result.INCOMPLETE:
        rows.append(literal("p shows the new passwords, which may be in effect.", TextStyle.WARN))
    return lines(*rows, literal(f"Next   {advice(outcome, phase)}"), literal("F8 goes back.", TextStyle.ACCENT))


_CAUSE = " The reason: "
_ADVICE = {
    Phase.LOCK: "F8, then F5: the host is read again and the plan made again.",
    Phase.SNAPSHOT: "read the log (l), free space below /var/lib, then apply again.",
    Phase.STAGE: "read the log (l), then change the answer that it names.",
    Phase.REHEARSE: "change the answer that it names, or leave that change out (Space).",
    Phase.COMMIT: "read the log (l), then leave the change that failed out (Space).",
    Phase.VERIFY: "read the log (l), then leave the change that it names out (Space).",
    Phase.CONFIRM: "apply again, and confirm in time: F8. + adds 5 minutes.",
}


def advice(outcome: Outcome, phase: Phase | None) -> str:
    """Return what to try next."""
    if outcome.result is Result.INCOMPLETE:
        return f"restore what is named above, then redis-wizard rollback {outcome.snapshot}."
    if outcome.result is Result.BUSY:
        return "wait until the other job has finished; redis-wizard status shows how far it is."
    return _ADVICE.get(phase, "read the log (l) and redis-wizard status.") if phase else "read the log (l)."


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


def checks(outcome: Outcome, shown: int = CHECKS_SHOWN) -> list[Content]:
    """Return the first checks, and how many more there are."""
    rows = [literal(f"[ ok ] {check}", TextStyle.MUTED) for check in outcome.checks[:shown]]
    more = len(outcome.checks) - shown
    return [*rows, literal(f"       and {more} more", TextStyle.MUTED)] if more > 0 else rows


def _proof(outcome: Outcome) -> list[Content]:
    """Return how the host compares with the snapshot: the last checks, in full."""
    sign = "[ ok ]" if outcome.result is Result.ROLLED_BACK else "      "
    return [literal(f"{sign} {check}", TextStyle.MUTED) for check in outcome.checks[-PROOF_SHOWN:]]
