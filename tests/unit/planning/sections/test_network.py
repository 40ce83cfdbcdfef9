"""Addresses, ports, the unix socket."""

from dataclasses import replace as with_fields

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.errors import PlanError
from wizard.model.answers import Plaintext
from wizard.model.change import Effect, Risk
from wizard.model.facts.service import Role
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend


def test_the_plain_port_closes_only_beside_tls() -> None:
    made = change(planned(stock()), "directive:port")
    assert made.values == (("0",),)
    assert made.live == "0"
    assert "directive:tls-port" in made.needs


def test_a_server_without_tls_keeps_its_only_port() -> None:
    world = stock(tls_build=False)
    answers = recommended(world)
    closing = replace(answers, tls=replace(answers.tls, enabled=True, plaintext=Plaintext.CLOSE))
    assert "directive:port" not in ids(planned(world, closing))


def test_closing_a_port_that_clients_use_is_a_risk() -> None:
    world = stock(clients=(build.client(user="app", listener="127.0.0.1:6379", address="127.0.0.1"),))
    answers = recommended(world)
    closing = replace(answers, tls=replace(answers.tls, plaintext=Plaintext.CLOSE))
    assert change(planned(world, closing), "directive:port").risk is Risk.DISCONNECT
    assert change(planned(stock()), "directive:port").risk is Risk.NONE


def draining(world: World) -> Plan:
    answers = recommended(world)
    return planned(world, replace(answers, tls=replace(answers.tls, plaintext=Plaintext.DRAIN)))


def test_a_port_that_drains_names_who_still_uses_it_and_changes_nothing() -> None:
    shop = build.client(
        user="app", listener="10.0.4.7:6379", address="10.0.4.21", name="shop", library="redis-py 8.1.0", count=3
    )
    copy = build.client(user="repl", listener="[::1]:6379", address="10.0.4.9", library="", replica=True)
    gone = build.client(listener="10.0.4.7:6380", address="10.0.4.22")
    first = stock("bind 0.0.0.0\n", clients=(shop, copy, gone))
    made = draining(first)
    assert "directive:tls-port" in ids(made)
    assert "directive:port" not in ids(made)
    said = notes(made)["port 6379"]
    assert "10.0.4.21 (3 connections, shop, redis-py 8.1.0, user app)" in said
    assert "replica 10.0.4.9 (1 connection, user repl)" in said
    assert "10.0.4.22" not in said
    assert draining(first.apply(made)).empty


@pytest.mark.parametrize("count", [9, 30])
def test_a_port_that_drains_names_no_endless_row_of_clients(count: int) -> None:
    groups = tuple(build.client(listener="127.0.0.1:6379", address=f"10.0.5.{n}") for n in range(count))
    said = notes(draining(stock(clients=groups)))["port 6379"]
    assert f"and {count - 8} more" in said
    assert "10.0.5.8 " not in said


def test_a_drained_port_closes_with_one_hot_change() -> None:
    busy = stock(clients=(build.client(listener="127.0.0.1:6379", address="127.0.0.1"),))
    hardened = busy.apply(draining(busy))
    moved = with_fields(hardened, clients=(build.client(listener="127.0.0.1:6380", address="127.0.0.1"),))
    made = draining(moved)
    assert ids(made) == {"directive:port"}
    (only,) = made.changes
    assert (only.effect, only.live, only.risk) == (Effect.NOW, "0", Risk.NONE)  # type: ignore[union-attr] # it is a directive
    assert draining(moved.apply(made)).empty


def test_a_port_that_drains_stays_open_while_nobody_could_look() -> None:
    made = draining(stock(login=False))
    assert "directive:port" not in ids(made)
    assert "could not be listed" in notes(made)["port 6379"]
    shut = stock("port 0\n", login=False)
    assert change(draining(shut), "directive:port").effect is Effect.NOW
    assert "port 6379" not in notes(draining(shut))


def test_the_socket_lies_in_the_runtime_directory_of_the_unit() -> None:
    made = planned(stock())
    assert change(made, "directive:unixsocket").after == "/run/redis/redis.sock"
    assert change(made, "directive:unixsocketperm").after == "770"


def test_a_socket_that_is_configured_stays_where_it_is() -> None:
    world = stock("unixsocket /run/redis/mine.sock\nunixsocketperm 777\n")
    made = planned(world)
    assert "directive:unixsocket" not in ids(made)
    assert change(made, "directive:unixsocketperm").after == "770"


def test_without_a_unit_there_is_no_place_for_a_socket() -> None:
    made = planned(stock(unit=False))
    assert "directive:unixsocket" not in ids(made)
    assert "name a path" in notes(made)["unix socket"]


def test_two_servers_never_share_a_socket() -> None:
    facts, sources = stock().detect()
    sibling = build.instance(name="redis-b", listeners=(build.listener("/run/redis/redis.sock", 0),))

    both = replace(facts, instances=(*facts.instances, sibling))
    made = plan(both, sources, recommended(stock()), instance="redis-server")
    assert change(made, "directive:unixsocket").after != "/run/redis/redis.sock"


def test_a_replica_keeps_its_addresses_and_ports() -> None:
    made = planned(stock(role=Role.REPLICA))
    assert not ids(made) & {"directive:bind", "directive:port", "directive:tls-port"}
    assert "replica" in notes(made)["network"]


def test_an_interface_that_vanished_ends_the_plan() -> None:
    answers = recommended(stock())
    gone = replace(answers, network=replace(answers.network, bind=("loopback", "interface:eth7")))
    with pytest.raises(PlanError, match="eth7"):
        planned(stock(), gone)


def test_a_wildcard_becomes_the_loopback_when_nobody_comes_from_elsewhere() -> None:
    world = with_fields(stock("bind * -::*\n"))
    assert change(planned(world), "directive:bind").after == "127.0.0.1 -::1"


def test_no_loopback_address_is_opened_that_is_closed_now() -> None:
    assert change(planned(stock("bind 0.0.0.0\n")), "directive:bind").after == "127.0.0.1"
    assert change(planned(stock("bind 127.0.0.1\n")), "directive:bind").values == (("127.0.0.1",),)


def test_a_line_that_takes_no_address_and_no_port_disconnects_no_client() -> None:
    text = build.PRISTINE_LINES
    conf = "\n".join(line for line in text if not line.startswith(("bind", "port"))) + "\n"
    for bind, risk in (("127.0.0.1", Risk.NONE), ("127.0.0.1 10.9.9.9", Risk.DISCONNECT)):
        files = {build.CONF: f"{conf}bind {bind}\n".encode()}
        made = planned(stock(files=files, started=files, login=False))
        found = [each.risk for each in made.changes if each.id == "directive:bind"]
        assert found == [risk] * len(found)
        assert change(made, "directive:port").risk is Risk.NONE


def test_the_mode_of_no_socket_is_not_shown_as_the_earlier_one() -> None:
    facts, sources = stock().detect()
    facts = build.with_live(facts, {"unixsocket": "", "unixsocketperm": "0"})
    facts = build.with_file(facts, without=("unixsocket", "unixsocketperm"))
    answers = recommend(facts, facts.instances[0]).answers
    answers = replace(answers, network=replace(answers.network, unix_socket="/run/redis/redis.sock"))
    assert change(plan(facts, sources, answers), "directive:unixsocketperm").before == ""
