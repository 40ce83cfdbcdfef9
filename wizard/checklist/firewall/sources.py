"""Sets of source addresses: exact, whatever a ruleset compares."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from operator import itemgetter

from wizard.model.value import Value

_ADDRESS: Mapping[int, type[IPv4Address] | type[IPv6Address]] = {4: IPv4Address, 6: IPv6Address}
_LAST = {4: (1 << 32) - 1, 6: (1 << 128) - 1}
_FOREIGN = {4: ("1.0.0.0-126.255.255.255", "128.0.0.0-223.255.255.255"), 6: ("2000::/3", "fc00::/7", "fe80::/10")}
"""Addresses that another host can have: unicast, not loopback (RFC 1122, 3.2.1.3; RFC 4291, 2.4)."""
_LIMITED = {
    4: ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    6: ("fc00::/7", "fe80::/10"),
}
"""Of these, the ones that the internet does not route (RFC 1918, 3927, 4193, 4291, 6598)."""
_SHOWN = 3
_FEW = 8
"""So many ranges are taken out one by one: a rule has one, beside thousands of other rules."""
_FIRST_OF, _LAST_OF = itemgetter(0), itemgetter(1)


class Sources(Value, frozen=True, kw_only=True):
    """Addresses of one family."""

    family: int
    """4 or 6."""
    ranges: tuple[tuple[int, int], ...] = ()
    """First and last address of each range, ascending, apart from each other."""

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __and__(self, other: "Sources") -> "Sources":
        found = []
        one = two = 0
        while one < len(self.ranges) and two < len(other.ranges):
            low = max(self.ranges[one][0], other.ranges[two][0])
            high = min(self.ranges[one][1], other.ranges[two][1])
            if low <= high:
                found.append((low, high))
            if self.ranges[one][1] < other.ranges[two][1]:
                one += 1
            else:
                two += 1
        return Sources(family=self.family, ranges=tuple(found))

    def __or__(self, other: "Sources") -> "Sources":
        large, small = (self, other) if len(self.ranges) >= len(other.ranges) else (other, self)
        found = list(large.ranges)
        for low, high in small.ranges:
            first, behind = bisect_left(found, low - 1, key=_LAST_OF), bisect_right(found, high + 1, key=_FIRST_OF)
            if first < behind:
                low, high = min(low, found[first][0]), max(high, found[behind - 1][1])  # noqa: PLW2901 - it grows
            found[first:behind] = [(low, high)]
        return Sources(family=self.family, ranges=tuple(found))

    def __sub__(self, other: "Sources") -> "Sources":
        if len(other.ranges) > _FEW:
            return self & other.complement()
        found = list(self.ranges)
        for low, high in other.ranges:
            first, behind = bisect_left(found, low, key=_LAST_OF), bisect_right(found, high, key=_FIRST_OF)
            if first < behind:
                ends = (found[first][0], low - 1), (high + 1, found[behind - 1][1])
                found[first:behind] = [each for each in ends if each[0] <= each[1]]
        return Sources(family=self.family, ranges=tuple(found))

    def complement(self) -> "Sources":
        """Return every other address."""
        gaps = []
        start = 0
        for low, high in self.ranges:
            if start < low:
                gaps.append((start, low - 1))
            start = high + 1
        if start <= _LAST[self.family]:
            gaps.append((start, _LAST[self.family]))
        return Sources(family=self.family, ranges=tuple(gaps))

    def count(self) -> int:
        """Return how many addresses it has."""
        return sum(high - low + 1 for low, high in self.ranges)

    def describe(self) -> str:
        """Return it for a sentence: as networks, the first of many."""
        if not foreign(self.family) - self:
            return "any address"
        networks = [network for low, high in self.ranges[: _SHOWN + 1] for network in _networks(self.family, low, high)]
        more = " and more" if len(networks) > _SHOWN else ""
        return f"{', '.join(networks[:_SHOWN])}{more}" or "no address"


def everyone(family: int) -> Sources:
    """Return every address of a family."""
    return Sources(family=family, ranges=((0, _LAST[family]),))


def nothing(family: int) -> Sources:
    """Return no address."""
    return Sources(family=family)


@cache
def foreign(family: int) -> Sources:
    """Return the addresses that another host can have."""
    return sources_of(family, _FOREIGN[family])


@cache
def unrouted(family: int) -> Sources:
    """Return the addresses that the internet does not route."""
    return sources_of(family, _LIMITED[family])


def sources_of(family: int, texts: Iterable[str]) -> Sources:
    """Return the addresses of texts such as ``10.0.0.0/8``, ``10.0.0.1-10.0.0.9`` or ``10.0.0.1``.

    Raises:
        ValueError: a text is none of a family.
    """
    return _joined(family, [each for text in texts if (each := _range(family, text)) is not None])


def contains(family: int, text: str, address: int) -> bool:
    """Return whether an address is among those of a text.

    Raises:
        ValueError: it is none.
    """
    found = _range(family, text)
    return found is not None and found[0] <= address <= found[1]


@lru_cache(maxsize=1 << 14)
def _range(family: int, text: str) -> tuple[int, int] | None:
    """Return the first and last address of a text; ``None`` for one of the other family."""
    first, dash, last = text.partition("-")
    if dash:
        low, high = ip_address(first), ip_address(last)
        return (int(low), int(high)) if low.version == family else None
    network = ip_network(text, strict=False)
    if network.version != family:
        return None
    return int(network.network_address), int(network.broadcast_address)


def _joined(family: int, ranges: Iterable[tuple[int, int]]) -> Sources:
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return Sources(family=family, ranges=tuple(found))


def _networks(family: int, low: int, high: int) -> list[str]:
    address = _ADDRESS[family]
    found = summarize_address_range(address(low), address(high))
    return [str(each.network_address if each.num_addresses == 1 else each) for each in found]
