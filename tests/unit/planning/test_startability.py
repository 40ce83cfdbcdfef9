"""Plans after which the server could not start, or could not be reached, are refused with the place."""

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import World, planned, recommended, stock
from wizard.errors import PlanError
from wizard.model.answers import Answers
from wizard.model.facts.configuration import Problem
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.startability import ensure_startable


def refusal(world: World, answers: Answers | None = None, *, facts: HostFacts | None = None) -> str:
    with pytest.raises(PlanError) as caught:
        ensure_startable(facts or world.detect()[0], world.detect()[1], planned(world, answers))
    return str(caught.value)


def with_instance(world: World, **fields: object) -> HostFacts:
    facts, _ = world.detect()
    return replace(facts, instances=(replace(facts.instances[0], **fields),))


@pytest.mark.parametrize("more", ["", "hz 20 # calls a second\n", "nosuchdirective yes\n", "maxmemory lots\n"])
def test_what_the_plan_mends_is_no_obstacle(more: str) -> None:
    world = stock(more)
    ensure_startable(*world.detect(), planned(world))


def test_a_value_that_nobody_can_guess_is_one_at_its_line_of_now() -> None:
    said = refusal(stock("hz often\n"))
    assert said.startswith("/etc/redis/redis.conf line 20: ")
    assert "hz" in said


def test_several_are_counted() -> None:
    assert "(1 more of this kind" in refusal(stock("hz often\ndatabases many\n"))


def test_a_configuration_that_cannot_be_read_is_one() -> None:
    world = stock()
    facts = with_instance(world, config=Unreadable(what=str(build.CONF), why="it is not a regular file"))
    assert refusal(world, facts=facts) == (
        "/etc/redis/redis.conf cannot be read (it is not a regular file); fix that, then plan again"
    )


def test_a_server_without_a_file_has_none_to_be_read() -> None:
    world = stock()
    facts = with_instance(
        world, config=Unreadable(what="configuration file", why="the server was started without a file")
    )
    ensure_startable(facts, world.detect()[1], planned(world))


def nobody_gets_in(answers: Answers) -> Answers:
    network = replace(answers.network, port=0, unix_socket="off")
    return replace(answers, network=network, tls=replace(answers.tls, enabled=False))


def test_a_server_that_nobody_can_reach_is_one() -> None:
    world = stock()
    assert "no client can connect" in refusal(world, nobody_gets_in(recommended(world)))


def test_one_way_in_is_enough() -> None:
    world = stock()
    answers = nobody_gets_in(recommended(world))
    with_socket = replace(answers, network=replace(answers.network, unix_socket="auto"))
    ensure_startable(*world.detect(), planned(world, with_socket))


def broken(world: World, path: str) -> HostFacts:
    problem = Problem(
        path=build.CONF.parent / path,
        line=0,
        code="certificate-unreadable",
        what="it is none",
        remedy="name one",
        fatal=True,
    )
    return with_instance(world, tls=TlsFacts(problems=(problem,)))


def as_it_is(world: World) -> Plan:
    made = planned(world)
    return replace(made, changes=(), diffs=())


TLS = (
    "tls-port 6380\ntls-cert-file /etc/redis/a.crt\ntls-key-file /etc/redis/a.key\ntls-ca-cert-file /etc/redis/ca.crt\n"
)


def test_a_broken_certificate_that_stays_is_one() -> None:
    world = stock(TLS)
    with pytest.raises(PlanError, match=r"/etc/redis/a\.crt: it is none; name one"):
        ensure_startable(broken(world, "a.crt"), world.detect()[1], as_it_is(world))


def test_a_broken_certificate_that_nothing_names_is_none() -> None:
    world = stock(TLS)
    ensure_startable(broken(world, "b.crt"), world.detect()[1], as_it_is(world))


def test_a_key_of_another_certificate_is_one() -> None:
    world = stock(TLS)
    facts = with_instance(world, tls=TlsFacts(key_matches=False))
    with pytest.raises(PlanError, match=r"/etc/redis/a\.key does not belong to the certificate /etc/redis/a\.crt"):
        ensure_startable(facts, world.detect()[1], as_it_is(world))


def test_a_host_without_a_server_has_no_obstacle() -> None:
    world = stock()
    facts, sources = world.detect()
    ensure_startable(replace(facts, instances=()), sources, planned(world))
