"""Clients before and after a change are compared by what stays the same: name and address."""

import pytest

from wizard.apply.client_watch import compare_clients, refusal
from wizard.model.event import ClientReturn
from wizard.model.facts.live import ClientGroup
from wizard.model.value import from_json, to_json


def group(name: str, address: str, count: int = 1, *, user: str = "default", library: str = "") -> ClientGroup:
    return ClientGroup(user=user, address=address, name=name, library=library, listener="10.0.4.7:6379", count=count)


def test_a_client_is_back_as_another_user_by_another_port() -> None:
    after = ClientGroup(user="app", address="10.0.4.21", name="api", library="", listener="10.0.4.7:6380", count=2)
    seen = compare_clients([group("api", "10.0.4.21", 2)], [after])
    assert seen == ClientReturn(back=("api at 10.0.4.21 (2 connections)",))


def test_one_connection_less_is_not_back() -> None:
    seen = compare_clients([group("api", "10.0.4.21", 2), group("", "10.0.4.30")], [group("api", "10.0.4.21")])
    assert seen.missing == ("api at 10.0.4.21 (1 of 2)", "10.0.4.30 (0 of 1)")


def test_a_client_of_another_address_or_name_stands_for_no_other() -> None:
    seen = compare_clients([group("api", "10.0.4.21")], [group("api", "10.0.4.22"), group("web", "10.0.4.21")])
    assert seen.missing == ("api at 10.0.4.21 (0 of 1)",)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "unix"])
def test_a_client_of_this_host_may_come_by_another_way(address: str) -> None:
    assert compare_clients([group("cron", "127.0.0.1")], [group("cron", address)]).missing == ()


def test_a_refusal_names_the_command_but_no_key_and_no_name_of_a_failed_login() -> None:
    client = {"addr": "10.0.4.31:50000", "name": "worker"}
    told = [
        refusal({"reason": reason, "object": "secret", "username": "hunter2", "count": "3"}, client)
        for reason in ("key", "channel", "auth")
    ]
    assert told[0] == "worker at 10.0.4.31 as hunter2: a key outside its patterns (3 times)"
    assert "secret" not in "".join(told)
    assert "hunter2" not in told[2]
    command = {"reason": "command", "object": "flushall", "username": "app", "count": "1"}
    assert refusal(command, client) == "worker at 10.0.4.31 as app: FLUSHALL"


def test_a_reason_of_a_later_server_is_told_as_it_is() -> None:
    assert refusal({"reason": "{new}", "username": "app"}, {"flags": "U"}) == "this host as app: {new}"


def test_many_clients_make_a_short_sentence() -> None:
    seen = ClientReturn(missing=tuple(f"c{number} (0 of 1)" for number in range(500)))
    assert len(seen.sentence()) < 200
    assert "and 494 more" in seen.sentence()
    assert from_json(ClientReturn, to_json(seen)) == seen
