"""The operator's consent to changes that may lose keys: it is part of the plan, and none is made without it."""

from collections.abc import Collection

from wizard.errors import PlanError
from wizard.model.change import ChangeBase
from wizard.model.plan import Plan
from wizard.model.value import replace

CONSENT_PHRASE = "lose data"
"""What a person types to give it."""


def changes_needing_consent(plan: Plan) -> tuple[ChangeBase, ...]:
    """Return the changes that may lose keys and that the operator has not accepted."""
    bases: tuple[ChangeBase, ...] = plan.changes
    return tuple(each for each in bases if each.requires_consent and each.id not in plan.consents)


def accept(plan: Plan, ids: Collection[str] | None = None) -> Plan:
    """Write the operator's word into a plan.

    Args:
        plan: As the operator read it, with the evidence of each data loss.
        ids: The accepted changes; ``None``: all that need it.
    """
    waiting = (each.id for each in changes_needing_consent(plan) if ids is None or each.id in ids)
    return replace(plan, consents=(*plan.consents, *waiting))


def require_consent(plan: Plan) -> None:
    """Accept a plan that loses no keys, or whose data loss the operator accepted.

    Raises:
        PlanError: it has a change that may lose keys and that the operator has not accepted.
    """
    waiting = changes_needing_consent(plan)
    if not waiting:
        return
    first = waiting[0]
    more = f" ({len(waiting) - 1} more)" if len(waiting) > 1 else ""
    raise PlanError(
        f"{first.id} may lose data{more}: {first.evidence}; fix that and plan again, exclude it, or accept the loss "
        f"with --accept-data-loss {first.id}"
    )
