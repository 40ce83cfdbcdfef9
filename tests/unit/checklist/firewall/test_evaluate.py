"""What becomes of a packet: by rulesets as ufw and firewalld write them, and where a condition cannot be decided."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from wizard.checklist.firewall.evaluate import Evaluator, PacketOutcome
from wizard.checklist.firewall.packet import Packet
from wizard.checklist.firewall.route import Routes
from wizard.checklist.firewall.sources import Sources, everyone, foreign, sources_of
from wizard.detect.machine.iptables import parse_save
from wizard.detect.machine.nftables import parse_ruleset
from wizard.model.network import (
    Action,
    Address,
    FilterChain,
    FilterRule,
    Interface,
    Match,
    PacketFilter,
    Scope,
)
from wizard.model.value import replace

DATA = Path(__file__).parents[3] / "data/firewall"
ADDRESSES = {4: "10.0.4.7", 6: "2001:db8::7"}
INTERFACES = (
    Interface(
        name="eth0",
        up=True,
        mtu=1500,
        default_route=True,
        addresses=tuple(
            Address(address=address, prefix=24 if family == 4 else 64, scope=Scope.GLOBAL)
            for family, address in ADDRESSES.items()
        ),
    ),
)


def firewalld() -> PacketFilter:
    return parse_ruleset((DATA / "firewalld.json").read_text())


def ufw() -> PacketFilter:
    ip, ip6 = (DATA / f"ufw.{family}.save" for family in ("ip", "ip6"))
    chains = (*parse_save(ip.read_text(), "ip", "iptables"), *parse_save(ip6.read_text(), "ip6", "iptables"))
    return PacketFilter(chains=chains)


def outcome(filters: PacketFilter, port: int = 6379, *, family: int = 4, interface: str = "eth0") -> PacketOutcome:
    address = int(ip_address(ADDRESSES[family]))
    packet = Packet(family=family, interface=interface, near=True, address=address, port=port, asked_port=port)
    return Evaluator(filters, Routes(INTERFACES)).outcome(packet, foreign(family))


@pytest.mark.parametrize(
    ("filters", "family", "interface", "port", "accepted"),
    [
        (ufw(), 4, "eth0", 22, "any address"),
        (ufw(), 4, "eth0", 6379, "10.0.4.0/24"),
        (ufw(), 6, "eth0", 6379, "no address"),
        (ufw(), 4, "eth0", 26379, "any address"),  # limit: six connections in 30 seconds from any address
        (ufw(), 4, "eth0", 6380, "no address"),
        (firewalld(), 4, "eth0", 22, "any address"),
        (firewalld(), 4, "eth0", 6379, "10.0.4.0/24"),
        (firewalld(), 6, "eth0", 6379, "no address"),
        (firewalld(), 4, "eth0", 6380, "no address"),
        (firewalld(), 4, "eth1", 6380, "any address"),  # eth1 is in the zone internal
        (firewalld(), 4, "eth1", 6379, "no address"),
        (PacketFilter(), 6, "eth0", 6379, "any address"),
    ],
)
def test_decides_rules_as_their_tools_write_them(
    filters: PacketFilter, family: int, interface: str, port: int, accepted: str
) -> None:
    found = outcome(filters, port, family=family, interface=interface)
    assert (found.accepted.describe(), found.possible.describe()) == (accepted, accepted)


def test_names_the_rule_that_accepts() -> None:
    found = outcome(ufw())
    assert found.accepted_by(found.accepted).endswith(
        "ufw-user-input: -A ufw-user-input -s 10.0.4.0/24 -p tcp -m tcp --dport 6379 -j ACCEPT"
    )


# --- three answers -----------------------------------------------------------------------------------

UNKNOWN = Match(fields=("meta skuid",), values=(("0",),))
LISTED = Match(fields=("ip saddr",), values=(("10.0.0.0/8",),))


def rule(action: Action, *matches: Match, target: str = "", effects: tuple[str, ...] = ()) -> FilterRule:
    return FilterRule(text=f"rule {action}", matches=matches, action=action, target=target, effects=effects)


def chain(*rules: FilterRule, drops: bool = False, name: str = "input", hook: str = "input") -> FilterChain:
    return FilterChain(program="nft", family="inet", table="t", name=name, rules=rules, hook=hook, drops=drops)


def limits(*chains: FilterChain) -> tuple[str, str]:
    found = outcome(PacketFilter(chains=chains))
    return found.accepted.describe(), found.possible.describe()


def test_an_undecided_condition_leaves_open_what_it_decides_and_no_more() -> None:
    accept, drop = rule(Action.ACCEPT, UNKNOWN), rule(Action.DROP, UNKNOWN)
    assert limits(chain(accept, drops=True)) == ("no address", "any address")
    assert limits(chain(drop)) == ("no address", "any address")
    assert limits(chain(accept)) == ("any address", "any address")
    assert limits(chain(drop, drops=True)) == ("no address", "no address")
    assert limits(chain(rule(Action.ACCEPT, UNKNOWN, LISTED), drops=True)) == ("no address", "10.0.0.0/8")
    assert limits(chain(rule(Action.ACCEPT, LISTED), accept, drops=True)) == ("10.0.0.0/8", "any address")


def test_names_the_condition_that_is_not_decided() -> None:
    found = outcome(PacketFilter(chains=(chain(rule(Action.ACCEPT, UNKNOWN), drops=True),)))
    assert found.doubt(found.possible) == "nft inet t input: meta skuid in rule accept"


@pytest.mark.parametrize(
    "opaque",
    [
        rule(Action.OTHER, target="queue"),
        rule(Action.JUMP, target="missing"),
        rule(Action.TRANSLATE, target="127.0.0.1 6379"),
        rule(Action.ACCEPT, Match(fields=("ip saddr",), named="missing")),
        rule(Action.ACCEPT, Match(fields=("tcp dport",), values=(("redis",),))),
        rule(Action.ACCEPT, Match(fields=("ip saddr",), values=(("host",),))),
    ],
)
def test_what_is_not_known_is_never_decided(opaque: FilterRule) -> None:
    assert limits(chain(opaque, drops=True)) == ("no address", "any address")


def test_every_base_chain_must_accept() -> None:
    refuses = chain(rule(Action.DROP, Match(fields=("tcp dport",), values=(("6379",),))), name="late")
    assert limits(chain(rule(Action.ACCEPT)), refuses) == ("no address", "no address")


def test_a_goto_does_not_come_back() -> None:
    base = chain(rule(Action.GOTO, target="x"), rule(Action.ACCEPT), drops=True)
    assert limits(base, chain(name="x", hook="")) == ("no address", "no address")
    jumps = chain(rule(Action.JUMP, target="x"), rule(Action.ACCEPT), drops=True)
    assert limits(jumps, chain(name="x", hook="")) == ("any address", "any address")


def test_a_circle_of_jumps_ends() -> None:
    circle = chain(rule(Action.JUMP, target="x"), name="x", hook="")
    assert limits(chain(rule(Action.JUMP, target="x"), drops=True), circle) == ("no address", "any address")


# --- translation -------------------------------------------------------------------------------------


def test_a_published_container_port_is_decided_by_forward() -> None:
    """Docker's way: the packet never meets the hook input, whatever drops there."""
    dnat = chain(rule(Action.TRANSLATE, target="172.17.0.2 6379"), name="nat", hook="prerouting")
    closed = chain(drops=True)
    assert limits(dnat, closed) == ("any address", "any address")
    assert limits(dnat, closed, chain(name="forward", hook="forward", drops=True)) == ("no address", "no address")
    (arrival,) = outcome(PacketFilter(chains=(dnat, closed))).arrivals
    assert (arrival.packet.port, arrival.packet.local) == (6379, False)


