"""The operator's word for changes that may lose keys: it stands in the plan, and no change is made without it.

What may not live here: which changes need it; each says so itself (`demands_word`).
"""

from collections.abc import Collection

from wizard.errors import PlanError
from wizard.model.change import ChangeBase
from wizard.model.plan import Plan
from wizard.model.value import replace

WORD = "lose data"
"""What a person types to give it."""


def unspoken(plan: Plan) -> tuple[ChangeBase, ...]:
    """Give the changes that may lose keys and that nobody accepted yet."""
    bases: tuple[ChangeBase, ...] = plan.changes
    return tuple(each for each in bases if each.demands_word and each.id not in plan.accepted)


def accept(plan: Plan, ids: Collection[str] | None = None) -> Plan:
    """Write the operator's word into a plan.

    Args:
        plan: As it was shown to him, with the evidence of each loss.
        ids: Changes that he accepts; ``None``: all that need it.
    """
    waiting = (each.id for each in unspoken(plan) if ids is None or each.id in ids)
    return replace(plan, accepted=(*plan.accepted, *waiting))


def demand_word(plan: Plan) -> None:
    """Let pass a plan that loses no keys, or whose losses the operator accepted.

    Raises:
        PlanError: it has a change that may lose keys and that nobody accepted.
    """
    waiting = unspoken(plan)
    if not waiting:
        return
    first = waiting[0]
    more = f" ({len(waiting) - 1} more like it)" if len(waiting) > 1 else ""
    raise PlanError(
        f"{first.id} may lose data{more}: {first.evidence}; mend that and plan again, leave it out, or accept the loss "
        f"with --accept-data-loss {first.id}"
    )
