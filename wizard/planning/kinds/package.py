"""A package that is installed."""

from wizard.model.change import InstallPackage
from wizard.planning.kinds.traits import Touched, Traits, as_planned, no_line, no_text

TRAITS: Traits[InstallPackage] = Traits(
    rank=as_planned,
    touches=lambda change, _: Touched(packages=(change.package,)),
    edits=no_text,
    server_reads=False,
    place=lambda change: change.package,
    search=no_line,
)
