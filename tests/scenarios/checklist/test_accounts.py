"""Users as they are met on hosts, each with the truth beside it: what an expert says of items 6 to 13."""

from dataclasses import dataclass
from zlib import crc32

import pytest

from tests.scenarios.checklist.cases.hosts import HARD, LOCKED, STOPPED, TODAY, with_role
from tests.support.facts_builder import ACL_FILE, FINGERPRINT, acl, client, with_file, with_instance, with_live
from tests.support.facts_builder import unreadable as lost
from wizard.acl.rights import canonical
from wizard.checklist.registry import check
from wizard.model.facts.configuration import ConfigFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.facts.service import Role
from wizard.model.finding import Finding, State
from wizard.model.rights import Rights, TriedRights, WeakPassword
from wizard.model.value import replace

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = State.PASS, State.FAIL, State.UNKNOWN, State.NOT_APPLICABLE
OFF = "user default off ~* &* +@all"
ADMIN = f"user admin on #{FINGERPRINT} ~* &* +@all"
APP = f"user app on #{FINGERPRINT} ~app:* resetchannels -@all +@read +@write -@dangerous -scan -randomkey -dbsize"
RIGHTS = ("7", "11", "12", "13")


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    facts: HostFacts
    truth: dict[str, State]
    says: str = ""


def users(*lines: str, clients: tuple[ClientGroup, ...] = ()) -> HostFacts:
    """The hardened host with these users alone, live and in the ACL file, each with a password of its own."""
    own = tuple(line.replace(FINGERPRINT, f"~{crc32(line.split()[1].encode()):08x}") for line in lines)
    return with_live(with_instance(HARD, acl=acl(own)), acl=own, clients=clients)


def app(rules: str) -> HostFacts:
    return users(OFF, ADMIN, f"user app on #{FINGERPRINT} {rules}")


def all_(state: State, items: tuple[str, ...] = RIGHTS) -> dict[str, State]:
    return dict.fromkeys(items, state)


def case(name: str, facts: HostFacts, truth: dict[str, State], says: str = "") -> Case:
    return Case(name=name, facts=facts, truth=truth, says=says)


EVERY_RIGHT = [
    case(f"F1 {rules}", app(rules), all_(FAIL))
    for rules in (
        "~* &* +@all",
        "~app:* +@all -@dangerous +config",
        "~app:* resetchannels -@all +get +config|set",
        "~app:* -@dangerous +@all",
        "~app:* resetchannels -@all +get +acl",
        "~app:* resetchannels -@all +get +acl|setuser",
        "~app:* +@all -@dangerous +@admin",
        "~app:* resetchannels -@all +get (~* +@all)",
        "allkeys allchannels allcommands",
        "~app:* resetchannels -@all +get +module|load",
    )
]

WITHOUT_KEYS = [
    case(
        "F2 monitor",
        users(OFF, ADMIN, APP, f"user spy on #{FINGERPRINT} resetkeys -@all +monitor"),
        {"7": FAIL, "13": FAIL},
        "MONITOR",
    ),
    case(
        "F2 psync",
        users(OFF, ADMIN, APP, f"user spy on #{FINGERPRINT} resetkeys -@all +psync +replconf"),
        {"7": FAIL, "13": FAIL},
    ),
    case(
        "F2 flushall",
        users(OFF, ADMIN, APP, f"user spy on #{FINGERPRINT} resetkeys -@all +flushall"),
        {"7": FAIL, "11": FAIL, "13": FAIL},
    ),
    case(
        "a replica's own",
        users(OFF, ADMIN, APP, f"user replica on #{FINGERPRINT} resetkeys -@all +psync +replconf"),
        all_(PASS),
    ),
    case(
        "a connected replica's own",
        users(
            OFF,
            ADMIN,
            APP,
            f"user r1 on #{FINGERPRINT} -@all +psync +replconf",
            clients=(client(user="r1", replica=True),),
        ),
        all_(PASS),
    ),
    case(
        "more than a replica needs",
        users(OFF, ADMIN, APP, f"user replica on #{FINGERPRINT} -@all +psync +flushall"),
        {"11": FAIL, "13": FAIL},
    ),
    case(
        "an exporter",
        users(OFF, ADMIN, APP, f"user exporter on #{FINGERPRINT} resetchannels -@all +info +config|get +slowlog|get"),
        all_(PASS),
    ),
    case(
        "an exporter with keys",
        users(OFF, ADMIN, APP, f"user exporter on #{FINGERPRINT} ~app:* resetchannels -@all +info +slowlog|get"),
        {"13": FAIL},
    ),
]

