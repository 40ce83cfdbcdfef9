"""The strongest answers that break no client seen connected."""

import re
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import change, ids, planned, recommended, stock
from wizard.model.answers import AclRole, Answers, DefaultUser, Durability, EvictionPolicy, Plaintext, Purpose
from wizard.model.facts.configuration import NameSample
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.network import Scope
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.validation.host import validate_for_host


def of(facts: HostFacts) -> Answers:
    return recommend(facts, facts.instances[0]).answers


def live(**over: object) -> HostFacts:
    return build.with_live(stock().detect()[0], **over)  # type: ignore[arg-type]


def test_a_pristine_host_is_closed_altogether() -> None:
    made = recommended(stock())
    assert made.network.bind == ("loopback",)
    assert made.tls.plaintext is Plaintext.DRAIN
    assert change(planned(stock()), "directive:port").live == "0"
    assert made.acl.default_user is DefaultUser.OFF
    assert made.persistence.durability is Durability.SECOND
    assert [(user.name, user.role) for user in made.acl.users] == [
        ("app", AclRole.APPLICATION),
        ("admin", AclRole.ADMINISTRATOR),
    ]


def test_a_private_address_that_clients_use_stays_bound() -> None:
    world = stock("bind 0.0.0.0\n", clients=(build.client(listener="10.0.4.7:6379", address="10.0.4.21"),))
    assert recommended(world).network.bind == ("loopback", "-interface:eth1")


def test_a_private_address_that_is_named_stays_bound() -> None:
    assert "-interface:eth1" in recommended(stock("bind 10.0.4.7 127.0.0.1\n")).network.bind


def test_a_public_address_is_never_recommended() -> None:
    world = stock("bind 0.0.0.0\n", clients=(build.client(listener="203.0.113.7:6379", address="198.51.100.9"),))
    facts, _ = world.detect()
    made = recommend(facts, facts.instances[0])
    assert made.answers.network.bind == ("loopback",)
    assert "public 203.0.113.7" in made.reasons["network.bind"].why


def test_an_interface_with_a_public_address_is_not_named_as_a_whole() -> None:
    mixed = build.interface("eth0", *build.INTERFACES[1].addresses, *build.INTERFACES[2].addresses)
    reached = live(config={"bind": "10.0.4.7"}, clients=(build.client(listener="10.0.4.7:6379"),))
    facts = replace(reached, interfaces=(build.INTERFACES[0], mixed))
    assert of(facts).network.bind == ("loopback", "-10.0.4.7")


def test_an_address_that_is_no_longer_bound_is_not_bound_again_for_an_old_connection() -> None:
    assert of(live(clients=(build.client(listener="10.0.4.7:6379"),))).network.bind == ("loopback",)


def test_an_interface_is_not_named_where_one_of_its_addresses_was_closed() -> None:
    eth1 = build.interface("eth1", *build.INTERFACES[2].addresses, build.address("10.0.4.8", Scope.PRIVATE))
    facts = replace(live(config={"bind": "10.0.4.8"}), interfaces=(build.INTERFACES[0], eth1))
    assert of(facts).network.bind == ("loopback", "-10.0.4.8")


def test_clients_on_the_plain_port_keep_it_open() -> None:
    world = stock(clients=(build.client(listener="127.0.0.1:6379"),))
    assert recommended(world).tls.plaintext is Plaintext.DRAIN
    assert "directive:port" not in ids(planned(world))


def test_clients_of_the_default_user_keep_it_on() -> None:
    assert of(live(clients=(build.client(user="default"),))).acl.default_user is DefaultUser.KEEP


def test_who_cannot_be_seen_is_not_cut_off() -> None:
    made = recommended(stock(login=False))
    assert made.tls.plaintext is Plaintext.DRAIN
    assert "directive:port" not in ids(planned(stock(login=False)))
    assert made.acl.default_user is DefaultUser.KEEP


def test_a_login_that_may_not_list_clients_sees_nobody_and_cuts_off_nobody() -> None:
    refused = (Unreadable(what="CLIENT LIST", why="NOPERM"),)
    made = of(live(unreadable=refused))
    assert made.tls.plaintext is Plaintext.DRAIN
    assert made.acl.default_user is DefaultUser.KEEP


