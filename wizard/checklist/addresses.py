"""Where an address reaches, for listeners and ``bind``."""

from wizard.model.facts.host import HostFacts
from wizard.model.network import Listener, Scope, is_loopback


def is_local(listener: Listener) -> bool:
    """Return whether only this host can connect."""
    return listener.unix or is_loopback(listener.address)


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
