"""From a wish to a change: what differs in the file, what differs live."""

from dataclasses import replace as with_fields
from pathlib import PurePosixPath

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, diff, ids, notes, planned, recommended, stock
from wizard.model.answers import Answers
from wizard.model.change import Effect
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan as make
from wizard.planning.recommend.answers import recommend


def quiet(world: World, **audit: object) -> Answers:
    """Answers that ask for nothing but the audit section named."""
    answers = recommended(world)
    return replace(answers, audit=replace(answers.audit, **audit))


def test_a_hot_directive_is_set_in_the_file_and_live() -> None:
    made = change(planned(stock()), "directive:slowlog-max-len")
    assert (made.values, made.live, made.effect) == ((("256",),), "256", Effect.NOW)
    assert (made.before, made.after) == ("128", "256")


def test_without_a_login_nothing_is_set_live_and_the_restart_brings_it() -> None:
    plan = planned(stock(login=False))
    made = change(plan, "directive:slowlog-max-len")
    assert (made.live, made.effect) == (None, Effect.RESTART)
    assert "directive:slowlog-max-len" in change(plan, "restart").because


def test_a_line_that_another_one_overrides_goes_without_a_restart_though_nobody_could_look() -> None:
    done = stock().apply(planned(stock()))
    text = done.files[build.CONF].replace(b"slowlog-max-len 256", b"slowlog-max-len 9\nslowlog-max-len 256")
    unseen = replace_world(done, files={**done.files, build.CONF: text}, login=False)
    made = planned(unseen, planned(done).answers)
    assert change(made, "directive:slowlog-max-len").effect is Effect.NOW
    assert "restart" not in ids(made)


def test_an_immutable_directive_needs_the_restart() -> None:
    plan = planned(stock())
    assert change(plan, "directive:unixsocket").live is None
    assert "directive:unixsocket" in change(plan, "restart").because


def test_what_is_right_in_the_file_and_wrong_live_is_set_live_alone() -> None:
    done = stock().apply(planned(stock()))
    drifted = replace_world(done, overrides={"slowlog-max-len": "1", "commandlog-slow-execution-max-len": "1"})
    plan = planned(drifted)
    made = change(plan, "directive:slowlog-max-len")
    assert (made.live, made.values) == ("256", (("256",),))
    assert plan.diffs == ()


def test_what_is_right_live_and_wrong_in_the_file_is_written() -> None:
    done = stock().apply(planned(stock()))
    text = done.files[build.CONF].replace(b"slowlog-max-len 256", b"slowlog-max-len 9")
    made = change(planned(replace_world(done, files={**done.files, build.CONF: text})), "directive:slowlog-max-len")
    assert made.live is None
    assert made.effect is Effect.NOW


def test_equal_meaning_is_no_difference() -> None:
    world = stock("maxmemory 1048576kb\n")
    assert "directive:maxmemory" not in ids(planned(world))


def test_a_default_needs_no_line() -> None:
    made = ids(planned(stock()))
    assert "directive:acllog-max-len" not in made
    assert "directive:notify-keyspace-events" not in made


def test_a_directive_that_the_server_lacks_is_left_out_with_a_note() -> None:
    world = stock(version="6.2.5", tls_build=False)
    answers = quiet(world)
    plan = planned(world, answers)
    assert not [each for each in plan.changes if each.id.startswith("directive:tls-")]


def overridden(options: str) -> Plan:
    """Plan a slow log of 256 entries for a unit with these options."""
    facts, sources = stock().detect()
    unit = facts.instances[0].unit
    assert unit is not None
    start = f"/usr/bin/redis-server /etc/redis/redis.conf {options}"
    facts = build.with_instance(facts, unit=replace(unit, properties={**unit.properties, "ExecStart": start}))
    return make(facts, sources, recommend(facts, facts.instances[0]).answers)


def test_what_the_command_line_sets_otherwise_is_left_out_and_named() -> None:
    made = overridden("--slowlog-max-len 5")
    assert "directive:slowlog-max-len" not in ids(made)
    said = notes(made)["directive:slowlog-max-len"]
    assert "the command line of redis-server.service sets slowlog-max-len 5, which overrides the file" in said


def test_what_the_command_line_sets_as_wanted_needs_no_line_and_the_useless_one_is_named() -> None:
    made = overridden("--slowlog-max-len 256")
    # The running server has another value; its next start takes the option.
    found = change(made, "directive:slowlog-max-len")
    assert (found.live, found.effect) == ("256", Effect.NOW)
    assert "slowlog-max-len 256" not in diff(made)
    assert "/etc/redis/redis.conf:" in notes(made)["directive:slowlog-max-len"]
    assert "has no effect" in notes(made)["directive:slowlog-max-len"]


def test_the_line_that_counts_is_edited_where_it_stands() -> None:
    more = PurePosixPath("/etc/redis/more.conf")
    text = build_text("include /etc/redis/more.conf")
    world = stock(files={build.CONF: text, more: b"# ours\nslowlog-max-len 7\n"})
    made = planned(world)
    assert change(made, "directive:slowlog-max-len").path == more
    assert "-slowlog-max-len 7" in diff(made, more)


def test_a_new_line_stands_behind_its_example() -> None:
    world = stock("# maxmemory <bytes>\n# unixsocket /run/redis.sock\n")
    text = world.apply(planned(world)).files[build.CONF].decode()
    assert "# maxmemory <bytes>\nmaxmemory 23gb\n" in text


def build_text(*more: str) -> bytes:
    return "".join(f"{line}\n" for line in (*build.PRISTINE_LINES, *more)).encode()


def replace_world(world: World, **over: object) -> World:

    return with_fields(world, **over)  # type: ignore[arg-type]
