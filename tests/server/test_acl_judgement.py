"""Our judgement of users is the server's."""

from pathlib import Path
from random import Random

import pytest

from tests.support import acl_random
from tests.support.acl_server import acl_server
from tests.support.servers import Server, server
from wizard.acl.commands import table
from wizard.acl.equivalence import same
from wizard.acl.evaluate import is_allowed
from wizard.acl.presets import expected_access, role_of, rules
from wizard.acl.user import from_rules, parse_line
from wizard.model.answers import AclRole

__all__ = ("server",)

pytestmark = pytest.mark.server

USERS = 25
ROLES = [role for role in AclRole if role is not AclRole.CUSTOM]


def test_judges_random_users_as_the_server_does(server: Server, tmp_path: Path) -> None:
    random = Random(server.key)  # noqa: S311 - the same cases each time
    known = table(server.flavour, server.version)
    wrong, judged, let_in = [], 0, 0
    with acl_server(server, tmp_path) as asked:
        for number in range(USERS):
            words = acl_random.rules(random, known)
            asked.set_user("u", ["on", *words])
            queues = ["+multi", "+discard"] if server.key == "r62" else []
            user = from_rules("u", [*words, *queues])
            commands = acl_random.commands(random, 60) if number else acl_random.every_command(random)
            for command, allowed in asked.judge("u", commands):
                judged, let_in = judged + 1, let_in + allowed
                verdict = is_allowed(user, command, flavour=server.flavour, version=server.version)
                if verdict.allowed is not allowed:
                    wrong.append((words, command, verdict))
    assert not wrong
    assert judged > USERS * 40
    assert 0 < let_in < judged


def test_says_the_same_of_what_the_server_made_of_rules(server: Server, tmp_path: Path) -> None:
    random = Random(f"list {server.key}")  # noqa: S311 - the same cases each time
    known = table(server.flavour, server.version)
    with acl_server(server, tmp_path) as asked:
        for _ in range(USERS):
            words = ["on", ">secret", *acl_random.rules(random, known)]
            asked.set_user("u", words)
            line = asked.line("u")
            wanted, found = from_rules("u", words), parse_line(line)
            assert same(wanted, found, flavour=server.flavour, version=server.version), (words, line)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("keys", "channels"), [(("app:*",), ("app:*",)), (("a", "b?[0-9]*"), ("x", "y:*")), (("*",), ("*",))]
)
def test_a_role_keeps_its_promise(
    server: Server, tmp_path: Path, role: AclRole, keys: tuple[str, ...], channels: tuple[str, ...]
) -> None:
    text = rules(role, keys=keys, channels=channels, flavour=server.flavour, version=server.version)
    promised = expected_access(f"on {text}", flavour=server.flavour, version=server.version)
    with acl_server(server, tmp_path) as asked:
        assert asked.load(f"user default on nopass ~* &* +@all\nuser u on nopass {text}\n".encode()) == ""
        assert role_of(parse_line(f"user u {text}").rules, flavour=server.flavour, version=server.version) is role
        allowed = dict(asked.judge("u", promised.allowed))
        denied = dict(asked.judge("u", promised.denied))
    assert allowed == dict.fromkeys(promised.allowed, True)
    assert denied == dict.fromkeys(promised.denied, False)
    assert promised.allowed
    assert promised.denied


@pytest.mark.parametrize(
    ("text", "allowed", "denied"),
    [
        ("resetchannels ~app:* &app:* -@all +@read +set +config|get -keys", ("CONFIG", "GET", "*"), ("KEYS", "*")),
        ("~* &* +@all", ("FLUSHALL",), None),
        ("~app:* &* +@all -@dangerous", ("SCAN", "0"), ("FLUSHALL",)),
    ],
)
def test_an_own_role_is_promised_what_its_rules_say(
    server: Server, tmp_path: Path, text: str, allowed: tuple[str, ...], denied: tuple[str, ...] | None
) -> None:
    promised = expected_access(text, flavour=server.flavour, version=server.version)
    with acl_server(server, tmp_path) as asked:
        assert asked.load(f"user default on nopass ~* &* +@all\nuser u on nopass {text}\n".encode()) == ""
        judged_allowed = dict(asked.judge("u", promised.allowed))
        judged_denied = dict(asked.judge("u", promised.denied))
    assert judged_allowed == dict.fromkeys(promised.allowed, True)
    assert judged_denied == dict.fromkeys(promised.denied, False)
    assert allowed in promised.allowed
    assert denied is None or denied in promised.denied
