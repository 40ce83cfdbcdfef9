"""Where an address reaches, for listeners and ``bind``."""

from ipaddress import IPv6Address, ip_address, ip_network

from wizard.model.host import HostFacts
from wizard.model.network import Listener, Scope

WILDCARDS = frozenset({"*", "0.0.0.0", "::", "::*", "0", "[::]"})  # noqa: S104 - recognised, never bound

_NETWORKS = tuple(
    (ip_network(network), scope)
    for network, scope in (
        ("127.0.0.0/8", Scope.LOOPBACK),
        ("::1/128", Scope.LOOPBACK),
        ("169.254.0.0/16", Scope.LINK_LOCAL),
        ("fe80::/10", Scope.LINK_LOCAL),
        ("10.0.0.0/8", Scope.PRIVATE),
        ("172.16.0.0/12", Scope.PRIVATE),
        ("192.168.0.0/16", Scope.PRIVATE),
        ("fc00::/7", Scope.PRIVATE),
        ("100.64.0.0/10", Scope.SHARED),
    )
)


def scope_of(text: str) -> Scope | None:
    """Return how far an address reaches, ``None`` for a wildcard or a name that says nothing.

    Source:
        RFC 1918, 4193, 6598, 4291, 3927.
    """
    if text.lower() in {"localhost", "ip6-localhost"}:
        return Scope.LOOPBACK
    try:
        address = ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_unspecified:
        return None
    return next((scope for network, scope in _NETWORKS if address in network), Scope.GLOBAL)


def is_wildcard(text: str) -> bool:
    """Return whether a bind value or listener means every address."""
    return text in WILDCARDS


def is_local(listener: Listener) -> bool:
    """Return whether only this host can connect."""
    return listener.unix or scope_of(listener.address) is Scope.LOOPBACK


def bind_words(value: str) -> tuple[str, ...]:
    """Addresses of a ``bind`` value, without the dash that makes one optional."""
    return tuple(word.removeprefix("-") for word in value.split())


def own_addresses(facts: HostFacts) -> frozenset[str]:
    """Every address of this host."""
    return frozenset(each.address for interface in facts.interfaces for each in interface.addresses)


def global_addresses(facts: HostFacts) -> tuple[str, ...]:
    """Addresses of this host that the internet may reach, with their interface."""
    return tuple(
        f"{each.address} ({interface.name})"
        for interface in facts.interfaces
        for each in interface.addresses
        if each.scope is Scope.GLOBAL
    )
