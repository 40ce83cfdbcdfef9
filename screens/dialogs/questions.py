"""The questions before an act, each with what happens for each answer."""

from collections.abc import Sequence

from textual.content import Content

from screens.dialogs.confirm import ConfirmDialog
from screens.text.formatting import cut, day, lines, literal
from screens.text.review_groups import overview
from screens.text.snapshots import pruning_lines, pruning_summary
from screens.theme import TextStyle
from wizard.model.change import Restart
from wizard.model.event import Outcome
from wizard.model.plan import Plan
from wizard.model.snapshot import Snapshot
from wizard.model.text import counted
from wizard.planning.consent import CONSENT_PHRASE, changes_needing_consent
from wizard.snapshots.prune import Pruning

_LOSSES_SHOWN = 4
_MISSING_SHOWN = 180
"""Characters: three rows of the box."""
_NOTHING_RESTORES_KEYS = "No snapshot holds keys, so no rollback restores them."


def ask_apply(plan: Plan, confirm_within: int) -> ConfirmDialog:
    """Return the question before a plan is applied.

    Args:
        plan: What is applied.
        confirm_within: Seconds in which it must be confirmed; 0 asks for no confirmation.
    """
    restarts = any(isinstance(change, Restart) for change in plan.changes)
    minutes = counted(confirm_within // 60, "minute")
    facts = (
        f"{counted(len(plan.changes), 'change')}, {'1 restart' if restarts else 'no restart'}.",
        "A snapshot is taken first. If a phase fails, everything is rolled back.",
        f"You then have {minutes} to confirm. If you do not, everything is rolled back."
        if confirm_within
        else "This is a directory tree, so no confirmation is asked for afterwards.",
    )
    breaks = len(plan.impacts)
    warning = f"{counted(breaks, 'impact')} on clients, listed above." if breaks else ""
    title = f"Apply to {plan.host}"
    return ConfirmDialog(
        f"{title}?", facts, title, phrase=plan.host if breaks else "", warning=warning, detail=overview(plan)
    )


def ask_consent(plan: Plan) -> ConfirmDialog | None:
    """Return the question before keys may be lost by a plan; ``None`` when none may be."""
    losses = changes_needing_consent(plan)
    if not losses:
        return None
    facts = [f"[FAIL] {change.title}: {change.evidence}" for change in losses[:_LOSSES_SHOWN]]
    if len(losses) > _LOSSES_SHOWN:
        facts.append(f"       and {len(losses) - _LOSSES_SHOWN} more")
    return ConfirmDialog(
        f"Data of {plan.host} may be lost",
        (*facts, _NOTHING_RESTORES_KEYS),
        "Accept the loss",
        phrase=CONSENT_PHRASE,
        warning="Better: fix the cause, or leave the change out (Space in Review).",
    )


def ask_rollback_consent(refused: Outcome) -> ConfirmDialog:
    """Return the question after a rollback was refused because keys may be lost."""
    return ConfirmDialog(
        "Data may be lost",
        (f"[FAIL] {refused.loss}", _NOTHING_RESTORES_KEYS),
        "Accept the loss",
        phrase=CONSENT_PHRASE,
        warning="Better: fix the cause, and try again.",
    )


def ask_confirmation(missing: Sequence[str] = (), *, without_passwords: bool) -> ConfirmDialog:
    """Return the question before a change is confirmed.

    Args:
        missing: The clients that are not connected again.
        without_passwords: The new passwords cannot be read.
    """
    facts = (
        "The change stays, also after a reboot, and the countdown stops.",
        "Later you can still roll back: redis-wizard rollback, or n for snapshots.",
    )
    phrase = "confirm" if without_passwords else ""
    absent = (f"[warn] Not back yet: {cut(', '.join(missing), _MISSING_SHOWN)}.",) if missing else ()
    warning = "The new passwords cannot be read here." if without_passwords else ""
    return ConfirmDialog("Confirm the change?", (*absent, *facts), "Confirm", phrase=phrase, warning=warning)


def ask_rollback() -> ConfirmDialog:
    """Return the question before the change that waits for a confirmation is rolled back."""
    facts = (
        "Every file, live value and unit becomes as it was before. Data files stay.",
        "Keys that clients have written since then stay too.",
    )
    return ConfirmDialog("Roll back the change?", facts, "Roll back")


def ask_prune(found: Pruning) -> ConfirmDialog:
    """Return the question before snapshots are pruned."""
    count = counted(len(found.removed), "snapshot")
    facts = (*pruning_summary(found)[:1], "What is removed cannot be rolled back to any more.")
    return ConfirmDialog(f"Prune {count}?", facts, "Prune", detail=lines(*pruning_lines(found)))


def ask_restore(snapshot: Snapshot, manual_changes: Sequence[str]) -> ConfirmDialog:
    """Return the question before a snapshot is restored, with the manual changes that it would overwrite."""
    act = f"Roll back {snapshot.host} to {day(snapshot.taken_at)}"
    facts = (
        f"Rolls back: {snapshot.what}.",
        "Every file, live value and unit becomes as it was. Data files stay.",
    )
    return ConfirmDialog(f"{act}?", facts, act, detail=_overwritten(manual_changes))


def _overwritten(changes: Sequence[str]) -> Content | None:
    """Return the manual changes that a rollback would overwrite; ``None`` when there are none."""
    if not changes:
        return None
    return lines(literal("Manual changes since then:", TextStyle.WARN), *changes)
