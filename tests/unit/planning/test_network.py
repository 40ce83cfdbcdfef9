"""Addresses, ports, the unix socket."""

from dataclasses import replace as with_fields

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import change, ids, notes, planned, recommended, stock
from wizard.errors import PlanError
from wizard.model.answers import Plaintext
from wizard.model.change import Risk
from wizard.model.facts import Role
from wizard.model.value import replace
from wizard.planning.plan import plan


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
    world = with_fields(stock("bind 0.0.0.0\n"))
    assert change(planned(world), "directive:bind").after == "127.0.0.1 -::1"
