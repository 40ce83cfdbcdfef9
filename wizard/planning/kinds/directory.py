"""A directory that is made."""

from wizard.model.change import MakeDirectory
from wizard.planning.kinds.traits import Touched, Traits, no_line, no_text

TRAITS: Traits[MakeDirectory] = Traits(
    # Parents first.
    rank=lambda change: (len(change.path.parts),),
    touches=lambda change, _: Touched(
        paths=(change.path,), permissions={change.path: (change.owner, change.group, change.mode)}
    ),
    edits=no_text,
    server_reads=False,
    place=lambda change: change.path.name,
    search=no_line,
)
