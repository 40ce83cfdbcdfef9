"""No role below administrator shows a password, a hash or an argument of others, on any server.

The commands that do are found on the servers themselves: every command is run on one that is full of secrets.
"""

import socket
from pathlib import Path

import pytest

from tests.support.revealing import MASTERAUTH, Rich, revealing, rich_server
from tests.support.servers import Server, server
from wizard.acl.commands import table
from wizard.acl.evaluate import is_allowed
from wizard.acl.presets import former_rules, rules, taken_from
from wizard.acl.user import from_rules
from wizard.model.answers import AclRole

__all__ = ("server",)

pytestmark = pytest.mark.server

REVEALING = {"acl list", "acl getuser", "acl log", "config get", "slowlog get", "monitor"}
ROLES = [role for role in AclRole if role not in {AclRole.CUSTOM, AclRole.ADMINISTRATOR}]


def test_the_servers_say_which_commands_reveal_secrets(server: Server, tmp_path: Path) -> None:
    with rich_server(server, tmp_path) as rich:
        found = revealing(rich, "planted", every_command(server))
    more = {"commandlog get"} if server.key in {"v81", "v91"} else set()
    assert found.keys() == REVEALING | more, found


def test_no_role_below_administrator_reveals_a_secret(server: Server, tmp_path: Path) -> None:
    with rich_server(server, tmp_path) as rich:
        found = {role: revealing(rich, *entered(rich, role, role_rules(rich, role))) for role in ROLES}
    assert not {role: shown for role, shown in found.items() if shown}


def test_the_former_rules_did(server: Server, tmp_path: Path) -> None:
    known = {"flavour": server.flavour, "version": server.version}
    with rich_server(server, tmp_path) as rich:
        for role in (AclRole.OPERATIONS, AclRole.EXPORTER):
            text = former_rules(role, **known)  # type: ignore[arg-type]  # by their names
            found = revealing(rich, *entered(rich, role, text))
            assert {name.upper() for name in found} == set(taken_from(role).split(", ")), role


def test_only_a_sentinel_can_send_the_server_elsewhere_with_its_password(server: Server, tmp_path: Path) -> None:
    able = {role for role in ROLES if {"slaveof", "replicaof", "migrate"} & {*allowed(server, role)}}
    assert able == {AclRole.SENTINEL}
    with rich_server(server, tmp_path) as rich, socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.listen()
        elsewhere.settimeout(10)
        rich.set_user("sentinel", role_rules(rich, AclRole.SENTINEL).split())
        with rich.enter("sentinel") as session:
            session.ask("SLAVEOF", "127.0.0.1", str(elsewhere.getsockname()[1]))
        connection, _ = elsewhere.accept()
        connection.settimeout(10)
        heard = b""
        while MASTERAUTH.encode() not in heard:
            chunk = connection.recv(4096)
            assert chunk, heard
            heard += chunk
            connection.sendall(b"+PONG\r\n" if b"PING" in chunk else b"")
        connection.close()


def every_command(server: Server) -> list[str]:
    return sorted(table(server.flavour, server.version).categories)


def allowed(server: Server, role: AclRole) -> list[str]:
    text = rules(role, keys=["app:*"], channels=["app:*"], flavour=server.flavour, version=server.version)
    user = from_rules("u", text.split())
    return [
        name
        for name in every_command(server)
        if is_allowed(
            user, name.split("|"), keys=(), channels=(), flavour=server.flavour, version=server.version
        ).allowed
    ]


def role_rules(rich: Rich, role: AclRole) -> str:
    return rules(role, keys=["app:*"], channels=["app:*"], flavour=rich.server.flavour, version=rich.server.version)


def entered(rich: Rich, role: AclRole, text: str) -> tuple[str, list[str]]:
    """Make a user of these rules; every command is tried, also those that our own judgement refuses."""
    rich.set_user(role.value, text.split())
    return role.value, every_command(rich.server)
