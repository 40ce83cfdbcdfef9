"""From a line that a server refuses to the change that puts it there, and to the answer behind that.

Pure.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import canonical
from wizard.model.change import Change, SetDirective, SetUser

ANSWERS = {
    "bind": "network.bind",
    "port": "network.port",
    "protected-mode": "network.protected_mode",
    "unixsocket": "network.unix_socket",
    "unixsocketperm": "network.unix_socket_permissions",
    "maxmemory": "memory.maxmemory",
    "maxmemory-policy": "memory.policy",
    "maxmemory-samples": "memory.samples",
    "aclfile": "acl.file",
    "user": "acl.users",
    "requirepass": "acl.default_user",
    "rename-command": "commands.disable",
    "tls-port": "tls.port",
    "tls-cert-file": "tls.certificate",
    "tls-key-file": "tls.certificate_key",
    "tls-ca-cert-file": "tls.authority",
    "tls-auth-clients": "tls.client_certificates",
    "tls-replication": "tls.replication",
    "tcp-backlog": "kernel.backlog",
    "appendonly": "persistence.durability",
    "appendfsync": "persistence.durability",
    "save": "persistence.snapshots",
    "slowlog-log-slower-than": "audit.slow_log_microseconds",
    "slowlog-max-len": "audit.slow_log_length",
    "latency-monitor-threshold": "audit.latency_threshold_milliseconds",
    "acllog-max-len": "audit.acl_log_length",
    "loglevel": "audit.log_level",
    "timeout": "audit.timeout_seconds",
    "tcp-keepalive": "audit.tcp_keepalive_seconds",
    "maxclients": "audit.max_clients",
    "notify-keyspace-events": "audit.keyspace_events",
}
"""The answer that decides a directive, by the directive's canonical name."""

_BY_NAME = {canonical(name): answer for name, answer in ANSWERS.items()}


def explain_directive(changes: Iterable[Change], path: PurePosixPath, name: str) -> str:
    """Say who put a line of a configuration file there, in words that follow the line."""
    ours = (c for c in changes if isinstance(c, SetDirective) and c.path == path and c.values)
    for change in ours:
        if canonical(change.name) == canonical(name):
            return _told(change, _BY_NAME.get(canonical(name), ""))
    return "the plan does not change this line"


def explain_user(changes: Iterable[Change], path: PurePosixPath, user: str) -> str:
    """Say who put a line of an ACL file there."""
    for change in changes:
        if isinstance(change, SetUser) and change.path == path and change.user == user:
            return _told(change, "acl.users")
    return "the plan does not change this line"


def _told(change: Change, answer: str) -> str:
    return f"the plan's change {change.id} adds it" + (f", by the answer {answer}" if answer else "")
