"""Monotone: a packet filter that lets more in moves no item towards pass, whatever else its rules say."""

from collections.abc import Callable
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.facts_builder import (
    address,
    filter_chain,
    filter_rule,
    hardened_host,
    interface,
    listener,
    with_file,
    with_instance,
    with_live,
)
from wizard.checklist.registry import check
from wizard.model.facts.host import HostFacts
from wizard.model.finding import State
from wizard.model.network import Action, FilterChain, FilterRule, PacketFilter, Scope
from wizard.model.value import replace

TODAY = date(2026, 5, 4)
RANK = {State.FAIL: 0, State.UNKNOWN: 1, State.PASS: 2}

CONDITIONS = st.dictionaries(
    st.sampled_from(["ip_saddr", "tcp_dport", "meta_iifname", "meta_nfproto", "meta_skuid", "ct_state"]),
    st.just(""),
    max_size=2,
)
VALUES = {
    "ip_saddr": ["10.0.4.0/24", "203.0.113.0/24", "0.0.0.0/0", "64.0.0.0/2"],
    "tcp_dport": ["6380", "22", "1-65535"],
    "meta_iifname": ["eth0", "eth1", "eth*", "lo"],
    "meta_nfproto": ["ipv4", "ipv6"],
    "meta_skuid": ["0"],
    "ct_state": ["new", "established"],
}
ENDS = st.sampled_from(
    [Action.ACCEPT, Action.DROP, Action.RETURN, Action.CONTINUE, Action.OTHER, Action.JUMP, Action.GOTO]
)


@st.composite
def rules(draw: st.DrawFn, *, jumps: bool = True) -> FilterRule:
    chosen = {name: draw(st.sampled_from(VALUES[name])) for name in draw(CONDITIONS)}
    action = draw(ENDS)
    if action in (Action.JUMP, Action.GOTO) and not jumps:
        action = Action.ACCEPT
    return filter_rule(action, target="sub", **chosen)


@st.composite
def filters(draw: st.DrawFn) -> PacketFilter:
    sub = filter_chain(*draw(st.lists(rules(jumps=False), max_size=3)), name="sub", hook="", drops=False)
    bases = [
        filter_chain(*draw(st.lists(rules(), max_size=4)), drops=draw(st.booleans()), hook=hook, name=f"{hook}{number}")
        for number, hook in enumerate(draw(st.lists(st.sampled_from(["input", "prerouting"]), min_size=1, max_size=2)))
    ]
    return PacketFilter(chains=(sub, *bases))


# --- what lets more in -------------------------------------------------------------------------------

Change = Callable[[FilterChain], FilterChain]


def _accept(position: int, rule: FilterRule) -> Change:
    def change(chain: FilterChain) -> FilterChain:
        at = position % (len(chain.rules) + 1)
        return replace(chain, rules=(*chain.rules[:at], replace(rule, action=Action.ACCEPT), *chain.rules[at:]))

    return change


def _without_drop(chain: FilterChain) -> FilterChain:
    return replace(chain, rules=tuple(each for each in chain.rules if each.action is not Action.DROP))


def _wider(chain: FilterChain) -> FilterChain:
    return replace(
        chain,
        rules=tuple(replace(each, matches=()) if each.action is Action.ACCEPT else each for each in chain.rules),
    )


def _accepting(chain: FilterChain) -> FilterChain:
    return replace(chain, drops=False)


LOOSER = st.one_of(st.builds(_accept, st.integers(0, 4), rules()), st.sampled_from([_without_drop, _wider, _accepting]))


def host(rules_of_host: PacketFilter) -> HostFacts:
    """Return a host with a public and a private interface, on both of which its server listens."""
    facts = with_file(with_live(hardened_host(), {"bind": "*"}), "bind *")
    public = [address("203.0.113.7", Scope.GLOBAL), address("2001:db8::7", Scope.GLOBAL, 64)]
    interfaces = (interface("eth0", *public, default_route=True), interface("eth1", address("10.0.4.7", Scope.PRIVATE)))
    listeners = (listener("0.0.0.0", 6380), listener("::", 6380))  # noqa: S104 - facts of a host
    return replace(with_instance(facts, listeners=listeners), interfaces=interfaces, packet_filter=rules_of_host)


def rank(rules_of_host: PacketFilter) -> int:
    (item,) = [each for each in check(host(rules_of_host), today=TODAY).items if each.id == "2"]
    return RANK[item.state]


@settings(max_examples=150, deadline=None)
@given(before=filters(), changes=st.lists(LOOSER, min_size=1, max_size=3), data=st.data())
def test_a_filter_that_lets_more_in_makes_the_item_no_better(
    before: PacketFilter, changes: list[Change], data: st.DataObject
) -> None:
    chains = list(before.chains)
    for change in changes:
        index = data.draw(st.integers(0, len(chains) - 1))
        chains[index] = change(chains[index])
    assert rank(PacketFilter(chains=tuple(chains))) <= rank(before)
