"""Who will lose something by these changes: connected clients, replicas, commands that were seen.

What may not live here: whether a change is right.
"""

from collections.abc import Sequence

from wizard.model.change import Change
from wizard.model.plan import Breakage
from wizard.planning.context import Context


def breakages(context: Context, changes: Sequence[Change]) -> tuple[Breakage, ...]:
    """Name everybody who loses something, each with the change that takes it and the remedy."""
    return ()
