"""What a server takes for a directive that nothing sets.

Source:
    Measured on five servers: a start without a file, ``CONFIG GET *`` (`tests/server/test_defaults.py`). The versions
    agree on every row; 6.2 shows the default of ``bind`` as an empty text and listens everywhere like the others.
"""

from wizard.formats.redisconf.directives import canonical
from wizard.settings import SETTINGS

_OTHERS = {
    "aclfile": "",
    "appenddirname": "appendonlydir",
    "appendfilename": "appendonly.aof",
    "bind": "* -::*",
    "cluster-enabled": "no",
    "cluster-port": "0",
    "databases": "16",
    "dbfilename": "dump.rdb",
    "logfile": "",
    "maxmemory": "0",
    "port": "6379",
    "replicaof": "",
    "requirepass": "",
    "tcp-backlog": "511",
    "tls-auth-clients": "yes",
    "tls-cluster": "no",
    "tls-port": "0",
    "tls-protocols": "",
    "tls-replication": "no",
    "unixsocket": "",
    "unixsocketperm": "0",
}
"""Of directives whose setting has no default of its own."""


def measured_defaults() -> dict[str, str]:
    """Return every default that is known, by the usual name of its directive."""
    rows = {name: row.default for row in SETTINGS if row.default is not None for name in row.targets}
    return {**rows, **_OTHERS}


_BY_CANONICAL_NAME = {canonical(name): value for name, value in measured_defaults().items()}


def default_of(name: str) -> str:
    """Return the value of a directive that nothing sets; empty where none was measured."""
    return _BY_CANONICAL_NAME.get(canonical(name), "")
