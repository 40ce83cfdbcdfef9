"""A new TCP packet, and which sources a condition of a rule selects of it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from wizard.checklist.firewall.sources import Sources, contains, everyone, nothing, sources_of
from wizard.model.network import Match
from wizard.model.text import number
from wizard.model.value import Value

_IPV4 = 4


class Packet(Value, frozen=True, kw_only=True):
    """The first packet of a connection. Its source is not in it: all sources are looked at together."""

    family: int
    """4 or 6."""
    interface: str
    """Where it arrives; empty for an interface that no rule names."""
    near: bool
    """Its address is one of that interface."""
    address: int
    port: int
    asked_port: int
    """The port before a translation."""
    leaves: str | None = ""
    """Where it leaves; empty when it is for this host, ``None`` when that is not known."""
    translated: bool = False
    marked: bool = False
    """A rule may have set a mark."""
    untracked: bool = False
    """A rule may have kept it from connection tracking."""
    followed: bool = True
    """Connection tracking has seen it; it has not in a chain that comes before."""
    grown: frozenset[str] = frozenset()
    """Sets that a rule may have added to."""

    @property
    def local(self) -> bool:
        """Return whether it is for this host."""
        return self.leaves == ""


class Selection(NamedTuple):
    """The sources of a packet that a condition selects."""

    sources: Sources
    certain: bool = True
    """False where it may also select fewer of them."""


class _AbsentFieldError(Exception):
    """A packet has no such field, so that no rule with a condition on it matches."""


Elements = Mapping[str, tuple[tuple[str, ...], ...]]
"""The named sets of a table."""


def select(match: Match, packet: Packet, sets: Elements) -> Selection:
    """Return which sources of a packet a condition selects."""
    everything = Selection(everyone(packet.family))
    values = match.values
    if match.named:
        if match.named not in sets or f"@{match.named}" in packet.grown:
            return everything._replace(certain=False)
        values = sets[match.named]
    elif not values:
        return everything._replace(certain=False)
    found, certain = nothing(packet.family), True
    try:
        for value in values:
            one = _element(match.fields, value, packet)
            if one.certain or not match.negated:
                found |= one.sources
            certain = certain and (one.certain or not one.sources)
        if not values:
            _element(match.fields, ("",) * len(match.fields), packet)
    except _AbsentFieldError:
        return Selection(nothing(packet.family))
    return Selection(found.complement() if match.negated else found, certain)


def _element(fields: tuple[str, ...], value: tuple[str, ...], packet: Packet) -> Selection:
    """Return which sources have one value, or all values of a concatenation."""
    found = Selection(everyone(packet.family))
    if value == ("*",):
        return found
    if len(value) != len(fields):
        return found._replace(certain=False)
    for field, text in zip(fields, value, strict=True):
        one = _field(field, text, packet)
        found = Selection(found.sources & one.sources, found.certain and one.certain)
    return found


def _field(field: str, text: str, packet: Packet) -> Selection:
    """Return which sources have a value of one field."""
    _require_present(field, packet)
    if field in ("ip saddr", "ip6 saddr"):
        try:
            return Selection(sources_of(packet.family, [text]))
        except ValueError:
            return Selection(everyone(packet.family), certain=False)
    test = _TESTS.get(field) or _fib(field)
    try:
        answer = test(packet, text) if test else None
    except ValueError:
        answer = None
    if answer is None:
        return Selection(everyone(packet.family), certain=False)
    return Selection(everyone(packet.family) if answer else nothing(packet.family))


_OTHER_PROTOCOLS = frozenset(
    ("icmp", "icmpv6", "igmp", "udp", "udplite", "sctp", "dccp", "ah", "esp", "comp", "arp", "gre")
)
"""Headers that a plain TCP packet does not have."""


def _require_present(field: str, packet: Packet) -> None:
    header = field.partition(" ")[0]
    if header in _OTHER_PROTOCOLS or header == ("ip6" if packet.family == _IPV4 else "ip"):
        raise _AbsentFieldError
    if field in ("meta oifname", "meta oif") and packet.local:
        raise _AbsentFieldError
    if header == "ct" and field not in ("ct state", "ct count") and not packet.followed:
        raise _AbsentFieldError


# --- fields ------------------------------------------------------------------------------------------

_Test = Callable[[Packet, str], bool | None]
"""Whether a packet has this value; ``None`` when that cannot be told."""

_FLAGS = frozenset(("fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"))


def _in_range(value: int, text: str) -> bool | None:
    first, dash, last = text.partition("-")
    low, high = number(first), number(last if dash else first)
    return None if low is None or high is None else low <= value <= high


def _named(name: str, text: str) -> bool:
    return name.startswith(text[:-1]) if text.endswith("*") else name == text


def _flags(_packet: Packet, text: str) -> bool | None:
    """Compare ``looked-at wanted`` with SYN alone, which a first packet has."""
    looked, _blank, wanted = text.partition(" ")
    mask = _FLAGS if looked in ("all", "") else frozenset(looked.split(","))
    values = frozenset(filter(None, wanted.split(",")))
    return (frozenset({"syn"}) & mask) == values if mask | values <= _FLAGS else None


def _any_flag(_: Packet, text: str) -> bool | None:
    values = frozenset(text.split(","))
    return "syn" in values if values <= _FLAGS else None


def _state(packet: Packet, text: str) -> bool | None:
    if not packet.followed:
        # Without a connection the state is invalid (Linux ``net/netfilter/nft_ct.c``, ``nft_ct_get_eval()``).
        return None if packet.untracked else text == "invalid"
    if packet.untracked and text in ("new", "untracked"):
        return None
    return packet.translated if text == "dnat" else text == "new"


def _status(packet: Packet, text: str) -> bool | None:
    known = {"dnat": packet.translated, "snat": False, "assured": False, "seen-reply": False, "seen_reply": False}
    return known.get(text)


def _mark(packet: Packet, text: str) -> bool | None:
    return None if packet.marked else _in_range(0, text)


def _destination(packet: Packet, text: str) -> bool | None:
    return contains(packet.family, text, packet.address)


def _port(packet: Packet, text: str) -> bool | None:
    return _in_range(packet.port, text)


def _one_of(*names: str) -> _Test:
    return lambda _, text: text.lower() in names


def _quiet(_: Packet, text: str) -> bool | None:
    """A first packet of a quiet time is below each limit."""
    return {"below": True, "over": False}.get(text)


_TESTS: Mapping[str, _Test] = {
    "tcp dport": _port,
    "th dport": _port,
    "ct original proto-dst": lambda packet, text: _in_range(packet.asked_port, text),
    "tcp flags": _flags,
    "tcp flags any": _any_flag,
    "ip daddr": _destination,
    "ip6 daddr": _destination,
    "ip protocol": _one_of("tcp", "6"),
    "ip6 nexthdr": _one_of("tcp", "6"),
    "meta l4proto": _one_of("tcp", "6"),
    "meta nfproto": lambda packet, text: text in (("ipv4", "2") if packet.family == _IPV4 else ("ipv6", "10")),
    "meta protocol": lambda packet, text: text == ("ip" if packet.family == _IPV4 else "ip6"),
    "meta iifname": lambda packet, text: _named(packet.interface, text),
    "meta iif": lambda packet, text: packet.interface == text,
    "meta oifname": lambda packet, text: None if packet.leaves is None else _named(packet.leaves, text),
    "meta oif": lambda packet, text: None if packet.leaves is None else packet.leaves == text,
    "meta pkttype": lambda _, text: text in ("host", "unicast"),
    "meta mark": _mark,
    "ct mark": _mark,
    "ct state": _state,
    "ct status": _status,
    "ct direction": _one_of("original"),
    "exthdr": _one_of("false"),
    "ip frag-off & 8191": lambda _, text: _in_range(0, text),
    "limit": _quiet,
    "ct count": _quiet,
    "recent": lambda _, text: text == "noted",
}


def _fib(field: str) -> _Test | None:
    """Return what the routes say of a packet that another host could really send."""
    if field.startswith("fib saddr") and field.endswith(" oif"):
        # Its source is routed where it arrives: other packets are spoofed.
        return lambda _, text: {"true": True, "false": False, "0": False}.get(text)
    if field.startswith("fib saddr") and field.endswith(" type"):
        return _one_of("unicast")
    if field.startswith("fib daddr") and field.endswith(" type"):
        return _local_near if ".iif" in field else _local
    return None


def _local(packet: Packet, text: str) -> bool | None:
    return text == ("local" if packet.local else "unicast")


def _local_near(packet: Packet, text: str) -> bool | None:
    return _local(packet, text) if packet.near or not packet.local else None
