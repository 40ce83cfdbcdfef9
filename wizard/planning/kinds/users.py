"""Lines of the ACL file: users that are set, and users that are removed."""

from wizard.model.change import RemoveUser, SetUser
from wizard.planning.kinds.traits import Touched, Traits, as_planned

SET: Traits[SetUser] = Traits(
    # The default user last: until then it is the one that can log in.
    rank=lambda change: (int(change.user == "default"),),
    touches=lambda change, _: Touched(paths=(change.path,)),
    edits=lambda change, _: (change.path,),
    server_reads=True,
    place=lambda change: change.path.name,
    search=lambda change: f"user {change.user} ",
)

REMOVE: Traits[RemoveUser] = Traits(
    rank=as_planned,
    touches=lambda change, _: Touched(paths=(change.path,)),
    edits=lambda change, _: (change.path,),
    server_reads=True,
    place=lambda change: change.path.name,
    search=lambda change: f"user {change.user} ",
)
