"""Huge pages off, now and at every boot."""

from dataclasses import replace as with_fields

from tests.support import facts_builder as build
from tests.support.plan_model import THP_UNIT, change, ids, notes, planned, recommended, stock
from wizard.model.facts.machine import Init
from wizard.model.value import replace
from wizard.planning.plan import plan


def test_both_knobs_live_and_a_unit_before_the_server() -> None:
    made = planned(stock())
    assert change(made, "kernel:thp.enabled").value == change(made, "kernel:thp.defrag").value == "never"
    content = change(made, f"file:{THP_UNIT}").content
    assert "Before=basic.target redis-server.service" in content
    assert content.count("ExecStart=") == 2
    assert "RemainAfterExit=yes" in content
    assert change(made, "enable:disable-thp.service").needs == (f"file:{THP_UNIT}",)


def test_a_host_that_does_it_by_itself_is_left_alone() -> None:
    facts, sources = stock().detect()
    facts = build.with_kernel(facts, "thp.enabled", "never", "never")
    made = plan(facts, sources, recommended(stock()))
    assert not ids(made) & {f"file:{THP_UNIT}", "enable:disable-thp.service", "kernel:thp.enabled"}


def test_another_unit_of_that_name_that_does_nothing_is_replaced() -> None:
    world = stock(files={**stock().files, THP_UNIT: b"[Unit]\nDescription=broken\n"})
    made = change(planned(world), f"file:{THP_UNIT}")
    assert made.before == "another unit"
    assert made.before_digest


def test_without_systemd_the_next_boot_is_for_the_operator() -> None:
    facts, sources = stock().detect()
    made = plan(replace(facts, os=replace(facts.os, init=Init.OTHER)), sources, recommended(stock()))
    assert f"file:{THP_UNIT}" not in ids(made)
    assert "boot scripts" in notes(made)["huge pages"]


def test_what_acts_behind_the_unit_is_named_instead_of_planned_again() -> None:
    facts, sources = stock().detect()
    facts = build.with_kernel(facts, "thp.enabled", "never", "always")
    kernel = tuple(
        replace(
            each,
            next_boot_source="/etc/tuned/redis/tuned.conf:2",
            overridden=("/etc/systemd/system/disable-thp.service:12 = never",),
        )
        if each.key == "thp.enabled"
        else each
        for each in facts.kernel
    )
    made = plan(replace(facts, kernel=kernel), sources, recommended(stock()))
    assert not ids(made) & {f"file:{THP_UNIT}", "enable:disable-thp.service"}
    assert "tuned.conf:2 sets them to always at boot" in notes(made)["huge pages"]


def test_they_stay_when_nobody_asks() -> None:
    answers = recommended(stock())
    made = planned(stock(), replace(answers, kernel=replace(answers.kernel, huge_pages=False)))
    assert not [each for each in ids(made) if "thp" in each]


def test_the_unit_waits_for_nothing_that_waits_for_it() -> None:
    world = with_fields(stock())
    content = change(planned(world), f"file:{THP_UNIT}").content
    assert "DefaultDependencies=no" in content
    assert "WantedBy=basic.target" in content
