"""Owner, group and mode of something that exists."""

from wizard.model.change import SetMode
from wizard.planning.kinds.traits import Touched, Traits, no_line, no_text

TRAITS: Traits[SetMode] = Traits(
    # The innermost first.
    rank=lambda change: (-len(change.path.parts),),
    touches=lambda change, _: Touched(
        paths=(change.path,), permissions={change.path: (change.owner, change.group, change.mode)}
    ),
    edits=no_text,
    server_reads=False,
    place=lambda change: change.path.name,
    search=no_line,
)
