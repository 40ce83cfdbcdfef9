"""What a server takes for a directive that nothing sets.

Source:
    Measured on five servers: a start without a file, ``CONFIG GET *`` (`tests/server/test_defaults.py`). The versions
    agree on every row; 6.2 shows the default of ``bind`` as an empty text and listens everywhere like the others.
"""

from wizard.formats.redisconf.directives import canonical
from wizard.settings import SETTINGS

_OTHERS = {
    "appenddirname": "appendonlydir",
    "appendfilename": "appendonly.aof",
    "cluster-enabled": "no",
    "cluster-port": "0",
    "databases": "16",
    "dbfilename": "dump.rdb",
    "logfile": "",
    "replicaof": "",
}
"""Of directives that no plan sets."""


def measured_defaults() -> dict[str, str]:
    """Return every default that is known, by the usual name of its directive."""
    rows = {name: row.default for row in SETTINGS if row.default is not None for name in row.targets}
    return {**rows, **_OTHERS}


_BY_CANONICAL_NAME = {canonical(name): value for name, value in measured_defaults().items()}


def default_of(name: str) -> str:
    """Return the value of a directive that nothing sets; empty where none was measured."""
    return _BY_CANONICAL_NAME.get(canonical(name), "")
