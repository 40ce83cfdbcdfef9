"""What is wrong with answers, beside their fields."""

from typing import Any

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import recommended, stock
from wizard.model.answers import AclRole, Answers, DefaultUser, Durability, Plaintext, Purpose, UserAnswer
from wizard.model.facts.host import HostFacts
from wizard.model.value import replace
from wizard.planning.recommend.answers import recommend
from wizard.planning.validation.host import FieldProblem, validate_for_host

FACTS = stock().detect()[0]
CLIENT = build.client(user="default", address="10.0.4.21", listener="10.0.4.7:6379", count=5)


def found(facts: HostFacts = FACTS, **sections: dict[str, Any]) -> dict[str, FieldProblem]:
    answers = recommend(facts, facts.instances[0]).answers
    for name, over in sections.items():
        answers = replace(answers, **{name: replace(getattr(answers, name), **over)})
    return {each.field: each for each in validate_for_host(answers, facts, facts.instances[0])}


def test_recommended_answers_have_no_problem() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("section", "over", "field", "text"),
    [
        ("network", {"bind": ("10.9.9.9",)}, "network.bind", "10.9.9.9 is on no interface"),
        ("network", {"bind": ("interface:eth7",)}, "network.bind", "eth7"),
        ("network", {"bind": ("nowhere",)}, "network.bind", "is not an address"),
        (
            "network",
            {"unix_socket_permissions": "777"},
            "network.unix_socket_permissions",
            "777 allows every local user to connect",
        ),
        ("network", {"unix_socket_permissions": "0888"}, "network.unix_socket_permissions", "not octal"),
        ("network", {"unix_socket": "redis.sock"}, "network.unix_socket", "is not a path"),
        ("network", {"unix_socket": "/run/../etc/x"}, "network.unix_socket", "is not a path"),
        ("network", {"port": 70000}, "network.port", "out of range"),
        ("memory", {"maxmemory": "100gb"}, "memory.maxmemory", "Bigger than what is left"),
        ("memory", {"maxmemory": "lots"}, "memory.maxmemory", "not an amount"),
        ("memory", {"copy_on_write_percent": 101}, "memory.copy_on_write_percent", "0 to 100"),
        ("memory", {"samples": 65}, "memory.samples", "1 to 64"),
        ("acl", {"users": ()}, "acl.users", "No enabled administrator"),
        ("acl", {"file": "users.acl"}, "acl.file", "not an absolute path"),
        ("commands", {"disable": ("getx",)}, "commands.disable", "not a command of this server"),
        ("tls", {"port": 6379}, "tls.port", "the plaintext port"),
        ("tls", {"server_days": 900}, "tls.server_days", "1 to 825"),
        ("tls", {"server_days": 800, "authority_days": 90}, "tls.server_days", "The CA ends after 90 days"),
        ("tls", {"names": ("bad name",)}, "tls.names", "neither a host name"),
        ("tls", {"authority": "ca.pem"}, "tls.authority", "not an absolute path"),
        ("persistence", {"snapshots": ("3600",)}, "persistence.snapshots", "not a save point"),
        ("persistence", {"durability": Durability.SNAPSHOTS, "snapshots": ()}, "persistence.snapshots", "save no data"),
        ("audit", {"keyspace_events": "KQ"}, "audit.keyspace_events", "Unknown class 'Q'"),
        ("audit", {"log_level": "loud"}, "audit.log_level", "not a level"),
    ],
)
def test_a_wrong_answer_is_told_beside_its_field(section: str, over: dict[str, Any], field: str, text: str) -> None:
    problem = found(FACTS, **{section: over})[field]
    assert text in problem.text
    assert problem.blocking
    assert len(problem.text.splitlines()) == 1


def test_a_port_of_another_program_is_named_with_it() -> None:
    taken = replace(FACTS, listeners=(build.listener("0.0.0.0", 8080, pid=812, process="nginx"),))  # noqa: S104 - a text, nothing is bound
    assert found(taken, network={"port": 8080})["network.port"].text == "Port 8080 is used by nginx (pid 812)."


def test_a_public_address_needs_users_and_tls() -> None:
    both = found(network={"bind": ("203.0.113.7",)})["network.bind"]
    assert not both.blocking
    open_door = found(network={"bind": ("203.0.113.7",)}, tls={"enabled": False})["network.bind"]
    assert open_door.blocking
    assert "needs TLS (step 5) and users (step 3) first" in open_door.text


def test_a_limit_below_what_is_in_use_is_told() -> None:
    used = build.with_live(FACTS, info={"used_memory": str(6 << 30)})
    assert (
        "Below what the server uses now (6.0 GiB)" in found(used, memory={"maxmemory": "1gb"})["memory.maxmemory"].text
    )


def test_a_policy_that_can_evict_little_is_told() -> None:
    info = {"used_memory": "1", "db0": "keys=1000,expires=30,avg_ttl=0"}
    told = found(build.with_live(FACTS, info=info), memory={"purpose": Purpose.CACHE_MIXED})["memory.policy"]
    assert told.text == "Only 3 % of keys can be evicted: the effect is that of noeviction."


def test_clients_that_would_be_lost_are_counted() -> None:
    seen = build.with_live(FACTS, clients=(CLIENT,))
    told = found(seen, acl={"default_user": DefaultUser.OFF}, tls={"plaintext": Plaintext.CLOSE})
    assert "5 clients at 10.0.4.21" in told["acl.default_user"].text
    assert "5 clients" in told["tls.plaintext"].text
    assert not told["acl.default_user"].blocking


@pytest.mark.parametrize(
    ("user", "field", "blocking"),
    [
        (UserAnswer(name="a b", role=AclRole.APPLICATION, keys=("a:*",)), "acl.users.a b.name", True),
        (UserAnswer(name="a", role=AclRole.APPLICATION, keys=("*",)), "acl.users.a.keys", False),
        (UserAnswer(name="a", role=AclRole.APPLICATION), "acl.users.a.keys", False),
        (UserAnswer(name="a", role=AclRole.APPLICATION, keys=("a b",)), "acl.users.a.keys", True),
        (UserAnswer(name="a", role=AclRole.CUSTOM, rules="get"), "acl.users.a.rules", True),
        (UserAnswer(name="a", role=AclRole.HEALTH, rules="+get"), "acl.users.a.rules", True),
        (UserAnswer(name="admin", role=AclRole.HEALTH), "acl.users.admin.name", True),
    ],
)
def test_a_users_field_is_named(user: UserAnswer, field: str, *, blocking: bool) -> None:
    users = (*recommended(stock()).acl.users, user)
    assert found(acl={"users": users})[field].blocking is blocking


def test_without_a_server_only_forms_are_judged() -> None:
    assert validate_for_host(Answers(), replace(FACTS, instances=()), None) == ()
    wrong = replace(Answers(), network=replace(Answers().network, port=-1))
    assert [each.field for each in validate_for_host(wrong, FACTS, None)] == ["network.port"]
