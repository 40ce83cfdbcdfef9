"""Which commands a server has, for ``rename-command``."""

from collections.abc import Mapping
from functools import lru_cache

import assets
from wizard.model.versions import columns


def commands(server: str) -> frozenset[str]:
    """Names of the commands of the server of a column, lower case, without those of modules."""
    return _commands()[server]


def is_command(name: str) -> bool:
    """Return whether any measured server has a command of this name, in any case."""
    return any(name.lower() in known for known in _commands().values())


@lru_cache(maxsize=1)
def _commands() -> Mapping[str, frozenset[str]]:
    lines = [line for line in assets.text("redis/command-names.tsv").splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines[1:]]
    return {server: frozenset(name for name, where in rows if server in where.split()) for server in columns()}
