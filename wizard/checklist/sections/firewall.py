"""What the packet filter of this host accepts for listeners that other hosts can reach (decision 37)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from ipaddress import ip_address
from typing import NamedTuple

from wizard.checklist.context import AS_ROOT, CheckContext
from wizard.checklist.firewall.evaluate import Evaluator, PacketOutcome
from wizard.checklist.firewall.packet import Packet
from wizard.checklist.firewall.route import Routes, version
from wizard.checklist.firewall.sources import Sources, foreign, nothing, unrouted
from wizard.checklist.manual import attested_otherwise
from wizard.checklist.result import Judgement, failed, observed, passed, unknown
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import Evidence, State
from wizard.model.network import (
    Action,
    Address,
    FilterRule,
    Interface,
    Listener,
    PacketFilter,
    Scope,
    is_loopback,
    scope_of,
    wildcard_family,
)
from wizard.model.text import number
from wizard.model.value import Value, replace

FIREWALL_FIX = (
    "Open the ports to the application servers only (ufw, firewalld, nftables or iptables). Where a firewall outside "
    "this host does, attest the item with redis-wizard attest."
)
_SOURCE = "packet filter of this host"
_MOST_PUBLIC = {4: 1 << 16, 6: 1 << 88}
"""So many addresses that the internet routes can be a list of servers: a /16, or a /40. More is open."""
_MOST_EVIDENCE = 20
_UNNAMED = ""
"""An interface that no rule names."""


class _Way(NamedTuple):
    """How another host could send a packet to a listener."""

    port: int
    interface: Interface
    address: Address

    @property
    def family(self) -> int:
        return version(self.address.address)

    @property
    def sources(self) -> Sources:
        """The addresses it may come from; to a link-local address, those of the same link (RFC 4007)."""
        every = foreign(self.family)
        return every & unrouted(self.family) if self.address.scope is Scope.LINK_LOCAL else every

    @property
    def said(self) -> str:
        return f"port {self.port} on {self.interface.name} (IPv{self.family})"

    def packet(self, interface: str, port: int) -> Packet:
        """Return it as it arrives at an interface for a port."""
        return Packet(
            family=self.family,
            interface=interface,
            near=self.address in self.interface.addresses,
            address=int(ip_address(self.address.address)),
            port=port,
            asked_port=port,
        )


class _Answer(Value, frozen=True, kw_only=True):
    """What becomes of one way."""

    said: str
    state: State
    limit: str
    """To whom it is open."""
    cause: str
    """What accepts, or what cannot be decided."""

    @property
    def evidence(self) -> Evidence:
        """Return it as evidence."""
        value = f"{self.limit}: {self.cause}" if self.cause else self.limit
        return observed(self.said, _SOURCE, value)


def judge_rules(
    subject: CheckContext, listeners: Sequence[Listener], item: int, evidence: Sequence[Evidence]
) -> Judgement:
    """Judge what the packet filter accepts; where it limits too little, another firewall can be attested.

    Args:
        subject: What is known.
        listeners: At least one that other hosts can reach.
        item: The number of the item, for attestations.
        evidence: What shows these listeners.
    """
    judged = _now_and_later(subject, listeners, evidence)
    if judged.state is not State.FAIL:
        return judged
    # What the rules of this host show says nothing of a firewall elsewhere.
    elsewhere = attested_otherwise(subject, item, unknown(judged.summary, *judged.evidence))
    if elsewhere.state is not State.ATTESTED:
        return judged
    return replace(elsewhere, summary=f"{elsewhere.summary} The rules of this host do not show it: {judged.summary}")


_LOST = (
    "Have a service load the rules at boot: nftables.service with /etc/nftables.conf, netfilter-persistent save, ufw "
    "enable, or firewall-cmd --runtime-to-permanent."
)


def _now_and_later(subject: CheckContext, listeners: Sequence[Listener], evidence: Sequence[Evidence]) -> Judgement:
    """Return what holds now and after the next boot; rules that nothing loads again protect until then."""
    now = _judge(subject, listeners, evidence, subject.facts.packet_filter)
    if now.state not in (State.PASS, State.FAIL):
        return now
    filters = subject.facts.boot_filter
    boot = _judge(subject, listeners, evidence, filters)
    if now.state is State.FAIL:
        limited = " After the next boot it is limited: load those rules now." if boot.state is State.PASS else ""
        return replace(now, summary=f"{now.summary}{limited}")
    if boot.state is State.PASS:
        same = boot.summary == now.summary
        later = ", now and after the next boot." if same else f". After the next boot: {boot.summary}"
        return replace(now, summary=f"{now.summary.removesuffix('.')}{later}")
    if boot.state is State.FAIL:
        return failed(f"It is limited until the next boot. Then: {boot.summary}", *boot.evidence, fix=_LOST)
    why = f"{filters.why}." if isinstance(filters, Unreadable) else boot.summary
    return unknown(f"{now.summary} The rules of the next boot are not known: {why}", *now.evidence, fix=_LOST)


def rule_to_loopback(subject: CheckContext) -> str:
    """Return a rule that translates packets to a loopback listener; empty without one.

    The kernel lets them in where ``net.ipv4.conf.*.route_localnet`` is set, which is not looked at.
    """
    filters = subject.facts.packet_filter
    own = {each.port for each in subject.tcp}
    for chain in () if isinstance(filters, Unreadable) else filters.chains:
        for rule in chain.rules:
            address, _, port = rule.target.partition(" ")
            if rule.action is Action.TRANSLATE and is_loopback(address) and (not port or number(port) in own):
                return rule.text
    return ""


def _judge(
    subject: CheckContext,
    listeners: Sequence[Listener],
    evidence: Sequence[Evidence],
    filters: PacketFilter | Unreadable,
) -> Judgement:
    named = ", ".join(sorted({str(each.port) for each in listeners}, key=int))
    if isinstance(filters, Unreadable):
        return unknown(
            f"The firewall rules for port {named} could not be read: {filters.why}.",
            *evidence,
            fix=_look(subject, filters),
        )
    routes = Routes(subject.facts.interfaces)
    ways = tuple(dict.fromkeys(way for each in listeners for way in _ways(each, routes)))
    if not ways:
        return unknown(f"No interface shows how other hosts reach port {named}.", *evidence, fix=AS_ROOT)
    evaluator = Evaluator(filters, routes)
    answers = [answer for way in ways for answer in _answers(way, evaluator, filters)]
    worst = sorted(answers, key=lambda each: each.state is State.PASS)
    seen = (*evidence, *(each.evidence for each in worst[:_MOST_EVIDENCE]))
    return _together(named, answers, seen)


def _look(subject: CheckContext, filters: Unreadable) -> str:
    """Return what makes it possible to read the rules."""
    if subject.facts.tree is None and subject.facts.root:
        missing, installed, _ = filters.why.partition(" is not installed")
        return f"Install {missing}, which prints every rule. {FIREWALL_FIX}" if installed else FIREWALL_FIX
    return subject.look_again("the packet filter")


def _together(ports: str, answers: Sequence[_Answer], evidence: Sequence[Evidence]) -> Judgement:
    open_ways = [each for each in answers if each.state is State.FAIL]
    if open_ways:
        first = open_ways[0]
        rest = f" The evidence lists {len(open_ways) - 1} more." if open_ways[1:] else ""
        why = first.cause or "no rule looks at it"
        return failed(f"{first.said[0].upper()}{first.said[1:]} is open to {first.limit}: {why}.{rest}", *evidence)
    undecided = [each for each in answers if each.state is State.UNKNOWN]
    if undecided:
        first = undecided[0]
        return unknown(
            f"Rules that this version cannot evaluate decide on {first.said}: {first.cause}.",
            *evidence,
            fix=f"Find out what the named rule does. {FIREWALL_FIX}",
        )
    limits = dict.fromkeys(each.limit for each in answers if each.limit != _REFUSED)
    said = f"limits port {ports} to {'; '.join(limits)}" if limits else f"refuses other hosts on port {ports}"
    summary = f"The packet filter of this host {said}."
    return passed(summary, evidence[0], *evidence[1:])


_REFUSED = "refused"


# --- ways --------------------------------------------------------------------------------------------


def _ways(listener: Listener, routes: Routes) -> Iterator[_Way]:
    """Return every way to a listener; a packet for any address of this host may arrive at each interface."""
    scope = scope_of(listener.address)
    family = wildcard_family(listener.address)
    if scope is None:
        for each in (family,) if family else (4, 6):
            yield from (_Way(listener.port, interface, address) for interface, address in routes.arrivals(each))
        return
    known = [one for interface in routes.entries() for one in interface.addresses if one.address == listener.address]
    made = Address(address=listener.address, prefix=ip_address(listener.address).max_prefixlen, scope=scope)
    for interface in routes.entries():
        yield _Way(listener.port, interface, known[0] if known else made)


def _answers(way: _Way, evaluator: Evaluator, filters: PacketFilter) -> Iterator[_Answer]:
    """Return what becomes of a packet for the port itself, and for each port that is translated to it."""
    found = evaluator.outcome(way.packet(way.interface.name, way.port), way.sources)
    elsewhere = partial(_elsewhere, way, evaluator)
    yield _answer(way.interface, way.said, found, found.accepted, partial(elsewhere, way.port))
    for port in sorted(_translated_ports(filters, way.port) - {way.port}):
        found = evaluator.outcome(way.packet(way.interface.name, port), way.sources)
        arrived = _arrived(way, found)
        if arrived:
            said = f"port {port} on {way.interface.name} (IPv{way.family}), which is translated to {way.port},"
            narrowed = found._replace(possible=found.possible & arrived)
            yield _answer(way.interface, said, narrowed, found.accepted & arrived, partial(elsewhere, port))


def _elsewhere(way: _Way, evaluator: Evaluator, port: int) -> Sources:
    """Return the sources that may be accepted at an interface that no rule names."""
    found = evaluator.outcome(way.packet(_UNNAMED, port), way.sources)
    return found.possible if port == way.port else _arrived(way, found)


def _arrived(way: _Way, outcome: PacketOutcome) -> Sources:
    """Return the sources whose packets a translation brings to the listener."""
    found = nothing(way.family)
    for packet, sources in outcome.arrivals:
        if packet.translated and packet.local and packet.port == way.port:
            found |= sources
    return found


def _translated_ports(filters: PacketFilter, port: int) -> set[int]:
    """Return the ports that rules name which translate to a port."""
    return {
        each
        for chain in filters.chains
        for rule in chain.rules
        if rule.action is Action.TRANSLATE and number(rule.target.partition(" ")[2]) == port
        for each in _ports_of(rule)
    }


def _ports_of(rule: FilterRule) -> Iterable[int]:
    for match in rule.matches:
        if match.fields in {("tcp dport",), ("th dport",)} and not match.negated:
            found = (number(value[0].partition("-")[0]) for value in match.values)
            yield from (each for each in found if each is not None)


def _answer(
    interface: Interface, said: str, outcome: PacketOutcome, accepted: Sources, elsewhere: Callable[[], Sources]
) -> _Answer:
    """Return what becomes of a packet.

    Args:
        interface: Where it arrives.
        said: How it is sent, in words.
        outcome: What the rules do.
        accepted: The sources that are certainly accepted.
        elsewhere: Gives the sources that may be accepted at an interface that no rule names.
    """
    if _is_open(outcome.possible) and _is_private(interface) and not _is_open(elsewhere()):
        limit = f"hosts that reach {interface.name}"
        return _Answer(said=said, state=State.PASS, limit=limit, cause=outcome.accepted_by(outcome.possible))
    if _is_open(accepted):
        public = accepted - unrouted(accepted.family)
        return _Answer(said=said, state=State.FAIL, limit=accepted.describe(), cause=outcome.accepted_by(public))
    if _is_open(outcome.possible):
        cause = outcome.doubt(outcome.possible - accepted)
        return _Answer(said=said, state=State.UNKNOWN, limit="not decided", cause=cause)
    limit = outcome.possible.describe() if outcome.possible else _REFUSED
    return _Answer(said=said, state=State.PASS, limit=limit, cause=outcome.accepted_by(outcome.possible))


def _is_open(sources: Sources) -> bool:
    return (sources - unrouted(sources.family)).count() > _MOST_PUBLIC[sources.family]


def _is_private(interface: Interface) -> bool:
    """Return whether an interface leads to private networks only."""
    return not interface.default_route and all(each.scope is not Scope.GLOBAL for each in interface.addresses)
