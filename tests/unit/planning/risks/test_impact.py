"""Who loses what."""

from tests.support import facts_builder as build
from tests.support.plan_model import World, planned, recommended, stock
from wizard.model.answers import Answers, DefaultUser, Plaintext
from wizard.model.change import Risk
from wizard.model.facts.configuration import NameSample
from wizard.model.plan import Impact
from wizard.model.value import replace
from wizard.planning.plan import plan

PLAIN = build.client(user="default", address="10.0.4.21", listener="10.0.4.7:6379", count=5, idle_seconds=9)


def strict(world: World) -> Answers:
    answers = recommended(world)
    return replace(
        answers,
        network=replace(answers.network, bind=("loopback",)),
        acl=replace(answers.acl, default_user=DefaultUser.OFF),
        tls=replace(answers.tls, plaintext=Plaintext.CLOSE),
        audit=replace(answers.audit, timeout_seconds=300),
    )


def losses(world: World) -> dict[str, Impact]:
    return {each.change: each for each in planned(world, strict(world)).impacts}


def test_clients_of_a_closing_port_are_named_with_the_way_out() -> None:
    lost = losses(stock(clients=(PLAIN,)))["directive:port"]
    assert "10.0.4.21 (5 connections, redis-py 8.1.0, user default)" in lost.who
    assert "6380" in lost.remedy


def test_clients_of_an_address_that_goes_are_named() -> None:
    assert "10.0.4.7" in losses(stock("bind 0.0.0.0\n", clients=(PLAIN,)))["directive:bind"].loses


def test_clients_that_log_in_as_default_are_named() -> None:
    assert "its login" in losses(stock(clients=(PLAIN,)))["user:default"].loses


def test_idle_clients_are_named_and_subscribers_are_not() -> None:
    idle = replace(PLAIN, idle_seconds=4000)
    assert "4000 s" in losses(stock(clients=(idle,)))["directive:timeout"].loses
    assert "directive:timeout" not in losses(stock(clients=(replace(idle, subscribed=True),)))


def test_a_replica_is_told_to_speak_tls() -> None:
    lost = losses(stock(clients=(replace(PLAIN, replica=True),)))["directive:port"]
    assert lost.who.startswith("replica ")
    assert "tls-replication" in lost.remedy


def test_commands_that_nobody_may_run_any_more_are_named() -> None:
    facts, sources = stock().detect()
    facts = build.with_live(facts, command_calls={"keys": 12, "get": 900, "ping": 4, "config|get": 2})
    found = plan(facts, sources, strict(stock())).impacts
    who = [each.who for each in found]
    assert any("KEYS (12 calls" in each for each in who)
    assert not any("GET (900" in each or "CONFIG" in each for each in who)


def test_what_looks_call_too_is_named_where_they_do_not_explain_it() -> None:
    facts, sources = stock().detect()
    looks = {"acl|cat": 3, "acl|dryrun": 267, "config|get": 3, "client|list": 900, "scan": 400, "psync": 9000}

    def told(**calls: int) -> list[str]:
        seen = looks | {name.replace("_", "|"): count for name, count in calls.items()}
        found = plan(build.with_live(facts, command_calls=seen), sources, strict(stock())).impacts
        return [each.who.partition(" (")[0] for each in found if each.who.startswith("clients that call")]

    assert told() == []
    assert told(scan=50_000, config_get=400, client_list=30_000, role=150) == [
        f"clients that call {name}" for name in ("CLIENT LIST", "CONFIG GET", "ROLE", "SCAN")
    ]
    assert told(info=90_000, ping=900_000, command=9000) == [], "each role may call these"


def test_a_client_that_may_stay_on_user_default_loses_its_command_only_once_it_moves() -> None:
    world = stock(clients=(PLAIN,))
    facts, sources = world.detect()
    facts = build.with_live(facts, command_calls={"keys": 12}, clients=(PLAIN,))
    answers = recommended(world)
    made = plan(facts, sources, replace(answers, acl=replace(answers.acl, default_user=DefaultUser.KEEP)))
    lost = [each.loses for each in made.impacts if "KEYS" in each.who]
    assert lost == ["the command, once they log in as app"]
    gone = plan(facts, sources, strict(world))
    assert "the command: app may not run it" in [each.loses for each in gone.impacts if "KEYS" in each.who]


def test_what_no_program_could_run_or_reach_before_is_no_impact() -> None:
    users = "user default off\nuser admin on >secret-one ~* &* +@all\nuser app on >secret-two ~app:* -@all +get\n"
    facts, sources = stock(users).detect()
    names = NameSample(patterns=("ops:*",), names=3)
    facts = build.with_live(facts, command_calls={"config|resetstat": 1, "keys": 2}, key_names=names)
    made = plan(facts, sources, recommended(stock(users)))
    assert "user:app" in {each.id for each in made.changes}
    assert made.impacts == ()
    default = next(each for each in made.changes if each.id == "user:default")
    assert default.risk is Risk.NONE


def test_a_disabled_command_that_was_seen_is_named() -> None:
    facts, sources = stock().detect()
    facts = build.with_live(facts, command_calls={"flushall": 3})
    answers = strict(stock())
    found = plan(facts, sources, replace(answers, commands=replace(answers.commands, disable=("flushall",)))).impacts
    assert any(each.change == "directive:rename-command" and "FLUSHALL (3 calls" in each.who for each in found)


def test_recommended_answers_break_no_client_that_was_seen() -> None:
    for group in (PLAIN, replace(PLAIN, idle_seconds=4000), build.client(user="default")):
        assert not planned(stock(clients=(group,))).impacts


OPEN = "bind 0.0.0.0\nprotected-mode no\n"


def protected(world: World) -> Impact | None:
    answers = recommended(world)
    answers = replace(answers, network=replace(answers.network, protected_mode=True))
    return {each.change: each for each in planned(world, answers).impacts}.get("directive:protected-mode")


def test_clients_that_protected_mode_would_shut_out_are_named() -> None:
    lost = protected(stock(OPEN, clients=(PLAIN,)))
    assert lost is not None
    assert "10.0.4.21" in lost.who
    assert "network.protected_mode" in lost.remedy


def test_protected_mode_shuts_out_nobody_of_this_host() -> None:
    near = replace(PLAIN, address="127.0.0.1", listener="127.0.0.1:6379")
    assert protected(stock(OPEN, clients=(near,))) is None


def test_protected_mode_shuts_out_nobody_once_the_default_user_is_off() -> None:
    assert "directive:protected-mode" not in losses(stock(OPEN, clients=(PLAIN,)))