def test_a_port_that_is_closed_stays_closed_whoever_looks() -> None:
    assert recommended(stock("port 0\n")).tls.plaintext is Plaintext.CLOSE
    assert recommended(stock("port 0\n", login=False)).tls.plaintext is Plaintext.CLOSE


def in_a_tree(facts: HostFacts) -> HostFacts:
    return replace(facts, tree=PurePosixPath("/srv/image"), interfaces=())


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (stock(running=False).detect()[0], "The server is down"),
        (in_a_tree(stock(running=False).detect()[0]), "This is a directory tree"),
    ],
)
def test_a_server_that_was_not_looked_at_may_have_clients(facts: HostFacts, why: str) -> None:
    made = recommend(facts, facts.instances[0])
    assert made.answers.tls.plaintext is Plaintext.DRAIN
    assert made.answers.acl.default_user is DefaultUser.KEEP
    assert made.answers.audit.timeout_seconds == 0
    for name in ("tls.plaintext", "acl.default_user", "network.bind", "audit.timeout_seconds"):
        assert made.reasons[name].why.startswith(why)


def test_no_login_is_asked_for_where_none_would_show_the_clients() -> None:
    world = stock(running=False)
    opening = planned(world).exposure.plaintext
    assert opening is not None
    assert opening.close.startswith('set tls.plaintext = "close"')
    opening = planned(stock(login=False)).exposure.plaintext
    assert opening is not None
    assert "give a login" in opening.close


def test_addresses_that_the_file_of_a_tree_names_stay_bound() -> None:
    facts = in_a_tree(stock("bind 127.0.0.1 10.0.0.5\n", running=False).detect()[0])
    assert of(facts).network.bind == ("loopback", "-10.0.0.5")


BRIEF = {"total_connections_received": "900", "uptime_in_seconds": "864000", "used_memory": "1"}


@pytest.mark.parametrize(
    ("over", "unseen"),
    [
        ({"info": BRIEF, "command_calls": {"get": 150}}, True),
        (
            {"info": {**BRIEF, "total_connections_received": "50"}, "command_calls": {"get": 90, "client|setname": 2}},
            True,
        ),
        ({"info": BRIEF, "command_calls": {"get": 150, "client|setname": 450}}, False),
        ({"info": BRIEF, "command_calls": {"get": 3, "info": 500}}, False),
        ({"info": BRIEF, "command_calls": {"get": 150}, "clients": (build.client(user="shop"),)}, False),
        (
            {
                "info": {**BRIEF, "uptime_in_seconds": "600"},
                "command_calls": {"get": 150},
                "clients": (build.client(user="shop"),),
            },
            True,
        ),
    ],
    ids=["php", "cron", "own looks", "an operator", "a pool", "php beside a pool"],
)
def test_clients_that_connect_for_moments_are_seen_in_the_counters(over: dict[str, object], *, unseen: bool) -> None:
    facts = live(**over)
    made = recommend(facts, facts.instances[0])
    assert (made.answers.acl.default_user is DefaultUser.KEEP) is unseen
    assert ("programs connect for moments" in made.reasons["acl.default_user"].why) is unseen
    assert ("programs connect for moments" in made.reasons["tls.plaintext"].why) is unseen
    assert ("directive:port" in ids(plan(facts, stock().detect()[1], made.answers))) is not unseen


def test_a_client_of_default_that_acl_log_names_keeps_it() -> None:
    facts = live(refused=(build.client(user="default", address="10.0.4.21"),))
    made = recommend(facts, facts.instances[0])
    assert made.answers.acl.default_user is DefaultUser.KEEP
    assert "ACL LOG names 1 connection from 10.0.4.21" in made.reasons["acl.default_user"].why
    assert of(live(refused=(build.client(user="shop"),))).acl.default_user is DefaultUser.OFF


def test_refusals_of_a_default_user_that_reaches_nothing_keep_nothing() -> None:
    world = stock("user default on nopass -@all +auth +hello\nuser admin on >secret-one ~* &* +@all\n")
    tried = (build.client(user="default", address="127.0.0.1", library=""),)
    assert of(build.with_live(world.detect()[0], refused=tried, user="admin")).acl.default_user is DefaultUser.OFF


