"""The unit's file limit, and what has to fit."""

from dataclasses import replace as with_fields
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.model.facts.machine import Init
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.sections.service import UNLIMITED, limit

PATH = PurePosixPath("/etc/systemd/system/redis-server.service.d/60-redis-wizard.conf")
DROP_IN = f"file:{PATH}"


def with_limits(hard: str, soft: str, open_files: int) -> Plan:
    facts, sources = stock().detect()
    unit = facts.instances[0].unit
    assert unit is not None
    changed = replace(unit, properties={**unit.properties, "LimitNOFILE": hard, "LimitNOFILESoft": soft})
    facts = build.with_instance(facts, unit=changed, process=build.process(open_files=open_files))
    return plan(facts, sources, recommended(stock()))


def test_a_low_limit_is_raised_by_a_drop_in_and_the_restart() -> None:
    made = with_limits("1024", "1024", 1024)
    assert change(made, DROP_IN).content == "[Service]\nLimitNOFILE=65535\n"
    assert DROP_IN in change(made, "restart").because
    assert "directory:/etc/systemd/system/redis-server.service.d" in ids(made)


@pytest.mark.parametrize(("limit", "now", "live"), [(1024, "992", False), (65535, "992", True)])
def test_more_clients_than_the_process_may_have_wait_for_the_restart(limit: int, now: str, *, live: bool) -> None:
    facts, sources = stock().detect()
    facts = build.with_live(facts, {"maxclients": now})
    facts = build.with_instance(facts, process=build.process(open_files=limit))
    made = plan(facts, sources, recommended(stock()))
    assert ("directive:maxclients" in ids(made)) is live
    assert (DROP_IN in ids(made)) is not live


def test_a_drop_in_that_another_one_overrules_is_named() -> None:
    done = stock().apply(planned(stock()))
    facts, sources = with_fields(done, files={**done.files, PATH: b"[Service]\nLimitNOFILE=65535\n"}).detect()
    unit = facts.instances[0].unit
    assert unit is not None
    low = replace(
        unit,
        properties={**unit.properties, "LimitNOFILE": "1024", "LimitNOFILESoft": "1024"},
        drop_ins=(PATH, PATH.with_name("override.conf")),
    )
    made = plan(
        build.with_instance(facts, unit=low, process=build.process(open_files=1024)), sources, recommended(done)
    )
    assert DROP_IN not in ids(made)
    assert "override.conf is read later" in notes(made)["open files"]


def test_the_hard_limit_is_never_lowered() -> None:
    assert "LimitNOFILE=65535:524288" in change(with_limits("524288", "1024", 10032), DROP_IN).content
    assert "LimitNOFILE=65535:infinity" in change(with_limits("infinity", "1024", 10032), DROP_IN).content


def test_a_limit_that_is_high_enough_stays() -> None:
    assert DROP_IN not in ids(with_limits("524288", "524288", 524288))


def test_a_unit_that_says_enough_is_not_told_again() -> None:
    assert DROP_IN not in ids(with_limits("65535", "65535", 20000))


def test_more_clients_than_files_are_noted_and_not_forced_live() -> None:
    world = stock(machine_files=4096).apply(planned(stock(machine_files=4096)))
    made = planned(world)
    assert made.empty
    assert "4064 instead of 10000" in notes(made)["maxclients"]


def test_a_queue_longer_than_the_kernels_is_cut() -> None:
    made = planned(stock("tcp-backlog 65535\n"))
    assert change(made, "directive:tcp-backlog").after == "4096"


def test_a_queue_that_the_kernel_cut_already_is_no_reason_for_a_restart() -> None:
    done = stock().apply(planned(stock()))
    text = done.files[build.CONF].replace(b"tcp-backlog 511", b"tcp-backlog 65535")
    world = with_fields(done, files={**done.files, build.CONF: text}, started={**done.files, build.CONF: text})
    made = planned(world)
    assert ids(made) == {"directive:tcp-backlog"}
    assert planned(world.apply(made)).empty


def test_without_a_unit_the_operator_is_told() -> None:
    world = World(files=stock().files, started=stock().started, unit=False, machine_files=1024)
    assert "no systemd unit" in notes(planned(world))["open files"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("65535", 65535), ("1024:524288", 524288), ("infinity", UNLIMITED), ("", None), ("many", None)],
)
def test_limits_are_read_as_systemd_writes_them(text: str, value: int | None) -> None:
    assert limit(text) == value


def test_a_unit_of_another_service_manager_gets_no_drop_in_and_no_more_clients_than_fit() -> None:
    facts, sources = stock().detect()
    facts = replace(facts, os=replace(facts.os, init=Init.OTHER))
    facts = build.with_instance(build.with_live(facts, {"maxclients": "992"}), process=build.process(open_files=1024))
    made = plan(facts, sources, recommended(stock()))
    assert DROP_IN not in ids(made)
    assert "directive:maxclients" not in ids(made)
    assert "no systemd unit" in notes(made)["open files"]
