"""Many users cost in proportion to their number, counted in calls and not in seconds."""

import hashlib
import sys
from collections.abc import Callable
from datetime import date
from pathlib import PurePosixPath
from types import FrameType
from unittest.mock import Mock

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, stock
from wizard.acl import user
from wizard.acl.rulecheck import RuleCheck
from wizard.acl.user import from_rules
from wizard.checklist.registry import check
from wizard.model.facts.live import LiveServer
from wizard.model.value import replace
from wizard.planning.accounts import acl_goals
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.validation.host import validate_for_host

ACL = PurePosixPath("/etc/redis/users.acl")
MANY = 400
TODAY = date(2026, 5, 4)
MOST_CALLS = 6000
"""For one more user; each rule was applied anew for each question before, in tens of thousands."""
MOST_CALLS_FOR_CATEGORIES = 500
"""For four categories of one more user; the commands of each were gone through for each user before, in 1500 calls."""
CALLS = {"flushall": 3, "keys": 5, "config|set": 2, "debug": 1, "sort": 4}
COMMANDS = ("get", "set", "del", "incr", "hget", "hset", "lpush", "rpop", "sadd", "zadd", "expire", "ttl")


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def alike(number: int) -> str:
    return f"user u{number} on #{digest(number)} ~app{number}:* +@read -@dangerous"


def each_of_its_own(number: int) -> str:
    chosen = " ".join(f"+{name}" for place, name in enumerate(COMMANDS) if number >> place & 1)
    return f"user u{number} on #{digest(number)} ~app{number}:* {chosen or '+ping'}"


def mistaken(number: int) -> str:
    return f"USER u{number} on #{digest(number).upper()} ~* ~app{number}:* +@read"


def continued(number: int) -> str:
    return f"user u{number} on \\\n  nopass ~app{number}:* +get"


def repeated(number: int) -> str:
    return f"user u{number % 7} on #{digest(number)} ~app{number}:* +get"


def world_of(shape: Callable[[int], str], count: int) -> World:
    lines = [shape(number) for number in range(count)]
    conf = stock(f"aclfile {ACL}\n").files[build.CONF]
    files = {build.CONF: conf, ACL: "".join(f"{line}\n" for line in lines).encode()}
    return stock(files=files, started=files)


def calls_of(act: Callable[[], object]) -> int:
    count = 0

    def observe(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(observe)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def calls_to_plan(shape: Callable[[int], str], count: int, in_memory: Callable[[int], str]) -> int:
    facts, sources = world_of(shape, count).detect()
    (instance,) = facts.instances
    assert isinstance(instance.live, LiveServer)
    users = tuple(in_memory(number) for number in range(count))
    live = replace(instance.live, command_calls=CALLS, acl=(*instance.live.acl, *users))
    facts = replace(facts, instances=(replace(instance, live=live),))
    answers = recommend(facts, facts.instances[0]).answers
    return calls_of(lambda: plan(facts, sources, answers))


@pytest.mark.parametrize("shape", [alike, each_of_its_own, mistaken, continued, repeated])
@pytest.mark.parametrize("in_memory", [alike, each_of_its_own])
def test_twice_as_many_users_cost_twice_as_much(shape: Callable[[int], str], in_memory: Callable[[int], str]) -> None:
    some, twice = (calls_to_plan(shape, count, in_memory) for count in (MANY, 2 * MANY))
    assert twice < 2.3 * some


def test_a_line_that_the_checklist_has_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, _ = world_of(lambda number: f"user once{number} on #{digest(number)} ~app{number}:* +get", MANY).detect()
    check(facts, today=TODAY)
    read = Mock(wraps=from_rules)
    monkeypatch.setattr(user, "from_rules", read)
    recommend(facts, facts.instances[0])
    assert not [call for call in read.call_args_list if call.args[0].startswith("once")]


def test_rules_are_judged_once_for_the_answers_and_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, sources = world_of(
        lambda number: f"user judged{number} on #{digest(number)} ~j{number}:* +get", MANY
    ).detect()
    answers = recommend(facts, facts.instances[0]).answers
    validate_for_host(answers, facts, facts.instances[0])
    made = Mock(wraps=RuleCheck)
    monkeypatch.setattr(acl_goals, "RuleCheck", made)
    plan(facts, sources, answers)
    assert made.call_count < MANY


def with_categories(number: int) -> str:
    return f"{each_of_its_own(number)} +@read +@write -@dangerous -@admin"


def test_the_categories_of_a_user_are_worked_out_once() -> None:
    some, more = (calls_to_plan(shape, MANY, each_of_its_own) for shape in (each_of_its_own, with_categories))
    assert (more - some) / MANY < MOST_CALLS_FOR_CATEGORIES


@pytest.mark.parametrize("shape", [alike, each_of_its_own])
def test_a_user_costs_the_checklist_little(shape: Callable[[int], str]) -> None:
    facts = [world_of(shape, count).detect()[0] for count in (MANY, 2 * MANY)]
    some, twice = (calls_of(lambda each=each: check(each, today=TODAY)) for each in facts)  # type: ignore[misc]  # bound at once
    assert twice < 2.3 * some
    assert (twice - some) / MANY < MOST_CALLS
