"""The plan as a whole."""

from pathlib import PurePosixPath

from tests.support import facts_builder as build
from tests.support.plan_model import ids, notes, planned, recommended, stock
from wizard.model.facts.service import Role
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import replace
from wizard.planning.plan import plan


def test_it_is_named_by_the_time_of_the_facts() -> None:
    made = planned(stock())
    assert (made.id, made.created_at, made.host) == ("20260504-101112", build.TAKEN_AT, "db1")


def test_a_hardened_host_needs_nothing() -> None:
    done = stock().apply(planned(stock()))
    assert planned(done).empty
    facts, sources = done.detect()
    assert plan(build.with_instance(facts, live=build.unreadable()), sources, planned(done).answers).empty


def test_a_configuration_that_cannot_be_read_leaves_the_host_around_it() -> None:
    facts, sources = stock().detect()
    hidden = build.with_instance(facts, config=Unreadable(what="/etc/redis/redis.conf", why="permission denied"))
    made = plan(hidden, sources, recommended(stock()))
    assert "permission denied" in notes(made)["configuration"]
    assert made.config == PurePosixPath("/etc/redis/redis.conf")
    assert "kernel:vm.overcommit_memory" in ids(made)
    assert not [each for each in ids(made) if each.startswith(("directive", "user"))]


def test_a_sentinel_is_left_alone() -> None:
    made = planned(stock(role=Role.SENTINEL))
    assert "sentinel" in notes(made)
    assert not [each for each in ids(made) if each.startswith(("directive", "user", "certificate"))]


def test_a_directory_tree_has_no_live_values_and_no_restart() -> None:
    facts, sources = stock(running=False, has_dump=False).detect()
    tree = replace(facts, tree=PurePosixPath("/srv/image"))
    made = plan(tree, sources, recommended(stock(running=False, has_dump=False)))
    assert not {each for each in ids(made) if each.startswith("kernel:")} | (ids(made) & {"restart"})
    assert "file:/etc/sysctl.d/60-redis-wizard.conf" in ids(made)


def test_the_sum_behind_the_limit_is_shown() -> None:
    assert planned(stock()).sizing[0].label == "memory of the machine"


def test_what_it_rests_on_is_a_digest() -> None:
    assert len(planned(stock()).fingerprint) == 64
