import pytest

from wizard.acl.commands import table
from wizard.acl.evaluate import is_allowed, selectors
from wizard.acl.presets import expected_access, role_of, rules, source
from wizard.acl.user import parse_line
from wizard.errors import InvalidValueError
from wizard.model.answers import AclRole
from wizard.model.facts.service import Flavour

SERVERS = [
    *((Flavour.REDIS, version) for version in ("6.0.16", "6.2.5", "7.0.15", "7.2.5", "7.4.1", "8.0.2", "8.6")),
    *((Flavour.VALKEY, version) for version in ("7.2.8", "8.0.1", "8.1.1", "9.1.2")),
]
ROLES = [role for role in AclRole if role is not AclRole.CUSTOM]
LIBRARIES = {
    "celery": "brpop del evalsha expire get hdel hget hset llen lpush rpush sadd srem sismember smembers set setex "
    "zadd zcount zrange zrem time script|exists script|load publish subscribe psubscribe multi exec watch",
    "rq": "blmove client|info del evalsha exists expire get hget hgetall hincrby hset llen lrange lrem persist rpush "
    "sadd script|load set smembers srem subscribe xadd xrevrange zadd zrange zrem zscore multi exec discard unwatch",
    "django": "del eval evalsha exists expire get incrby mget persist pexpire script|load select set ttl",
    "dramatiq": "brpoplpush del evalsha hdel hget hmget hset lpop lpush pexpire rpush sadd script|load srem zadd",
    "every client": "ping echo select client|setname client|getname client|id hello auth",
}


def text(role: AclRole, version: str = "8.0.2", flavour: Flavour = Flavour.REDIS) -> str:
    return rules(role, keys=["app:*"], channels=["app:*"], flavour=flavour, version=version)


@pytest.mark.parametrize(("flavour", "version"), SERVERS)
@pytest.mark.parametrize("role", ROLES)
def test_every_role_names_only_what_the_server_has(role: AclRole, flavour: Flavour, version: str) -> None:
    root, *others = selectors(text(role, version, flavour).split(), table(flavour, version))
    assert not root.unknown
    assert not others


@pytest.mark.parametrize(("flavour", "version"), SERVERS)
@pytest.mark.parametrize("role", ROLES)
def test_our_judgement_agrees_with_every_promise(role: AclRole, flavour: Flavour, version: str) -> None:
    rule = text(role, version, flavour)
    promised = expected_access(f"on {rule}", flavour=flavour, version=version)
    user = parse_line(f"user u on {rule}")
    assert promised.allowed
    assert promised.denied
    assert all(is_allowed(user, sample, flavour=flavour, version=version).allowed for sample in promised.allowed)
    assert not any(is_allowed(user, sample, flavour=flavour, version=version).allowed for sample in promised.denied)


@pytest.mark.parametrize("role", [AclRole.READ_ONLY, AclRole.APPLICATION, AclRole.PUBSUB])
def test_roles_of_programs_are_refused_every_dangerous_call_but_info(role: AclRole) -> None:
    assert len(expected_access(text(role), flavour=Flavour.REDIS, version="8.0.2").denied) == 49


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("flavour", "version"), [server for server in SERVERS if server[1] != "6.0.16"])
def test_an_application_can_do_what_its_library_needs(library: str, flavour: Flavour, version: str) -> None:
    user = parse_line(f"user u {text(AclRole.APPLICATION, version, flavour)}")
    needed = [name.split("|") for name in LIBRARIES[library].split()]
    refused = [
        name
        for name in needed
        if not is_allowed(user, name, keys=(), channels=(), flavour=flavour, version=version).allowed
    ]
    assert refused == []


@pytest.mark.parametrize("role", [AclRole.READ_ONLY, AclRole.APPLICATION])
def test_only_what_libraries_call_at_connect_comes_behind_dangerous(role: AclRole) -> None:
    for version in ("6.2.5", "8.0.2"):
        behind = text(role, version).partition(" -@dangerous ")[2].split()
        assert {rule for rule in behind if rule.startswith("+@")} == set()
        assert "+info" in behind


