"""What a server takes for a directive that nothing sets.

Source:
    Measured on five servers: a start without a file, ``CONFIG GET *`` (`tests/server/test_defaults.py`). The versions
    agree on every row; 6.2 shows the default of ``bind`` as an empty text and listens everywhere like the others.
"""

from wizard.formats.redisconf.directives import canonical

_DEFAULTS = {
    "aclfile": "",
    "appenddirname": "appendonlydir",
    "appendfilename": "appendonly.aof",
    "appendfsync": "everysec",
    "appendonly": "no",
    "bind": "* -::*",
    "client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    "cluster-enabled": "no",
    "cluster-port": "0",
    "databases": "16",
    "dbfilename": "dump.rdb",
    "enable-debug-command": "no",
    "enable-module-command": "no",
    "enable-protected-configs": "no",
    "logfile": "",
    "maxclients": "10000",
    "maxmemory": "0",
    "maxmemory-policy": "noeviction",
    "maxmemory-samples": "5",
    "notify-keyspace-events": "",
    "port": "6379",
    "protected-mode": "yes",
    "replicaof": "",
    "requirepass": "",
    "save": "3600 1 300 100 60 10000",
    "slowlog-log-slower-than": "10000",
    "slowlog-max-len": "128",
    "tcp-backlog": "511",
    "timeout": "0",
    "tls-auth-clients": "yes",
    "tls-cluster": "no",
    "tls-port": "0",
    "tls-protocols": "",
    "tls-replication": "no",
    "unixsocket": "",
    "unixsocketperm": "0",
}
_BY_CANONICAL_NAME = {canonical(name): value for name, value in _DEFAULTS.items()}


def default_of(name: str) -> str:
    """Return the value of a directive that nothing sets; empty where none was measured."""
    return _BY_CANONICAL_NAME.get(canonical(name), "")


def measured_defaults() -> dict[str, str]:
    """Return every row, by the usual name."""
    return dict(_DEFAULTS)
