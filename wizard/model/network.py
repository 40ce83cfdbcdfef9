"""The network of a host: interfaces, listeners, how these answer an unauthenticated client, and its packet filter."""

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface, ip_network

from wizard.model.value import Value

HIGHEST_PORT = 65535


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
    """Accepts, but does not answer in time, or agrees to no TLS handshake."""


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
    weak_ciphers: tuple[str, ...] = ()
    """Classes of broken ciphers that it accepts, such as ``NULL``, ``anonymous``, ``export``, ``RC4`` and ``3DES``."""
    rsa_key_exchange: bool = False
    """It accepts ciphers without forward secrecy."""
    forward_secrecy: bool = True
    """It accepts ciphers with forward secrecy: TLS 1.3, or such ciphers below."""
    foreign_certificate: ProbeAnswer | None = None
    """What it answers to a client with a certificate of an unknown authority; ``None`` where that was not tried."""


# --- the packet filter: nftables, and iptables in the same form ---------------------------------------


class Action(StrEnum):
    """What a rule does with the packets that it matches."""

    ACCEPT = "accept"
    """Ends this base chain; the next one decides on."""
    DROP = "drop"
    """Drops or rejects, whatever other chains say."""
    JUMP = "jump"
    GOTO = "goto"
    RETURN = "return"
    TRANSLATE = "dnat"
    """Gives the packet another destination."""
    CONTINUE = "continue"
    OTHER = "other"
    """What this version does not know: the packet may be accepted, dropped or neither."""


class Match(Value, frozen=True, kw_only=True):
    """One condition of a rule: the packet has one of these values."""

    fields: tuple[str, ...]
    """In the words of nft(8), such as ``tcp dport``; several where their values are compared together."""
    values: tuple[tuple[str, ...], ...] = ()
    """Each with one text a field: a value, ``first-last``, or an address with its prefix."""
    named: str = ""
    """The set of the same table that has the values."""
    negated: bool = False


class FilterRule(Value, frozen=True, kw_only=True):
    """One rule; a verdict map is one rule for each of its elements."""

    text: str
    """As the operator may know it."""
    matches: tuple[Match, ...] = ()
    action: Action = Action.CONTINUE
    target: str = ""
    """The chain of a jump; the new address and port of a translation, either may be absent; what is not known."""
    effects: tuple[str, ...] = ()
    """What later rules may see: ``mark``, ``notrack``, or ``@`` and the set that it adds to."""


class FilterChain(Value, frozen=True, kw_only=True):
    """One chain; a base chain has a hook."""

    program: str
    """Which rules these are: ``nft``, ``iptables`` or ``iptables-legacy``."""
    family: str
    """``ip``, ``ip6``, ``inet`` or ``netdev``."""
    table: str
    name: str
    rules: tuple[FilterRule, ...] = ()
    hook: str = ""
    """``ingress``, ``prerouting``, ``input`` or ``forward``; empty for a chain that others jump to."""
    priority: int = 0
    drops: bool = False
    """Its policy is drop."""
    nat: bool = False
    devices: tuple[str, ...] = ()
    """The interfaces of an ingress chain."""


class FilterSet(Value, frozen=True, kw_only=True):
    """A named set of a table."""

    program: str
    family: str
    table: str
    name: str
    elements: tuple[tuple[str, ...], ...]


class PacketFilter(Value, tag="packet-filter", frozen=True, kw_only=True):
    """All rules that an arriving packet may meet."""

    chains: tuple[FilterChain, ...] = ()
    sets: tuple[FilterSet, ...] = ()


# --- addresses as servers, kernels and operators write them -----------------------------------------


_FAMILIES = {"*": 4, "0.0.0.0": 4, "0": 4, "::": 6, "::*": 6, "[::]": 6}  # noqa: S104 - recognised, nothing is bound
_EVERY_ADDRESS = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - recognised, nothing is bound
_LOOPBACK = {4: "127.0.0.1", 6: "::1"}
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


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address of a text; ``None`` for a name, a path or a wildcard with a star.

    Brackets and a zone (``fe80::1%eth0``) are left out; an IPv4 address that is written as IPv6 is IPv4.
    """
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def wildcard_family(word: str) -> int | None:
    """Return 4 or 6 for a word that stands for every address of this family; ``None`` for any other."""
    return _FAMILIES.get(word.removeprefix("-"))


def bind_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses of ``bind``, without the dash that makes one optional and without an empty word."""
    return tuple(word.removeprefix("-") for word in words if word)


def local_address(word: str) -> str:
    """Return the address by which this host reaches a word of ``bind`` or a listener: loopback for a wildcard."""
    family = wildcard_family(word)
    return word.removeprefix("-") if family is None else _LOOPBACK[family]


def bound_address(word: str) -> str:
    """Return the address that the kernel shows for a word of ``bind``."""
    family = wildcard_family(word)
    return word.removeprefix("-") if family is None else _EVERY_ADDRESS[family]


def is_loopback(text: str) -> bool:
    """Return whether only this host can reach an address or its usual name."""
    return scope_of(text) is Scope.LOOPBACK


def scope_of(text: str) -> Scope | None:
    """Return how far an address reaches; ``None`` for a wildcard or a name that says nothing.

    Source:
        RFC 1918, 4193, 6598, 4291, 3927.
    """
    if text.lower() in {"localhost", "ip6-localhost"}:
        return Scope.LOOPBACK
    address = parse_address(text)
    if address is None or address.is_unspecified:
        return None
    return next((scope for network, scope in _NETWORKS if address in network), Scope.GLOBAL)