def test_a_redirected_port_is_judged_as_the_new_one() -> None:
    redirect = chain(
        rule(Action.TRANSLATE, Match(fields=("tcp dport",), values=(("7000",),)), target=" 6379"),
        name="nat",
        hook="prerouting",
    )
    closed = chain(rule(Action.DROP, Match(fields=("tcp dport",), values=(("6379",),))))
    found = outcome(PacketFilter(chains=(redirect, closed)), port=7000)
    assert found.possible.describe() == "no address"


def test_a_packet_is_translated_once() -> None:
    first, second = (
        replace(
            chain(
                rule(Action.TRANSLATE, Match(fields=("tcp dport",), values=((port,),)), target=target),
                name=f"nat{port}",
                hook="prerouting",
            ),
            nat=True,
        )
        for port, target in (("7000", " 6379"), ("6379", " 80"))
    )
    (arrival,) = outcome(PacketFilter(chains=(first, second)), port=7000).arrivals
    assert arrival.packet.port == 6379


# --- sets of sources ---------------------------------------------------------------------------------


def test_sets_of_sources_are_exact() -> None:
    one = sources_of(4, ["10.0.0.0/24", "10.0.1.0-10.0.1.9", "fe80::/10"])
    assert one.ranges == ((0x0A000000, 0x0A000109),)
    assert (one | one.complement()) == everyone(4)
    assert not one & one.complement()
    assert (one - sources_of(4, ["10.0.0.128/25"])).count() == 138
    assert Sources(family=6).complement() == everyone(6)


def test_many_sources_are_shown_by_the_first() -> None:
    many = sources_of(4, [f"10.0.{each}.1" for each in range(9)])
    assert many.describe() == "10.0.0.1, 10.0.1.1, 10.0.2.1 and more"
