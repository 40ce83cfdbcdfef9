"""Where a packet goes: to this host, or through it."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from wizard.checklist.firewall.packet import Packet
from wizard.model.network import Address, Interface, is_loopback
from wizard.model.text import number
from wizard.model.value import replace


class Routes:
    """The interfaces of a host."""

    def __init__(self, interfaces: Sequence[Interface]) -> None:
        self._interfaces = interfaces

    def arrivals(self, family: int) -> Iterator[tuple[Interface, Address]]:
        """Return each interface at which packets of other hosts arrive, with each of its addresses of a family."""
        for interface in self._interfaces:
            for each in interface.addresses:
                if interface.up and not is_loopback(each.address) and version(each.address) == family:
                    yield interface, each

    def entries(self) -> tuple[Interface, ...]:
        """Return the interfaces at which packets of other hosts arrive."""
        return tuple(
            each for each in self._interfaces if each.up and any(not is_loopback(one.address) for one in each.addresses)
        )

    def has(self, interface: Interface | None, address: str) -> bool:
        """Return whether an address is one of an interface."""
        return interface is not None and any(each.address == address for each in interface.addresses)

    def translated(self, packet: Packet, target: str) -> Packet | None:
        """Return a packet with another destination.

        Args:
            packet: The packet as it arrived.
            target: Address and port with a blank between; either may be absent.

        Returns:
            ``None`` where the kernel's answer depends on more than the rules.
        """
        address, _, port = target.partition(" ")
        new_port = number(port) if port else packet.port
        if new_port is None or (address and is_loopback(address)):
            # A martian unless route_localnet is set (Linux Documentation/networking/ip-sysctl.rst).
            return None
        if not address:
            return replace(packet, port=new_port, translated=True)
        try:
            new_address = ip_address(address)
        except ValueError:
            return None
        return replace(
            packet,
            port=new_port,
            address=int(new_address),
            leaves=self._way(address),
            near=False,
            translated=True,
        )

    def _way(self, address: str) -> str | None:
        """Return the interface by which a packet leaves; empty for an address of this host."""
        target = ip_address(address)
        for interface in self._interfaces:
            for each in interface.addresses:
                if each.address == address:
                    return ""
                if target in each.interface.network:
                    return interface.name
        return None


def version(address: str) -> int:
    """Return the family of an address: 4 or 6."""
    return 6 if ":" in address else 4