FIRST_ARGUMENTS = [
    case(
        "F3 flushall|async",
        app("~app:* resetchannels -@all +flushall|async"),
        {"11": FAIL, "13": FAIL},
        "FLUSHALL ASYNC",
    ),
    case(
        "F3 shutdown|nosave",
        app("~app:* resetchannels -@all +shutdown|nosave"),
        {"11": FAIL, "13": FAIL},
        "SHUTDOWN NOSAVE",
    ),
    case(
        "F3 debug|segfault",
        app("~app:* resetchannels -@all +debug|segfault"),
        {"11": FAIL, "13": FAIL},
        "DEBUG SEGFAULT",
    ),
    case("F3 debug|object", app("~app:* resetchannels -@all +debug|object"), {"11": FAIL, "13": FAIL}),
    case("F3 keys|a*", app("~app:* resetchannels -@all +keys|a*"), {"12": FAIL, "13": FAIL}, "KEYS A*"),
]

PATTERNS = [
    case(f"F4 {rule}", app(f"resetchannels {rule} -@all +get +subscribe"), {"7": FAIL})
    for rule in ("~**", "~?*", "~[^\x01]*", "~*:*", "~[a-z]*", "~*[0-9]*", "&**", "&?*", "%R~**")
]

PEOPLE = [
    case("an administrator's account", users(OFF, ADMIN, APP), all_(PASS)),
    case("the only login", users(OFF, ADMIN), all_(FAIL) | {"9": FAIL}, '"admin"'),
    case("two of them alone", users(OFF, ADMIN, f"user root on #{FINGERPRINT} ~* &* +@all"), all_(FAIL)),
    case(
        "no title, no application seen",
        users(OFF, APP, f"user webshop on #{FINGERPRINT} ~* &* +@all"),
        all_(FAIL),
        "webshop",
    ),
    case(
        "F1 an application as administrator",
        users(OFF, ADMIN, APP, clients=(client(user="admin", library="ioredis 5.4.0", name="shop"),)),
        all_(FAIL) | {"9": FAIL},
    ),
    case(
        "a service's name is enough",
        users(OFF, ADMIN, APP, clients=(client(user="admin", library="", name="shop"),)),
        all_(FAIL),
    ),
    case(
        "nobody knows who it is",
        users(OFF, ADMIN, APP, clients=(client(user="admin", library=""),)),
        all_(UNKNOWN),
        "may be an application",
    ),
    case(
        "the login of this check",
        with_live(users(OFF, APP, f"user olga on #{FINGERPRINT} ~* &* +@all", clients=(client(),)), user="olga"),
        all_(PASS),
    ),
    case(
        "the application's login for this check",
        with_live(users(OFF, APP, f"user myapp on #{FINGERPRINT} ~* &* +@all"), user="myapp"),
        all_(FAIL),
    ),
    case(
        "CLIENT LIST refused",
        with_live(users(OFF, ADMIN, APP), unreadable=(lost("CLIENT LIST"),)),
        all_(UNKNOWN) | {"8": UNKNOWN, "9": UNKNOWN},
    ),
    case("N7 no password, no login", users(OFF, ADMIN, APP, "user locked on resetpass ~* +@all"), all_(PASS)),
    case(
        "off, but still connected",
        users(OFF, ADMIN, APP, f"user old off #{FINGERPRINT} ~* &* +@all", clients=(client(user="old"),)),
        all_(FAIL),
    ),
    case(
        "default without a session",
        users(OFF, ADMIN, APP, clients=(client(user="default", library=""),)),
        all_(PASS) | {"8": UNKNOWN},
    ),
    case(
        "F6 default with one",
        users(OFF, ADMIN, APP, clients=(client(user="default", library="", active=True),)),
        all_(FAIL) | {"8": FAIL},
    ),
]

SERVICES = [
    case(
        "F7 two names",
        users(OFF, ADMIN, APP, clients=(client(name="billing"), client(name="shop"))),
        {"9": FAIL},
        "billing, shop",
    ),
    case(
        "F7 without library",
        users(OFF, ADMIN, APP, clients=(client(name="billing", library=""), client(name="shop", library=""))),
        {"9": FAIL},
    ),
    case(
        "F7 as administrator",
        users(OFF, ADMIN, APP, clients=(client(name="billing"), client(user="admin", name="shop"))),
        {"9": FAIL},
        "administrator",
    ),
    case(
        "one service, many processes",
        users(
            OFF,
            ADMIN,
            APP,
            clients=(
                client(name="billing-7d9f8b6c5-xkqzv"),
                client(name="billing-7d9f8b6c5-bb2cd"),
                client(name="billing-2"),
            ),
        ),
        {"9": NOT_APPLICABLE},
    ),
    case(
        "an unused user more",
        users(OFF, ADMIN, APP, f"user more on #{FINGERPRINT} -@all", clients=(client(),)),
        {"9": NOT_APPLICABLE},
    ),
]


