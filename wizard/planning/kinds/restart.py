"""The one restart of the server's unit."""

from collections.abc import Iterator

from wizard.formats.redisconf.directives import Support, canonical, is_secret, support
from wizard.model.change import Restart
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.planning.kinds.traits import Touched, Traits, as_planned, no_line, no_text

_PLACES_OF_DATA = frozenset({"appendonly", "dir", "dbfilename"})


def _touches(change: Restart, instance: Instance | None) -> Touched:
    return Touched(restarts=(change.unit,), directives=tuple(_forgotten(instance)))


def _forgotten(instance: Instance | None) -> Iterator[str]:
    """Name what can be set live when the server restarts: it forgets every value that no file has.

    What says where the data are and how they are kept is left out: going back to it has a way of its own.
    """
    if instance is None or not isinstance(instance.live, LiveServer):
        return
    version = instance.version if isinstance(instance.version, str) else ""
    once = {canonical(name): name for name in sorted(instance.live.config, reverse=True)}
    for name in once.values():
        hot = support(name, instance.flavour, version) is Support.HOT
        if hot and name not in _PLACES_OF_DATA and not is_secret(name):
            yield name


TRAITS: Traits[Restart] = Traits(
    rank=as_planned,
    touches=_touches,
    edits=no_text,
    server_reads=True,
    place=lambda change: change.unit,
    search=no_line,
)
