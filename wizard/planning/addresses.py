"""From the answer's words for addresses to what ``bind`` takes."""

from collections.abc import Iterable
from ipaddress import ip_address

from wizard.errors import PlanError
from wizard.model.facts.host import HostFacts
from wizard.model.network import Interface, Scope, bind_words, wildcard_family
from wizard.planning.context import Context

LOOPBACK = "loopback"
INTERFACE = "interface:"
_MOST = 16


def resolve(words: Iterable[str], facts: HostFacts) -> tuple[str, ...]:
    """Return the arguments of ``bind``.

    Args:
        words: ``loopback``, ``interface:NAME`` or an address, each with an optional leading ``-`` that
            lets the server start without it.
        facts: The host.

    Raises:
        PlanError: an interface or address is not on this host, a word has another form, or there
            are more than the 16 that a server takes.

    Source:
        redis ``src/server.h``, ``CONFIG_BINDADDR_MAX``; the ``-`` is measured on 6.2 and later.
    """
    found: dict[str, None] = {}
    for word in words:
        for address in _one(word, facts):
            if address.removeprefix("-") not in {each.removeprefix("-") for each in found}:
                found[address] = None
    if not found:
        raise PlanError("network.bind: no address is given; name at least loopback")
    if len(found) > _MOST:
        raise PlanError(f"network.bind: these are {len(found)} addresses and a server takes {_MOST}; name fewer")
    return tuple(found)


def bound(context: Context) -> tuple[str, ...]:
    """Return the addresses that will be bound: by answer, or as they are where the group decides."""
    now = tuple(context.value("bind").split())
    if context.is_replicated:
        return now
    wanted = resolve(context.answers.network.bind, context.facts)
    if listens_on("127.0.0.1", now) and not listens_on("::1", now):
        # The loopback alone opens no address that is closed now.
        return tuple(word for word in wanted if word != "-::1" or word in context.answers.network.bind)
    return wanted


def _one(word: str, facts: HostFacts) -> list[str]:
    optional, name = ("-", word[1:]) if word.startswith("-") else ("", word)
    if name == LOOPBACK:
        return _loopback(facts)
    if name.startswith(INTERFACE):
        return [optional + address for address in _of_interface(name.removeprefix(INTERFACE), facts)]
    return [optional + check(name, facts, optional=bool(optional))]


def _loopback(facts: HostFacts) -> list[str]:
    """Return both loopback addresses, the second one optional; on a host without IPv4 the other one alone."""
    own = {each.address for interface in facts.interfaces for each in interface.addresses}
    only_six = "::1" in own and not any(address.startswith("127.") for address in own)
    return ["::1"] if only_six else ["127.0.0.1", "-::1"]


def _of_interface(name: str, facts: HostFacts) -> list[str]:
    interface = next((each for each in facts.interfaces if each.name == name), None)
    known = ", ".join(each.name for each in facts.interfaces) or "none that could be read"
    if interface is None:
        raise PlanError(
            f"network.bind: this host has no interface {name}; it has {known}: name another one, or an address"
        )
    addresses = usable(interface)
    if not addresses:
        raise PlanError(f"network.bind: interface {name} has no address; name another one")
    return addresses


def usable(interface: Interface) -> list[str]:
    """Return the addresses that a server can bind without a zone."""
    return [each.address for each in interface.addresses if each.scope is not Scope.LINK_LOCAL]


def check(text: str, facts: HostFacts, *, optional: bool) -> str:
    """Return an address that the server could bind.

    Raises:
        PlanError: it is no address, or is on no interface and not optional.
    """
    if wildcard_family(text) is not None:
        return text
    try:
        wanted = ip_address(text)
    except ValueError:
        raise PlanError(
            f"network.bind: {text!r:.60} is not an address; write loopback, interface:NAME or an address"
        ) from None
    own = {ip_address(each.address) for interface in facts.interfaces for each in interface.addresses}
    if optional or not facts.interfaces or wanted.is_loopback or wanted in own:
        return text
    what = f"network.bind: {text} is on no interface: the server would not start"
    raise PlanError(f"{what}. Write -{text} to make it optional.")


def listens_on(address: str, bound: Iterable[str]) -> bool:
    """Return whether a server bound to these arguments accepts at an address of the host."""
    plain = set(bind_words(bound))
    return address in plain or (6 if ":" in address else 4) in map(wildcard_family, plain)


def public(words: Iterable[str], facts: HostFacts) -> tuple[str, ...]:
    """Return those of the bound addresses that the whole internet may reach; a wildcard counts as all."""
    scopes = {each.address: each.scope for interface in facts.interfaces for each in interface.addresses}
    plain = bind_words(words)
    if any(wildcard_family(word) for word in plain):
        return tuple(address for address, scope in scopes.items() if scope is Scope.GLOBAL)
    return tuple(word for word in plain if _global(word, scopes))


def _global(address: str, scopes: dict[str, Scope]) -> bool:
    if address in scopes:
        return scopes[address] is Scope.GLOBAL
    return ip_address(address).is_global


def reachable(context: Context) -> tuple[str, ...]:
    """Return the addresses at which clients will find the server; a wildcard stands for all of its family."""
    found: dict[str, None] = {}
    for word in bound(context):
        plain = word.removeprefix("-")
        if wildcard_family(plain) is None:
            found[plain] = None
            continue
        every = (address for interface in context.facts.interfaces for address in usable(interface))
        found.update(dict.fromkeys(address for address in every if listens_on(address, (plain,))))
    return tuple(found)
