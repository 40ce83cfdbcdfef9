"""The order in which a plan lists its changes: by kind as in `TRAITS`, within a kind by rank."""

from collections.abc import Sequence

from wizard.model.change import Change
from wizard.planning.kinds import TRAITS, traits_of


def ordered(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes sorted; those of one rank keep their order."""
    kinds = tuple(TRAITS)
    return tuple(sorted(changes, key=lambda change: (kinds.index(type(change)), traits_of(change).rank(change))))
