"""Mistakes in a configuration are mended, each with its reason."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, config_facts, diff, ids, notes, planned, recommended, stock
from wizard.errors import PlanError
from wizard.model.facts.configuration import ConfigFacts, Problem
from wizard.model.value import replace
from wizard.planning.plan import plan


def after(world: World) -> str:
    return world.apply(planned(world)).files[build.CONF].decode()


def test_a_trailing_comment_goes_and_the_value_stays() -> None:
    world = stock("hz 20 # calls a second\n")
    made = change(planned(world), "directive:hz")
    assert made.values == (("20",),)
    assert "comment" in made.why
    assert "\nhz 20\n" in after(world)


def test_a_trailing_comment_behind_a_wanted_directive_is_a_part_of_its_change() -> None:
    made = change(planned(stock("timeout 300 # five minutes\n")), "directive:timeout")
    assert "Fixed" in made.why


def test_a_secret_survives_its_mending_and_is_not_shown() -> None:
    world = stock("masterauth s3cret # of the primary\n")
    made = planned(world)
    assert "s3cret" not in str(made)
    assert "masterauth s3cret\n" in after(world)


def test_an_unknown_directive_is_taken_out_with_a_note() -> None:
    world = stock("nosuchdirective yes\n")
    made = planned(world)
    assert change(made, "directive:nosuchdirective").values == ()
    assert "is removed" in notes(made)["/etc/redis/redis.conf line 20"]
    assert "-nosuchdirective yes" in diff(made)


def test_of_repeated_lines_the_one_that_counts_stays() -> None:
    assert after(stock("hz 20\nhz 30\n")).count("hz ") == 1


def test_a_value_that_nobody_can_guess_is_noted() -> None:
    made = planned(stock("hz often\n"))
    assert "directive:hz" not in ids(made)
    assert "hz" in notes(made)["/etc/redis/redis.conf line 20"]


def test_a_wrong_value_of_a_wanted_directive_is_replaced() -> None:
    world = stock("maxmemory-policy lru\n")
    assert "maxmemory-policy noeviction" in after(world)


def test_a_byte_order_mark_goes() -> None:
    text = b"\xef\xbb\xbf" + stock().files[build.CONF]
    world = stock(files={build.CONF: text}, running=False)
    assert not after(world).startswith("\ufeff")


@pytest.mark.parametrize("version", ["6.2.5", "8.0.2"])
def test_save_lines_of_every_form_become_what_the_server_reads(version: str) -> None:
    world = stock("save 3600 1 # hourly\nsave 300 100 60 10000\n", version=version, tls_build=False, running=False)
    assert not config_facts(world.apply(planned(world))).problems


def test_a_module_directive_is_left_for_the_operator() -> None:
    assert "directive:search.threads" not in ids(planned(stock("search.threads 4\n")))


def test_a_mistake_in_an_included_file_is_mended_there() -> None:
    more = PurePosixPath("/etc/redis/more.conf")
    text = b"include /etc/redis/more.conf\n" + stock().files[build.CONF]
    world = stock(files={build.CONF: text, more: b"hz 20 # x\n"})
    assert change(planned(world), "directive:hz").path == more


def test_a_line_that_lends_its_writer_a_hand_of_root_is_refused() -> None:
    facts, sources = stock("include /etc/ssh/sshd_config\n").detect()
    config = facts.instances[0].config
    assert isinstance(config, ConfigFacts)
    what = "redis can write this line, but /etc/ssh/sshd_config belongs to root."
    found = Problem(path=build.CONF, line=20, code="foreign-file", what=what, remedy="Take it out.", fatal=False)
    facts = build.with_instance(facts, config=replace(config, problems=(found,)))
    with pytest.raises(PlanError, match=r"^/etc/redis/redis.conf line 20: redis can write .* Take it out\.$"):
        plan(facts, sources, recommended(stock()))
