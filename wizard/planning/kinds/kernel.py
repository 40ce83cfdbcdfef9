"""A live kernel value."""

from wizard.model.change import SetKernel
from wizard.planning.kinds.traits import Touched, Traits, as_planned, no_line, no_text

TRAITS: Traits[SetKernel] = Traits(
    rank=as_planned,
    touches=lambda change, _: Touched(kernel={change.key: change.value}),
    edits=no_text,
    server_reads=False,
    place=lambda change: change.key,
    search=no_line,
)
