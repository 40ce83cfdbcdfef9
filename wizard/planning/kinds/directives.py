"""A directive of the server's configuration, in the file and live."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import is_secret
from wizard.model.change import SetDirective
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.instance import Instance
from wizard.planning.kinds.traits import Touched, Traits

_EARLY = ("appendonly", "appendfsync", "save")
"""Data first: what follows may end in a restart."""
_LATE = ("tls-port", "bind", "port")
"""Listeners last: an endpoint opens once its certificates are set, and closes once the other is open."""


def _rank(change: SetDirective) -> tuple[int, int]:
    if change.name in _EARLY:
        return (0, _EARLY.index(change.name))
    if change.name in _LATE:
        return (2, _LATE.index(change.name))
    return (1, 0)


def _touches(change: SetDirective, instance: Instance | None) -> Touched:
    """The whole configuration is remembered when one line of it changes."""
    config = instance.config if instance is not None else None
    files = tuple(status.path for status in config.files) if isinstance(config, ConfigFacts) else ()
    live = change.live is not None and not is_secret(change.name)
    return Touched(paths=(change.path, *files), directives=(change.name,) if live else ())


def _edits(change: SetDirective, config_files: Sequence[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    return (change.path, *config_files) if change.all_files else (change.path,)


TRAITS: Traits[SetDirective] = Traits(
    rank=_rank,
    touches=_touches,
    edits=_edits,
    server_reads=True,
    place=lambda change: change.path.name,
    search=lambda change: change.name,
)
