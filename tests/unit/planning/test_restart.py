"""The one restart."""

from tests.support import facts_builder as build
from tests.support.plan_model import change, ids, notes, planned, recommended, stock
from wizard.model.change import Risk
from wizard.model.value import replace


def test_it_is_one_and_last_and_says_why() -> None:
    made = planned(stock())
    assert made.changes[-1].id == "restart"
    assert set(change(made, "restart").because) <= ids(made)


def test_it_tells_who_is_cut_off() -> None:
    made = change(planned(stock(clients=(build.client(count=5),))), "restart")
    assert made.risk is Risk.DISCONNECT
    assert "5 connections" in made.evidence


def test_hot_changes_need_none() -> None:
    world = stock().apply(planned(stock()))
    answers = recommended(world)
    made = planned(world, replace(answers, audit=replace(answers.audit, slow_log_length=1000)))
    assert ids(made) == {"directive:slowlog-max-len"}


def test_without_a_login_it_says_that_one_would_spare_it() -> None:
    assert "Without a login" in change(planned(stock(login=False)), "restart").why
    assert "take effect at a start only" in change(planned(stock()), "restart").why


def test_an_enabled_server_that_is_down_is_started() -> None:
    assert change(planned(stock(running=False)), "restart").title == "start redis-server.service once"


def test_a_disabled_server_that_is_down_stays_down() -> None:
    made = planned(stock(running=False, enabled=False))
    assert "restart" not in ids(made)
    assert "is stopped" in notes(made)["restart"]


def test_a_server_without_a_unit_is_for_the_operator() -> None:
    made = planned(stock(unit=False, login=False))
    assert "restart" not in ids(made)
    assert "restart it yourself" in notes(made)["restart"]