def test_the_policy_in_force_tells_the_purpose() -> None:
    assert recommended(stock("maxmemory-policy allkeys-lru\n")).memory.purpose is Purpose.CACHE_RECENT
    custom = recommended(stock("maxmemory-policy volatile-ttl\n")).memory
    assert (custom.purpose, custom.policy) == (Purpose.CUSTOM, "volatile-ttl")


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"command_calls": {"brpop": 12}}, "BRPOP was called 12 times"),
        ({"command_calls": {"xreadgroup": 1}}, "XREADGROUP was called 1 time"),
        ({"clients": (build.client(name="bull:emails"),)}, "A client is bull"),
        ({"clients": (build.client(library="celery 5.4"),)}, "A client is celery"),
        ({"acl": ("user jobs on #~00000000 ~bull:* &* -@all +@read",)}, "A user has the keys bull:*"),
        ({"acl": ("user my-sidekiq on #~00000000 ~app:* &* -@all +@read",)}, "A user is my-sidekiq"),
        ({"key_names": NameSample(patterns=("resque:*", "shop:*"), names=9)}, "There are keys resque:*"),
        (
            {"key_names": NameSample(patterns=("laravel_database_queues:*",), names=9)},
            "There are keys laravel_database",
        ),
    ],
)
@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
def test_a_queue_evicts_nothing(over: dict[str, object], said: str, policy: str) -> None:
    facts = live(config={"maxmemory-policy": policy}, **over)
    made = recommend(facts, facts.instances[0])
    assert (made.answers.memory.purpose, made.answers.memory.policy) == (Purpose.QUEUE, "noeviction")
    assert said in made.reasons["memory.purpose"].why


def test_a_cache_without_a_sign_of_a_queue_keeps_its_policy() -> None:
    seen = {
        "command_calls": {"get": 900, "lpush": 3, "brpop": 0},
        "key_names": NameSample(patterns=("jobs:*", "bulletin:*"), names=9),
    }
    facts = live(config={"maxmemory-policy": "allkeys-lru"}, **seen)
    assert of(facts).memory.policy == "allkeys-lru"


def test_an_evident_cache_stays_one() -> None:
    facts = live(info={"used_memory": "1", "db0": "keys=5000,expires=4990,avg_ttl=1"})
    assert of(facts).memory.purpose is Purpose.STORE
    facts = build.with_live(facts, {"save": "", "appendonly": "no"})
    assert of(facts).memory.purpose is Purpose.CACHE_MIXED
    assert of(facts).persistence.durability is Durability.NOTHING_KEPT


def test_users_of_a_role_are_recognised_after_an_apply() -> None:
    world = stock()
    assert {user.name for user in recommended(world.apply(planned(world))).acl.users} == {"app", "admin"}


def test_a_user_with_rules_of_its_own_is_kept_and_not_listed() -> None:
    world = stock("user app on >secret-one ~shop:* +@all\n")
    facts, _ = world.detect()
    made = recommend(facts, facts.instances[0])
    assert "app" not in {user.name for user in made.answers.acl.users}
    assert "Unchanged: app." in made.reasons["acl.users"].why


def test_no_application_is_invented_beside_users() -> None:
    world = stock("user web on >secret-one ~shop:* ~cart:* +@read\n")
    assert [user.name for user in recommended(world).acl.users] == ["admin"]


SHOP = NameSample(patterns=("cart:*", "shop:*"), names=40, unnamed=2)


def test_an_application_gets_the_keys_and_channels_that_exist() -> None:
    facts = live(key_names=SHOP, channel_names=NameSample(patterns=("news:*",), names=1), keys=90)
    made = recommend(facts, facts.instances[0])
    app = next(user for user in made.answers.acl.users if user.name == "app")
    assert (app.keys, app.channels) == (("cart:*", "shop:*"), ("news:*",))
    assert "40 keys of 90 looked at, 2 without a prefix" in made.reasons["acl.users"].why


def test_keys_without_a_prefix_are_told() -> None:
    facts = live(key_names=NameSample(names=40, unnamed=40), keys=40)
    assert "no common prefix" in recommend(facts, facts.instances[0]).reasons["acl.users"].why


