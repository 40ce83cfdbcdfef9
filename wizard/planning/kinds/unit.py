"""A unit of the product's own that is enabled."""

from wizard.model.change import EnableUnit
from wizard.planning.kinds.traits import Touched, Traits, as_planned, no_line, no_text

TRAITS: Traits[EnableUnit] = Traits(
    rank=as_planned,
    touches=lambda change, _: Touched(enables=(change.unit,)),
    edits=no_text,
    server_reads=False,
    place=lambda change: change.unit,
    search=no_line,
)