def weak(name: str, facts: HostFacts, why: str = "is a common one", user: str = "app", *, file: bool = False) -> Case:
    told = (WeakPassword(user=user, why=why, source="somewhere"),)
    changed = with_instance(facts, acl=acl(weak_passwords=told)) if file else with_live(facts, weak_passwords=told)
    return case(name, changed, {"6": FAIL, "Xpasswords": FAIL}, why)


def _foobared() -> HostFacts:
    facts = with_instance(with_file(STOPPED, "requirepass ********", without=["aclfile"]), acl=None)
    config = facts.instances[0].config
    assert isinstance(config, ConfigFacts)
    told = (WeakPassword(user="default", why="is a common one", source="/etc/redis/redis.conf:1"),)
    return with_instance(facts, config=replace(config, weak_passwords=told))


FOOBARED = _foobared()
PASSWORDS = [
    weak("F5 live", HARD),
    weak("F5 the user's name", HARD, "is made of the user's name", file=True),
    weak("C1 empty", HARD, "is empty", file=True),
    case("F5 requirepass in the file", FOOBARED, {"6": FAIL}, '"default" is a common one'),
    case(
        "a weak one of a user that is off",
        with_live(HARD, weak_passwords=(WeakPassword(user="default", why="is a common one", source="live"),)),
        {"6": PASS, "Xpasswords": FAIL},
    ),
    case(
        "M6 nothing could be read",
        with_instance(LOCKED, acl=None, config=lost("redis.conf")),
        {"Xpasswords": UNKNOWN},
        "could not be read",
    ),
]

ROLES = [
    case(
        "N4 Sentinel", with_role(HARD, Role.SENTINEL), all_(NOT_APPLICABLE, ("7", "11", "12", "17", "18", "21", "25"))
    ),
    case(
        "M3 stopped", STOPPED, all_(PASS, ("6", "7", "8", "11", "12", "13")) | {"9": UNKNOWN}, "The server does not run"
    ),
    case("M5 SCAN", app("~app:* resetchannels -@all +get +scan +dbsize"), {"7": PASS}, "DBSIZE, SCAN"),
    case(
        "M5 shared keys",
        users(OFF, ADMIN, APP, APP.replace("user app", "user two")),
        {"7": PASS},
        "share the keys app:*",
    ),
]

CASES = [*EVERY_RIGHT, *WITHOUT_KEYS, *FIRST_ARGUMENTS, *PATTERNS, *PEOPLE, *SERVICES, *PASSWORDS, *ROLES]


def findings(facts: HostFacts) -> dict[str, Finding]:
    report = check(facts, today=TODAY)
    return {each.id: each for each in (*report.items, *report.extra)}


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_users_are_judged_as_they_are(each: Case) -> None:
    found = findings(each.facts)
    assert {item: (found[item].state, found[item].summary) for item in each.truth} == {
        item: (state, found[item].summary) for item, state in each.truth.items()
    }
    assert not each.says or any(each.says in found[item].summary for item in each.truth)


def test_the_servers_own_answer_goes_before_the_rules() -> None:
    rules = ("~app:*", "resetchannels", "-@all", "+get")
    facts = app(" ".join(rules))
    assert findings(facts)["13"].state is PASS
    tried = TriedRights(rules=canonical(rules), rights=Rights(commands=("ft.drop", "flushall|async"), foreign=()))
    found = findings(with_live(facts, rights=(tried,)))
    assert (found["11"].state, found["13"].state) == (FAIL, FAIL)
    good = findings(with_live(facts, rights=(TriedRights(rules=canonical(rules), rights=Rights()),)))["13"]
    assert {each.source for each in good.evidence} >= {"live server, ACL DRYRUN", str(ACL_FILE)}


def test_a_renamed_config_asks_for_no_login() -> None:
    server = HARD.instances[0].live
    assert isinstance(server, LiveServer)
    blind = replace(server, config={}, missing_commands=("config",), unreadable=(lost("CONFIG GET"),))
    found = findings(with_instance(HARD, live=blind))["18"]
    assert found.state is UNKNOWN
    assert "rename-command" in found.summary
    assert "--user" not in found.fix


def test_many_users_make_a_short_sentence() -> None:
    many = [f"user u{number} on #{FINGERPRINT} ~* &* +@all" for number in range(1000)]
    found = findings(users(OFF, *many))
    assert all(
        len(found[item].summary) < 250 and len(found[item].evidence) < 60 for item in ("6", "7", "9", "11", "13")
    )
    assert "and 995 more" in found["11"].summary