def test_keys_that_no_user_of_a_program_reaches_are_told() -> None:
    facts, sources = live(key_names=SHOP, keys=90), stock().detect()[1]
    answers = of(facts)
    narrow = replace(answers.acl.users[0], keys=("cart:*",))
    lost = [
        each.who
        for users in (answers.acl.users, (narrow, *answers.acl.users[1:]))
        for each in plan(facts, sources, replace(answers, acl=replace(answers.acl, users=users))).impacts
        if "reaches" in each.loses
    ]
    assert lost == ["programs that use the keys shop:*"]


def test_an_existing_administrator_is_kept_and_none_is_added() -> None:
    lines = "user op_admin on >secret-one ~* &* +@all\nuser web on >secret-two ~shop:* +@read\n"
    world = stock(lines, running=False)
    made = planned(world)
    assert {"user:app", "user:admin"}.isdisjoint(ids(made))
    assert change(made, "user:op_admin").rules == "on ~* &* +@all"


def test_default_stays_while_it_is_the_only_login_at_hand() -> None:
    lines = "user op_admin on >secret-one ~* &* +@all\n"
    facts, _ = stock(lines).detect()
    made = recommend(facts, facts.instances[0])
    assert made.answers.acl.default_user is DefaultUser.KEEP
    assert "Log in as op_admin" in made.reasons["acl.default_user"].why


def test_an_all_powerful_application_is_no_administrator() -> None:
    users = recommended(stock("user shop on >secret-one ~* &* +@all\n")).acl.users
    assert "admin" in {user.name for user in users}
    assert "app" not in {user.name for user in users}


def test_an_administrator_gets_a_name_that_no_user_has() -> None:
    world = stock("user admin on >secret-one ~a:* -@all +get\nuser shop on >secret-two ~shop:* -@all +get\n")
    assert [user.name for user in recommended(world).acl.users] == ["redis-admin"]
    assert change(planned(world), "user:admin").rules == "on ~a:* -@all +get"


def test_an_exporter_and_a_replica_get_users_when_they_are_there() -> None:
    exporter, replica = build.client(name="redis_exporter", library=""), build.client(replica=True)
    groups = (replace(exporter, user="default"), replace(replica, user="default"))
    assert {"exporter", "replica"} <= {user.name for user in of(live(clients=groups)).acl.users}
    shared = (exporter, build.client(user=exporter.user))
    assert "exporter" in {user.name for user in of(live(clients=shared)).acl.users}


def test_programs_that_have_a_user_of_their_own_get_no_other_one() -> None:
    groups = (build.client(name="redis_exporter", user="metrics"), build.client(replica=True, user="repl"))
    assert not {"exporter", "replica"} & {user.name for user in of(live(clients=groups)).acl.users}


def test_an_exporter_that_is_an_administrator_gets_a_user_of_its_own() -> None:
    facts = stock("user admin on >secret-one ~* &* +@all\n").detect()[0]
    facts = build.with_live(facts, clients=(build.client(name="redis_exporter", library="", user="admin"),))
    assert "exporter" in {user.name for user in of(facts).acl.users}


def test_a_build_without_tls_is_planned_without() -> None:
    made = recommended(stock(tls_build=False)).tls
    assert (made.enabled, made.plaintext) == (False, Plaintext.KEEP)


@pytest.mark.parametrize(
    ("mode", "own", "wanted"), [("0", 0o755, "700"), ("0", 0o700, "700"), ("0", 0o770, "770"), ("777", 0o755, "770")]
)
def test_a_socket_that_the_umask_keeps_to_its_owner_stays_so(mode: str, own: int, wanted: str) -> None:
    facts = build.with_live(stock().detect()[0], {"unixsocket": str(build.SOCKET), "unixsocketperm": mode})
    status = build.file_status(build.SOCKET, kind=FileKind.SOCKET, mode=own)
    facts = build.with_instance(facts, sockets=(status,))
    assert of(facts).network.unix_socket_permissions == wanted


