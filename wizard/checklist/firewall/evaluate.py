"""Follow a packet through all base chains that it meets: each must accept it, and one drop or reject is enough.

Where a condition cannot be decided, both ways are followed: what may be accepted and what may be dropped are two sets
of sources, and only a source in one of them alone is decided.

Source:
    nft(8), "Chains" and "Statements"; the order of hooks: Linux ``include/uapi/linux/netfilter.h``.
"""

from collections.abc import Mapping
from typing import NamedTuple

from wizard.checklist.firewall.packet import Elements, Packet, select
from wizard.checklist.firewall.route import Routes
from wizard.checklist.firewall.sources import Sources, nothing
from wizard.model.network import Action, FilterChain, FilterRule, Match, PacketFilter
from wizard.model.value import replace

_FAMILIES = {4: ("ip", "inet", "netdev"), 6: ("ip6", "inet", "netdev")}
_TRACKING = -200
"""The priority of connection tracking in prerouting (``NF_IP_PRI_CONNTRACK``)."""
_DEEPEST = 32
"""The kernel refuses jumps that are nested deeper (Linux ``NFT_JUMP_STACK_SIZE`` is 16)."""


class Cause(NamedTuple):
    """What decides, or leaves open, what becomes of packets from some sources."""

    sources: Sources
    text: str
    rule: bool = True
    """False for a policy."""


class Arrival(NamedTuple):
    """Where a packet ends when it is accepted."""

    packet: Packet
    sources: Sources


class PacketOutcome(NamedTuple):
    """What becomes of a packet, by its source."""

    accepted: Sources
    """Certainly accepted."""
    possible: Sources
    """Not certainly dropped."""
    arrivals: tuple[Arrival, ...]
    """Where accepted packets end."""
    accepts: tuple[Cause, ...]
    doubts: tuple[Cause, ...]

    def accepted_by(self, sources: Sources) -> str:
        """Return what accepts packets of these sources: a rule rather than a policy; empty where no chain looks."""
        found = [each for each in self.accepts if each.sources & sources]
        return next((each.text for each in sorted(found, key=lambda each: not each.rule)), "")

    def doubt(self, sources: Sources) -> str:
        """Return what cannot be decided for these sources."""
        return next((each.text for each in self.doubts if each.sources & sources), "")


class Evaluator:
    """The packet filter of one host."""

    def __init__(self, filters: PacketFilter, routes: Routes) -> None:
        self._routes = routes
        self._chains = {_place(each, each.name): each for each in filters.chains}
        self._base = sorted((each for each in filters.chains if each.hook), key=lambda each: each.priority)
        self._sets: dict[tuple[str, str, str], dict[str, tuple[tuple[str, ...], ...]]] = {}
        for each in filters.sets:
            self._sets.setdefault((each.program, each.family, each.table), {})[each.name] = each.elements

    def outcome(self, packet: Packet, sources: Sources) -> PacketOutcome:
        """Return what becomes of a packet from any of these sources."""
        trace = _Trace(packet.family)
        flows = [Arrival(packet, sources)]
        for hook in ("ingress", "prerouting", ""):
            flows = [
                end
                for flow in flows
                for end in self._through(hook or ("input" if flow.packet.local else "forward"), flow, trace)
            ]
        possible = nothing(packet.family)
        for flow in flows:
            possible |= flow.sources
        return PacketOutcome(
            possible - trace.dropped, possible, tuple(flows), tuple(trace.accepts), tuple(trace.doubts)
        )

    def _through(self, hook: str, flow: Arrival, trace: "_Trace") -> list[Arrival]:
        """Return what leaves a hook: the packet itself, and what rules translate it to."""
        flows = [flow]
        for chain in self._base:
            if chain.hook == hook and chain.family in _FAMILIES[flow.packet.family]:
                flows = [end for each in flows if each.sources for end in self._base_chain(chain, each, trace)]
        return [each for each in flows if each.sources]

    def _base_chain(self, chain: FilterChain, flow: Arrival, trace: "_Trace") -> list[Arrival]:
        if chain.devices and flow.packet.interface not in chain.devices:
            return [flow]
        if chain.nat and flow.packet.translated:
            return [flow]
        followed = chain.hook != "ingress" and (chain.hook != "prerouting" or chain.priority > _TRACKING)
        walk = _Walk(self._chains, self._sets, self._routes, replace(flow.packet, followed=followed), trace)
        fallen = walk.follow(chain, flow.sources, 0)
        policy = f"{_named(chain)}: policy {'drop' if chain.drops else 'accept'}"
        if chain.drops:
            trace.dropped |= fallen
        elif fallen:
            trace.accepts.append(Cause(fallen, policy, rule=False))
            walk.accepted |= fallen
        return [Arrival(walk.packet, walk.accepted), *walk.translated]


