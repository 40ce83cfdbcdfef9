"""The boxes of the interfaces, by the words of the answer."""

import pytest

from screens.text.steps.network import interface, ports
from tests.support import facts_builder as build
from wizard.model.answers import Answers, Plaintext, TlsAnswers
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import ClientGroup
from wizard.model.facts.service import Role
from wizard.model.network import Scope
from wizard.planning.addresses import resolve
from wizard.planning.preview.connections import connection_preview
from wizard.planning.preview.network import InterfaceReach, interface_reach

TWO = (build.address("10.0.4.7", Scope.PRIVATE), build.address("10.0.5.7", Scope.PRIVATE))


def host() -> HostFacts:
    interfaces = (*build.INTERFACES, build.interface("eth2", *TWO))
    group = ClientGroup(user="app", address="10.0.4.30", name="orders", library="", listener="10.0.4.7:6379", count=2)
    return build.host(
        interfaces=interfaces[:2] + interfaces[3:], instances=(build.instance(live=build.live(clients=(group,))),)
    )


def reaches(*words: str) -> dict[str, InterfaceReach]:
    facts = host()
    return {each.name: each for each in interface_reach(facts, facts.instances[0], words)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("loopback",), {"lo"}),
        (("127.0.0.1", "-::1"), {"lo"}),
        (("interface:eth0",), {"eth0"}),
        (("-interface:eth0",), {"eth0"}),
        (("-203.0.113.7",), {"eth0"}),
        (("10.0.4.7", "10.0.5.7"), {"eth2"}),
        (("*",), {"lo", "eth0", "eth2"}),
        (("0.0.0.0",), {"lo", "eth0", "eth2"}),  # noqa: S104 - an answer, nothing listens
        (("nonsense", "interface:none"), set()),
        ((), set()),
    ],
)
def test_a_box_agrees_with_the_answer_in_each_form(words: tuple[str, ...], expected: set[str]) -> None:
    assert {name for name, each in reaches(*words).items() if each.open} == expected


def test_one_of_two_addresses_is_a_part() -> None:
    found = reaches("10.0.4.7")["eth2"]
    assert (found.open, found.partly) == (False, True)


@pytest.mark.parametrize(
    ("words", "count", "said"),
    [
        (("10.0.4.7",), 0, ": orders (2)"),
        (("10.0.5.7",), 2, ": 2 lose it: orders (2)"),
        (("loopback",), 2, ": 2 lose it: orders (2)"),
        (("-interface:eth2",), 0, ": orders (2)"),
    ],
)
def test_only_clients_of_a_closed_address_lose_it(words: tuple[str, ...], count: int, said: str) -> None:
    reach = reaches(*words)["eth2"]
    assert sum(group.count for group in reach.cut_off) == count
    assert interface(reach, here=False, width=120).plain.endswith(said)


def test_counts_the_clients_that_come_by_it() -> None:
    found = reaches()
    assert {name: each.connections for name, each in found.items()} == {"lo": 0, "eth0": 0, "eth2": 2}
    assert found["eth0"].public
    assert not found["eth2"].public


@pytest.mark.parametrize("words", [("loopback", "-10.0.4.7"), ("loopback", "interface:eth2"), ("*",), ()])
@pytest.mark.parametrize("name", ["lo", "eth0", "eth2"])
def test_a_turned_box_opens_or_closes_its_interface_alone(words: tuple[str, ...], name: str) -> None:
    before = reaches(*words)
    chosen = before[name]
    after_words = chosen.closed(words, before.values()) if chosen.open else chosen.opened(words)
    after = reaches(*after_words)
    assert after[name].open is not chosen.open
    for other in before.keys() - {name}:
        assert (after[other].open, after[other].partly) == (before[other].open, before[other].partly)
    assert not after_words or resolve(after_words, host())


def test_a_host_whose_interfaces_are_unknown_has_loopback() -> None:
    (only,) = interface_reach(build.host(interfaces=()), None, ("loopback",))
    assert (only.origin, only.open) == ("this host", True)


def ports_of(server: Instance, plaintext: Plaintext = Plaintext.DRAIN) -> str:
    answers = Answers(tls=TlsAnswers(plaintext=plaintext))
    preview = connection_preview(build.host(instances=(server,)), server, answers)
    return " ".join(ports(preview.ports, None, 76).plain.split())


def test_the_ports_are_those_that_the_plan_leaves_open() -> None:
    group = ClientGroup(user="app", address="10.0.4.30", name="", library="", listener="10.0.4.7:6379", count=2)
    used = build.instance(live=build.live(clients=(group,)))
    assert ports_of(used) == "ports 6379 in plain text until unused, 6380 with TLS"
    assert ports_of(used, Plaintext.CLOSE) == "ports 6379 in plain text until TLS works, 6380 with TLS"
    assert ports_of(used, Plaintext.KEEP) == "ports 6379 in plain text, 6380 with TLS"
    replica = build.instance(live=build.live(role=Role.REPLICA))
    assert ports_of(replica) == "ports 6379 in plain text"