def test_a_port_that_another_program_has_is_not_taken() -> None:
    facts = replace(stock().detect()[0], listeners=(build.listener("0.0.0.0", 6380, pid=812, process="haproxy"),))  # noqa: S104 - a text, nothing is bound
    assert of(facts).tls.port == 6381


def test_an_idle_pool_is_not_cut_off() -> None:
    assert of(live(clients=(build.client(idle_seconds=4000),))).audit.timeout_seconds == 0


def test_keyspace_events_in_use_stay() -> None:
    assert recommended(stock("notify-keyspace-events KEA\n")).audit.keyspace_events != ""


def test_save_points_in_force_stay() -> None:
    assert recommended(stock("save 900 1\n")).persistence.snapshots == ("900 1",)


def test_every_reason_names_an_answer_and_its_source() -> None:
    facts, _ = stock().detect()
    made = recommend(facts, facts.instances[0])
    for name, reason in made.reasons.items():
        section, field = name.split(".")
        assert hasattr(getattr(made.answers, section), field)
        assert re.fullmatch(r"[A-Z0-9].*\.", reason.why)
        assert reason.source


def test_without_a_server_there_are_answers_for_a_new_one() -> None:
    made = recommend(build.host(instances=()), None)
    assert {user.role for user in made.answers.acl.users} == {AclRole.APPLICATION, AclRole.ADMINISTRATOR}


def test_protected_mode_stays_off_for_open_clients_of_other_hosts() -> None:
    client = build.client(user="default", listener="10.0.4.7:6379", address="10.0.4.21")
    assert not recommended(stock("bind 0.0.0.0\nprotected-mode no\n", clients=(client,))).network.protected_mode
    assert recommended(stock("bind 0.0.0.0\n", clients=(client,))).network.protected_mode


def test_protected_mode_goes_on_where_nobody_comes_from_elsewhere() -> None:
    near = build.client(user="default", listener="127.0.0.1:6379", address="127.0.0.1")
    for clients in ((), (near,)):
        assert recommended(stock("protected-mode no\n", clients=clients)).network.protected_mode


def test_protected_mode_goes_on_where_the_default_user_has_a_password() -> None:
    client = build.client(user="app", listener="10.0.4.7:6379", address="10.0.4.21")
    assert recommended(stock("protected-mode no\n", clients=(client,))).network.protected_mode


def test_a_server_without_a_tcp_port_gets_none() -> None:
    made = planned(stock("port 0\nunixsocket /run/redis/redis.sock\n", running=False))
    assert {"directive:tls-port", "certificate:server"}.isdisjoint(ids(made))
    assert change(made, "directive:port").values == (("0",),)


def test_tls_on_the_usual_port_alone_can_be_planned() -> None:
    world = stock("port 0\ntls-port 6379\n", running=False)
    facts, _ = world.detect()
    problems = validate_for_host(recommended(world), facts, facts.instances[0])
    assert not [each for each in problems if each.blocking]
    assert change(planned(world), "directive:port").values == (("0",),)
    assert "directive:tls-port" not in ids(planned(world))


@pytest.mark.parametrize(
    ("line", "answer", "intended"),
    [
        ("timeout 60 # seconds\n", "audit.timeout_seconds", 60),
        ("slowlog-log-slower-than 1000 # microseconds\n", "audit.slow_log_microseconds", 1000),
        ("maxmemory-policy allkeys-lru # a cache\n", "memory.purpose", Purpose.CACHE_RECENT),
        ("maxmemory-policy volatile-ttl \\\n", "memory.policy", EvictionPolicy.VOLATILE_TTL),
    ],
)
def test_a_line_that_the_server_refuses_is_taken_as_intended(line: str, answer: str, intended: object) -> None:
    section, _, field = answer.partition(".")
    answers = recommended(stock(line, running=False))
    assert getattr(getattr(answers, section), field) == intended


def test_a_limit_that_fits_is_said_to_stay_and_not_to_be_all_that_is_left() -> None:
    facts = stock("maxmemory 300mb\n").detect()[0]
    why = recommend(facts, facts.instances[0]).reasons["memory.maxmemory"].why
    assert re.fullmatch(r"The limit of now stays: it fits into the [\d.]+ GiB that are left for it\.", why)
