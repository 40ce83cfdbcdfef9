"""A plan without some of its changes, and without what cannot stand without them."""

from collections.abc import Collection

from wizard.model.change import Change, ChangeBase, Restart
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.value import replace
from wizard.planning.edits.acl_edit import existing_password_hashes, placeholders
from wizard.planning.edits.diff import diffs


def dependents(plan: Plan, ids: Collection[str]) -> tuple[str, ...]:
    """Return the ids of the other changes that need one of these, directly or by another, in the plan's order."""
    gone = set(ids)
    while more := {base.id for base in _bases(plan) if base.id not in gone and gone & set(base.needs)}:
        gone |= more
    return tuple(base.id for base in _bases(plan) if base.id in gone and base.id not in ids)


def exclude(plan: Plan, sources: FileContents, ids: Collection[str]) -> Plan:
    """Return the plan without these changes and those that need them; the restart goes when nothing needs it.

    Args:
        plan: The whole plan.
        sources: What it was made from, for the diffs.
        ids: Changes to leave out; those that the plan does not have are passed over, since answers
            may have changed in between.
    """
    gone = {*ids, *dependents(plan, ids)}
    kept = tuple(each for change in plan.changes if change.id not in gone for each in _still(change, gone))
    left = {change.id for change in kept}
    written = {diff.path for diff in plan.diffs}
    hashes = {**existing_password_hashes(sources.mapping()), **placeholders(kept)}
    return replace(
        plan,
        changes=kept,
        diffs=tuple(diff for diff in diffs(sources, kept, sorted(written), hashes) if diff.path in written),
        impacts=tuple(each for each in plan.impacts if each.change in left),
    )


def _still(change: Change, gone: Collection[str]) -> tuple[Change, ...]:
    if not isinstance(change, Restart):
        return (change,)
    because = tuple(each for each in change.because if each not in gone)
    return (replace(change, because=because),) if because else ()


def _bases(plan: Plan) -> tuple[ChangeBase, ...]:
    return plan.changes