class _Trace:
    """What happened on the way of one packet."""

    def __init__(self, family: int) -> None:
        self.dropped = nothing(family)
        self.accepts: list[Cause] = []
        self.doubts: list[Cause] = []


class _Walk:
    """The way of a packet through one base chain and the chains that it jumps to."""

    def __init__(
        self,
        chains: Mapping[tuple[str, str, str, str], FilterChain],
        sets: Mapping[tuple[str, str, str], Elements],
        routes: Routes,
        packet: Packet,
        trace: _Trace,
    ) -> None:
        self._chains = chains
        self._sets = sets
        self._routes = routes
        self._trace = trace
        self.packet = packet
        self.accepted = nothing(packet.family)
        self.translated: list[Arrival] = []

    def follow(self, chain: FilterChain, sources: Sources, depth: int) -> Sources:
        """Return the sources whose packets leave a chain at its end or by ``return``."""
        returned = nothing(self.packet.family)
        for rule in chain.rules:
            if not sources:
                break
            selected, undecided = self._selected(chain, rule, sources)
            if not selected:
                continue
            if undecided and rule.action is not Action.CONTINUE:
                self._trace.doubts.append(Cause(selected, f"{_named(chain)}: {undecided}"))
            self._note_effects(rule)
            stays, leaves = self._act(chain, rule, selected, depth)
            returned |= leaves
            sources = (sources if undecided else sources - selected) | stays
        return returned | sources

    def _selected(self, chain: FilterChain, rule: FilterRule, sources: Sources) -> tuple[Sources, str]:
        """Return the sources that a rule may match, and the first condition that is not decided; empty: all are."""
        sets = self._sets.get((chain.program, chain.family, chain.table), {})
        undecided = ""
        for match in rule.matches:
            found = select(match, self.packet, sets)
            sources &= found.sources
            if not sources:
                break
            if not found.certain:
                undecided = undecided or f"{_said(match)} in {rule.text}"
        return sources, undecided

    def _note_effects(self, rule: FilterRule) -> None:
        """Remember what a later rule may see; that the packet has it is not certain."""
        if not rule.effects:
            return
        grown = self.packet.grown | {each for each in rule.effects if each.startswith("@")}
        self.packet = replace(
            self.packet,
            marked=self.packet.marked or "mark" in rule.effects,
            untracked=self.packet.untracked or "notrack" in rule.effects,
            grown=grown,
        )

    def _act(self, chain: FilterChain, rule: FilterRule, sources: Sources, depth: int) -> tuple[Sources, Sources]:
        """Do what a rule says; return the sources that go on behind it, and those that leave the chain."""
        none = nothing(self.packet.family)
        match rule.action:
            case Action.ACCEPT:
                self._accept(chain, rule, sources)
            case Action.DROP:
                self._trace.dropped |= sources
            case Action.RETURN:
                return none, sources
            case Action.JUMP | Action.GOTO:
                back = self._jump(chain, rule, sources, depth)
                return (back, none) if rule.action is Action.JUMP else (none, back)
            case Action.TRANSLATE:
                self._translate(chain, rule, sources)
            case Action.CONTINUE:
                return sources, none
            case Action.OTHER:
                self._anything(chain, rule, sources, f"{rule.target} in {rule.text}")
                return sources, none
        return none, none

    def _accept(self, chain: FilterChain, rule: FilterRule, sources: Sources) -> None:
        self.accepted |= sources
        self._trace.accepts.append(Cause(sources, f"{_named(chain)}: {rule.text}"))

    def _anything(self, chain: FilterChain, rule: FilterRule, sources: Sources, what: str) -> None:
        """Follow both ways of a rule whose verdict is not known."""
        self._trace.doubts.append(Cause(sources, f"{_named(chain)}: {what}"))
        self._accept(chain, rule, sources)
        self._trace.dropped |= sources

    def _jump(self, chain: FilterChain, rule: FilterRule, sources: Sources, depth: int) -> Sources:
        target = self._chains.get(_place(chain, rule.target))
        if target is None or depth > _DEEPEST:
            self._anything(chain, rule, sources, f"the chain {rule.target}")
            return sources
        return self.follow(target, sources, depth + 1)

    def _translate(self, chain: FilterChain, rule: FilterRule, sources: Sources) -> None:
        packet = self._routes.translated(self.packet, rule.target)
        if packet is None:
            self._anything(chain, rule, sources, rule.text)
            return
        self._trace.accepts.append(Cause(sources, f"{_named(chain)}: {rule.text}"))
        self.translated.append(Arrival(packet, sources))


def _place(chain: FilterChain, name: str) -> tuple[str, str, str, str]:
    return chain.program, chain.family, chain.table, name


def _named(chain: FilterChain) -> str:
    return f"{chain.program} {chain.family} {chain.table} {chain.name}"


def _said(match: Match) -> str:
    return " . ".join(match.fields)
