"""Who can reach the server by the addresses that are answered: each interface, with the clients that come by it now."""

from collections.abc import Iterable, Sequence

from wizard.errors import PlanError
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import ClientGroup, LiveServer
from wizard.model.network import Address, Interface, Scope
from wizard.model.value import Value
from wizard.planning.addresses import INTERFACE, LOOPBACK, listens_on, resolve, usable
from wizard.planning.usage import local_address


class InterfaceReach(Value, frozen=True, kw_only=True):
    """An interface, who is behind it, and whether the server listens there."""

    name: str
    addresses: tuple[str, ...]
    """With their prefix, without link-local ones where there are others."""
    origin: str
    """Who is behind it: ``this host``, ``private network`` or ``INTERNET``."""
    public: bool
    up: bool
    open: bool
    """The server listens on all of its addresses."""
    partly: bool
    """The server listens on some of its addresses only."""
    words: frozenset[str]
    """The words of the answer that mean this interface or addresses of it."""
    clients: tuple[ClientGroup, ...]
    """Those that are connected by it now."""
    cut_off: tuple[ClientGroup, ...]
    """Those of them that came by an address on which the server no longer listens."""

    @property
    def connections(self) -> int:
        """The number of connections by it now."""
        return sum(group.count for group in self.clients)

    @property
    def word(self) -> str:
        """The word of the answer for all of it; a network interface may come up after the server."""
        return LOOPBACK if self.origin == _ORIGINS[Scope.LOOPBACK] else f"-{INTERFACE}{self.name}"

    def opened(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return the words of an answer that lets the server listen on all of this interface too."""
        return (*(each for each in words if each not in self.words), self.word)

    def closed(self, words: Sequence[str], every: Iterable["InterfaceReach"]) -> tuple[str, ...]:
        """Return the words of an answer without this interface; the others stay open, also after a wildcard."""
        rest = tuple(word for word in words if word not in self.words)
        lost = (each for each in every if each.name != self.name and each.open and each.words <= self.words)
        return (*rest, *(each.word for each in lost))


def interface_reach(facts: HostFacts, instance: Instance | None, words: Sequence[str]) -> tuple[InterfaceReach, ...]:
    """Return each interface that has an address, loopback first, by the words of the answer.

    A word that cannot be resolved counts for none; the answer itself is judged elsewhere.
    """
    bound = [(word, address) for word in words for address in _resolved(word, facts)]
    live = instance.live if instance is not None and isinstance(instance.live, LiveServer) else None
    groups = live.clients if live else ()
    shown = [each for each in facts.interfaces if each.addresses]
    if not any(address.scope is Scope.LOOPBACK for each in shown for address in each.addresses):
        shown.insert(0, _LOOPBACK)
    found = [_reach(each, bound, groups) for each in shown]
    return tuple(sorted(found, key=lambda each: each.origin != _ORIGINS[Scope.LOOPBACK]))


_ORIGINS = {
    Scope.LOOPBACK: "this host",
    Scope.LINK_LOCAL: "this link",
    Scope.PRIVATE: "private network",
    Scope.SHARED: "provider network",
    Scope.GLOBAL: "INTERNET",
}
_LOOPBACK = Interface(
    name="lo",
    up=True,
    mtu=0,
    addresses=(Address(address="127.0.0.1", prefix=8, scope=Scope.LOOPBACK),),
    default_route=False,
)
"""What every host has, where the interfaces could not be read."""
_WIDEST_FIRST = (Scope.GLOBAL, Scope.SHARED, Scope.PRIVATE, Scope.LOOPBACK, Scope.LINK_LOCAL)


def _resolved(word: str, facts: HostFacts) -> tuple[str, ...]:
    try:
        return resolve((word,), facts)
    except PlanError:
        return ()


def _reach(interface: Interface, bound: Sequence[tuple[str, str]], groups: Iterable[ClientGroup]) -> InterfaceReach:
    own = usable(interface) or [each.address for each in interface.addresses]
    open_ones = [address for address in own if listens_on(address, [each for _, each in bound])] if bound else []
    scopes = {each.scope for each in interface.addresses}
    # The server always listens on both loopback addresses together; one of them is enough to be reached.
    whole = len(open_ones) == len(own) or (Scope.LOOPBACK in scopes and bool(open_ones))
    clients = tuple(group for group in groups if local_address(group) in own)
    return InterfaceReach(
        name=interface.name,
        addresses=tuple(f"{each.address}/{each.prefix}" for each in interface.addresses if each.address in own),
        origin=next(_ORIGINS[each] for each in _WIDEST_FIRST if each in scopes),
        public=Scope.GLOBAL in scopes,
        up=interface.up,
        open=whole,
        partly=bool(open_ones) and not whole,
        words=frozenset(word for word, address in bound if any(listens_on(each, (address,)) for each in own)),
        clients=clients,
        cut_off=tuple(group for group in clients if local_address(group) not in open_ones and not whole),
    )
