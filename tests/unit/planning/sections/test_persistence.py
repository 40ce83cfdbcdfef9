"""The append-only file never costs data; save points stand as the server reads them."""

from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, change, ids, notes, planned, recommended, stock
from wizard.model.answers import Durability
from wizard.model.change import Effect, Risk
from wizard.model.facts.files import FileKind
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Flavour
from wizard.model.plan import Plan
from wizard.model.value import Memory, replace
from wizard.planning.plan import plan


def durable(world: World, durability: Durability, *points: str) -> Plan:
    answers = recommended(world)
    return planned(
        world, replace(answers, persistence=replace(answers.persistence, durability=durability, snapshots=points))
    )


def test_the_append_only_file_is_switched_on_live_with_its_evidence() -> None:
    made = change(planned(stock()), "directive:appendonly")
    assert (made.live, made.effect, made.risk) == ("yes", Effect.NOW, Risk.DATA)
    assert "10 keys" in made.evidence


def test_it_comes_before_everything_else_of_the_server() -> None:
    made = [each.id for each in planned(stock()).changes if each.id.startswith("directive:")]
    assert made[0] == "directive:appendonly"


def test_it_is_never_switched_on_by_the_file_alone() -> None:
    made = planned(stock(login=False))
    assert "directive:appendonly" not in ids(made)
    assert "give a login" in notes(made)["directive:appendonly"]


def test_a_server_that_is_down_with_data_is_started_first() -> None:
    made = planned(stock(running=False))
    assert "directive:appendonly" not in ids(made)
    assert "start the server" in notes(made)["directive:appendonly"]


def test_a_file_that_says_yes_over_a_server_that_does_not_is_a_trap_and_closed() -> None:
    text = stock().files[build.CONF].replace(b"appendonly no", b"appendonly yes")
    made = change(planned(World(files={build.CONF: text}, started=stock().files)), "directive:appendonly")
    assert made.live == "yes"


def test_too_little_space_leaves_it_out() -> None:
    facts, sources = stock(used=200 << 30).detect()
    full = build.with_instance(facts, space=(build.space("/var/lib/redis", free=Memory(2 << 30)),))

    made = plan(full, sources, recommended(stock()))
    assert "only 2.0 GiB are free" in notes(made)["directive:appendonly"]


@pytest.mark.parametrize(("place", "on", "taken"), [("", "yes", True), ("", "no", False), ("-two", "yes", False)])
def test_two_servers_never_write_one_append_only_file(place: str, on: str, *, taken: bool) -> None:
    facts, sources = stock().detect()
    first = facts.instances[0]
    assert isinstance(first.live, LiveServer)
    other = replace(
        first,
        name="redis-server@two",
        live=replace(first.live, config={**first.live.config, "appendonly": on}),
        append_only=build.file_status(f"/var/lib/redis/appendonlydir{place}", kind=FileKind.ABSENT),
    )
    both = replace(facts, instances=(first, other))
    made = plan(both, sources, recommended(stock()), instance=first.name)
    assert ("directive:appendonly" not in ids(made)) is taken
    assert ("redis-server@two keeps its append-only files" in notes(made).get("directive:appendonly", "")) is taken


def test_switching_it_off_says_what_is_lost() -> None:
    world = stock("appendonly yes\n")
    assert change(durable(world, Durability.SNAPSHOTS, "3600 1"), "directive:appendonly").risk is Risk.DATA


@pytest.mark.parametrize(
    ("version", "lines"),
    [("8.0.2", (("900", "1", "60", "10"),)), ("6.2.5", (("900", "1"), ("60", "10")))],
)
def test_save_points_are_one_line_but_on_6(version: str, lines: tuple[tuple[str, ...], ...]) -> None:
    world = stock(version=version, flavour=Flavour.REDIS, tls_build=False)
    assert change(durable(world, Durability.SECOND, "900 1", "60 10"), "directive:save").values == lines


def test_no_save_points_are_written_as_an_empty_one() -> None:
    assert change(durable(stock(), Durability.NOTHING_KEPT), "directive:save").values == (("",),)
    assert change(durable(stock(), Durability.NOTHING_KEPT), "directive:save").risk is Risk.DATA


def test_keep_leaves_all_of_it() -> None:
    assert not ids(durable(stock("save 1 1\n"), Durability.KEEP)) & {"directive:save", "directive:appendonly"}


def test_save_lines_behind_an_include_become_one() -> None:

    text = b"include /etc/redis/more.conf\n" + stock("save 3600 1\nsave 300 100\nsave 60 10000\n").files[build.CONF]
    world = stock(files={build.CONF: text, PurePosixPath("/etc/redis/more.conf"): b""})
    made = change(planned(world), "directive:save")
    assert made.values == (("3600", "1", "300", "100", "60", "10000"),)
    assert "Fixed" in made.why


def test_it_is_never_switched_off_by_the_file_alone_where_it_may_hold_data() -> None:
    text = stock().files[build.CONF].replace(b"appendonly no", b"appendonly yes")
    files = {build.CONF: text}
    silent = stock(files=files, started=files, login=False), stock(files=files, started=files, running=False)
    for world, remedy in zip(silent, ("give a login", "start the server"), strict=True):
        facts, sources = world.detect()
        held = build.with_instance(facts, append_only=build.file_status("/var/lib/redis/appendonlydir"))
        answers = recommended(stock())
        wanted = replace(answers.persistence, durability=Durability.SNAPSHOTS)
        made = plan(held, sources, replace(answers, persistence=wanted))
        assert "directive:appendonly" not in ids(made)
        assert remedy in notes(made)["directive:appendonly"]
