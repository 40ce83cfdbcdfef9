"""The report as a whole."""

import re
from datetime import date

import pytest

from tests.support.facts_builder import client, hardened_host, host, instance, pristine_host, with_instance, with_live
from wizard.checklist.ids import current_id
from wizard.checklist.registry import EXTRA, ITEMS, check, score
from wizard.errors import InvalidValueError
from wizard.model.answers import Attestation
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import State
from wizard.model.value import replace

TODAY = date(2026, 5, 4)


def test_the_25_stand_in_order_and_extras_behind_them() -> None:
    assert [item.number for item in ITEMS] == list(range(1, 26))
    assert [item.id for item in ITEMS] == [str(number) for number in range(1, 26)]
    assert all(item.id.startswith("X") for item in EXTRA)


def test_a_former_id_names_the_same_item() -> None:
    assert (current_id("X13"), current_id("Xboot"), current_id("13")) == ("Xboot", "Xboot", "13")
    assert {each.id: each.former_id for each in check(hardened_host(), today=TODAY).extra}["Xboot"] == "X13"


def test_steps_are_steps_of_the_wizard() -> None:
    steps = {"", "network", "memory", "acl", "commands", "tls", "kernel", "persistence", "audit", "review"}
    assert {item.step for item in (*ITEMS, *EXTRA)} <= steps


def test_score_counts_pass_fail_and_unknown_alone() -> None:
    report = check(hardened_host(), today=TODAY)
    states = [each.state for each in report.items]
    counted = [state for state in states if state in (State.PASS, State.FAIL, State.UNKNOWN)]
    assert report.score == counted.count(State.PASS) * 100 // len(counted) == 85
    assert score(()) == 0


def test_attested_items_leave_the_score() -> None:
    words = [Attestation(item=number, by="olga", on="2026-05-01", note="seen") for number in (14, 22, 23, 24)]
    assert check(hardened_host(), attestations=words, today=TODAY).score == 100


def test_the_wizards_step_stands_only_where_something_is_to_be_fixed() -> None:
    report = check(pristine_host(), today=TODAY)
    assert {each.number: each.step for each in report.items}[17] == "memory"
    assert all(not each.step for each in check(hardened_host(), today=TODAY).items)


def test_a_server_without_a_file_is_given_no_step_that_a_plan_cannot_do() -> None:
    without = Unreadable(what="configuration file", why="the server was started without a file")
    facts = with_live(with_instance(pristine_host(), config=without))
    steps = {each.step for each in check(facts, today=TODAY).items if each.state is State.FAIL}
    assert steps == {"", "kernel"}
    # In a container the kernel's settings are the machine's.
    inside = replace(facts, kernel=tuple(replace(each, writable=False) for each in facts.kernel))
    report = check(inside, today=TODAY)
    assert {each.step for each in report.items} == {""}
    assert "To close: start the server with the path of a configuration file, then" in report.exposure.paragraphs()[0]


def test_host_text_comes_out_harmless() -> None:
    facts = with_live(hardened_host(), clients=(client(address="127.0.0.1", name="\x1b[2Jx\u202e"),))
    (finding,) = [each for each in check(facts, today=TODAY).items if each.number == 5]
    assert "\\x1b[2Jx\\u202e" in finding.summary
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", str(finding))


def test_names_the_instances_when_one_must_be_chosen() -> None:
    two = host(instances=(instance(), instance(name="cache")))
    with pytest.raises(InvalidValueError, match="redis-server, cache"):
        check(two, today=TODAY)
    assert check(two, instance="cache", today=TODAY).instance == "cache"
    with pytest.raises(InvalidValueError, match="no instance other"):
        check(two, instance="other", today=TODAY)
    with pytest.raises(InvalidValueError, match="no Redis or Valkey server"):
        check(host(instances=()), today=TODAY)
