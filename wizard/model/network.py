"""The network of a host: interfaces with their addresses, listeners, and how these answer an unauthenticated client.

What may not live here: what a server tells whom it knows (`facts`).
"""

from enum import StrEnum
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from wizard.model.value import Value


class Scope(StrEnum):
    """How far an address reaches (RFC 1918, 4193, 6598, 4291, 3927)."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    SHARED = "shared"
    """Carrier-grade NAT, 100.64.0.0/10."""
    GLOBAL = "global"


class Address(Value, frozen=True, kw_only=True):
    """One address of an interface."""

    address: str
    """The address as text, without zone, for example ``10.0.4.7``."""

    prefix: int
    """Length of the network prefix in bits."""

    scope: Scope
    """How far it reaches."""

    @property
    def interface(self) -> IPv4Interface | IPv6Interface:
        """The address with its prefix, as a value of the standard library."""
        return ip_interface(f"{self.address}/{self.prefix}")


class Interface(Value, frozen=True, kw_only=True):
    """One network interface, as the kernel lists it."""

    name: str
    """Kernel name, for example ``eth0``."""

    up: bool
    """The kernel says it is up."""

    mtu: int
    """Bytes; 0 when unknown."""

    addresses: tuple[Address, ...]
    """In the kernel's order; may be empty."""

    default_route: bool
    """Carries a default route."""


class Listener(Value, frozen=True, kw_only=True):
    """A socket on which some process accepts connections."""

    address: str
    """An IP address such as ``0.0.0.0`` or ``::1``, or the path of a unix socket."""

    port: int
    """TCP port, 0 for a unix socket."""

    pid: int
    """The process that listens, 0 when it could not be read (needs root)."""

    process: str
    """Its command name, empty when it could not be read."""

    @property
    def unix(self) -> bool:
        """Whether this is a unix socket."""
        return self.address.startswith(("/", "@"))


class Connection(Value, frozen=True, kw_only=True):
    """One TCP connection to a server, named by both of its ends."""

    address: str
    """IP address of the server's end."""

    port: int
    """TCP port of the server's end."""

    client_address: str
    """IP address of the client's end."""

    client_port: int
    """TCP port of the client's end."""


class Holder(StrEnum):
    """Which process holds the server's end of a connection, by the kernel's socket table."""

    PROCESS = "process"
    """The process in question."""
    OTHER = "other"
    """Another process."""
    PENDING = "pending"
    """No process has accepted it yet."""
    ABSENT = "absent"
    """The table has no such connection."""


class ProbeAnswer(StrEnum):
    """What a listener answered to an unauthenticated client."""

    OPEN = "open"
    """PONG without any login."""
    NEEDS_LOGIN = "needs-login"
    """NOAUTH or NOPERM."""
    PROTECTED = "protected"
    """DENIED: protected mode."""
    NEEDS_CERTIFICATE = "needs-certificate"
    """TLS, and a client certificate is required."""
    REFUSED = "refused"
    """Nothing accepts there."""
    SILENT = "silent"
    """Accepts, but does not answer in time."""


class Probe(Value, frozen=True, kw_only=True):
    """How one listener treats a client without password and certificate."""

    address: str
    """IP address or socket path."""
    port: int
    tls: bool
    answer: ProbeAnswer
    tls_versions: tuple[str, ...] = ()
    """Accepted among ``TLSv1``, ``TLSv1.1``, ``TLSv1.2``, ``TLSv1.3``, tried one by one."""
    certificate: str = ""
    """SHA-256 fingerprint in hex of the certificate that it serves."""
