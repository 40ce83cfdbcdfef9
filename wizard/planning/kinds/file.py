"""A file of the product's own, written as a whole."""

from wizard.model.change import WriteFile
from wizard.planning.kinds.traits import Touched, Traits, as_planned, no_line

TRAITS: Traits[WriteFile] = Traits(
    rank=as_planned,
    touches=lambda change, _: Touched(paths=(change.path,)),
    edits=lambda change, _: (change.path,),
    server_reads=False,
    place=lambda change: change.path.name,
    search=no_line,
)
