"""Every role of a program lets libraries connect: what each sends, on each server, is refused nowhere.

Source:
    Recorded on the wire: redis-py 4.6, 5.2 and 8.1, node-redis 6.3, ioredis 6.0, redis-cli 6.2 to 8.0, valkey-cli 8.1;
    their cluster clients.
"""

from pathlib import Path

import pytest
import redis

from tests.support.servers import Server, running, server
from wizard.acl.presets import rules
from wizard.model.answers import AclRole

__all__ = ("server",)

pytestmark = pytest.mark.server

PASSWORD = "a-password-of-a-role"
PROGRAMS = (AclRole.APPLICATION, AclRole.READ_ONLY, AclRole.PUBSUB)
TOOLS = (AclRole.OPERATIONS, AclRole.EXPORTER, AclRole.HEALTH, AclRole.BACKUP)

_NAMED = ("CLIENT SETNAME shop", "CLIENT SETINFO LIB-NAME x", "CLIENT SETINFO LIB-VER 1", "SELECT 3")
LIBRARIES = {
    "redis-py": ("HELLO 2", "CLIENT MAINT_NOTIFICATIONS ON", *_NAMED, "PING", "CLIENT ID"),
    "node-redis": ("HELLO 2 SETNAME shop", *_NAMED, "CLIENT MAINT_NOTIFICATIONS ON"),
    "ioredis": ("HELLO 2", *_NAMED, "INFO"),
    "redis-cli": ("SELECT 3", "COMMAND", "COMMAND DOCS", "ECHO x"),
    "pools": ("RESET",),
}
CLUSTER_LIBRARIES = {
    "redis-py": ("READONLY", "CLUSTER SLOTS", "COMMAND", "INFO"),
    "ioredis": ("CLUSTER SLOTS", "INFO", "CLUSTER INFO"),
    "others": ("CLUSTER NODES", "CLUSTER SHARDS", "ASKING", "READWRITE"),
}


def refused(path: Path, calls: tuple[str, ...]) -> list[str]:
    """Return those of the calls that the user may not make; each other error is the server's answer to the call."""
    found = []
    with redis.Redis(unix_socket_path=str(path), protocol=2) as client:
        session = client.connection_pool.get_connection()
        session.send_command("AUTH", "program", PASSWORD)
        session.read_response()
        for call in calls:
            session.send_command(*call.split(" "))
            try:
                session.read_response()
            except redis.ResponseError as error:
                if isinstance(error, redis.exceptions.NoPermissionError) or "NOPERM" in str(error):
                    found.append(call)
    return found


@pytest.mark.parametrize("role", [*PROGRAMS, *TOOLS])
def test_a_library_connects_as_each_role(server: Server, role: AclRole, tmp_path: Path) -> None:
    text = rules(role, keys=("app:*",), channels=("app:*",), flavour=server.flavour, version=server.version)
    with running(server, f"user program on >{PASSWORD} {text}\n", tmp_path) as (path, _):
        tools = {name: calls for name, calls in LIBRARIES.items() if role in PROGRAMS or name != "ioredis"}
        assert not {name: no for name, calls in tools.items() if (no := refused(path, calls))}


@pytest.mark.parametrize("role", PROGRAMS)
def test_a_cluster_library_connects_as_each_role_of_a_program(server: Server, role: AclRole, tmp_path: Path) -> None:
    text = rules(role, keys=("app:*",), channels=("app:*",), flavour=server.flavour, version=server.version)
    conf = f"cluster-enabled yes\nport 0\nuser program on >{PASSWORD} {text}\n"
    with running(server, conf, tmp_path) as (path, _):
        assert not {name: no for name, calls in CLUSTER_LIBRARIES.items() if (no := refused(path, calls))}