def test_places_patterns_without_doubles_and_nothing_beside_the_star() -> None:
    server = {"flavour": Flavour.REDIS, "version": "8.0.2"}
    given = rules(AclRole.APPLICATION, keys=["b:*", "a", "b:*"], channels=[], **server)  # type: ignore[arg-type]  # by their names
    assert given.startswith("resetchannels ~b:* ~a -@all ")
    star = rules(AclRole.READ_ONLY, keys=["a", "*"], channels=["x"], **server)  # type: ignore[arg-type]  # by their names
    assert star.startswith("resetchannels %R~* -@all ")


@pytest.mark.parametrize("pattern", ["", "a b", "a\n+@all"])
def test_no_pattern_can_bring_a_rule_of_its_own(pattern: str) -> None:
    with pytest.raises(InvalidValueError):
        rules(AclRole.APPLICATION, keys=[pattern], channels=[], flavour=Flavour.REDIS, version="8.0.2")


def test_own_rules_follow_the_patterns() -> None:
    own = rules(
        AclRole.CUSTOM, keys=["a"], channels=["b"], flavour=Flavour.REDIS, version="8.0.2", custom="+@read  -keys"
    )
    assert own == "resetchannels &b ~a -@all +@read -keys"


@pytest.mark.parametrize("word", ["~*", "&*", ">secret", "nopass", "on", "#x", "(+get)", "+", "allkeys", "reset"])
def test_own_rules_are_of_commands_alone(word: str) -> None:
    with pytest.raises(InvalidValueError):
        rules(AclRole.CUSTOM, keys=[], channels=[], flavour=Flavour.REDIS, version="8.0.2", custom=f"+get {word}")


def test_recognises_a_role_by_its_rules() -> None:
    for role in ROLES:
        assert role_of(text(role).split(), flavour=Flavour.REDIS, version="8.0.2") is role
    assert role_of(["~a", "+get"], flavour=Flavour.REDIS, version="8.0.2") is AclRole.CUSTOM
    assert role_of([], flavour=Flavour.REDIS, version="8.0.2") is AclRole.CUSTOM


def test_samples_are_made_of_the_users_own_names() -> None:
    rule = rules(AclRole.APPLICATION, keys=["other:*", "b"], channels=["ev:?"], flavour=Flavour.REDIS, version="8.0.2")
    promised = expected_access(rule, flavour=Flavour.REDIS, version="8.0.2")
    assert ("GET", "other:x") in promised.allowed
    assert ("PSUBSCRIBE", "ev:?") in promised.allowed
    assert ("SUBSCRIBE", "ev:x") in promised.allowed
    assert ("GET", "redis-wizard:foreign") in promised.denied
    assert ("PSUBSCRIBE", "*") in promised.denied


def test_a_user_of_all_keys_has_no_foreign_ones() -> None:
    rule = rules(AclRole.APPLICATION, keys=["*"], channels=["*"], flavour=Flavour.REDIS, version="8.0.2")
    promised = expected_access(rule, flavour=Flavour.REDIS, version="8.0.2")
    assert not any(sample[0] in ("GET", "SUBSCRIBE", "PSUBSCRIBE") for sample in promised.denied)
    assert ("FLUSHALL",) in promised.denied


def test_samples_can_be_queued_in_a_transaction() -> None:
    ends = {"MULTI", "EXEC", "DISCARD", "WATCH", "RESET", "QUIT", "AUTH", "HELLO"}
    for role in ROLES:
        promised = expected_access(text(role), flavour=Flavour.REDIS, version="6.2.5")
        assert not any(sample[0] in ends for sample in (*promised.allowed, *promised.denied))


def test_every_role_says_what_it_rests_on() -> None:
    assert all(source(role, version=version) for role in AclRole for version in ("6.2.5", "8.0.2"))
