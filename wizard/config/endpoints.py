"""The endpoints that a server opens with certain values of its directives."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile

from wizard.model.exposure import by_mode
from wizard.model.network import HIGHEST_PORT, Interface, Scope, bind_words, is_loopback, local_address, wildcard_family
from wizard.model.text import number_or
from wizard.model.value import Value

Values = Callable[[str, str], str]
"""Returns the value of a directive, or the default that is given."""
_EVERYWHERE = ("*", "-::*")
_PORTS = (("port", "6379"), ("tls-port", "0"))
_SIX = 6


class ConfiguredEndpoint(Value, frozen=True, kw_only=True):
    """One endpoint."""

    name: str
    """``127.0.0.1:6379``, with ``tls`` behind it where so, or the path of a unix socket."""
    plaintext: bool = False
    """A plaintext port."""
    certificate: bool = False
    """It requires a client certificate."""
    local: bool = False
    """Only clients on this host reach it."""
    clients: str = ""
    """Who can connect to a unix socket, by its mode; empty for a port."""


def configured_endpoints(
    value: Values, interfaces: Sequence[Interface], *, binds: bool
) -> Iterator[ConfiguredEndpoint]:
    """Yield each endpoint; a wildcard stands for the addresses of the host. What is no port or address opens none.

    Args:
        value: The values.
        interfaces: Those of the host.
        binds: Whether any address is bound; an empty value of ``bind`` does not tell.
    """
    port, tls = (_port(value(name, default)) if binds else "" for name, default in _PORTS)
    certificate = value("tls-auth-clients", "yes") == "yes"
    words = bind_words(takewhile(_may_be_address, value("bind", "").split() or _EVERYWHERE))
    for address in dict.fromkeys(each for word in words for each in _addresses(word, interfaces)):
        name, local = f"[{address}]" if ":" in address else address, is_loopback(address)
        if port:
            yield ConfiguredEndpoint(name=f"{name}:{port}", plaintext=True, local=local)
        if tls:
            yield ConfiguredEndpoint(name=f"{name}:{tls} tls", certificate=certificate, local=local)
    if socket := value("unixsocket", ""):
        yield ConfiguredEndpoint(name=socket, local=True, clients=_by_mode(value("unixsocketperm", "700")))


def _port(text: str) -> str:
    """Return a port; empty for 0, and for what no server starts with: a placeholder, two words, a higher number."""
    return text if 0 < number_or(text) <= HIGHEST_PORT else ""


def _may_be_address(word: str) -> bool:
    return not set(word) & set("#${}")


def _addresses(word: str, interfaces: Sequence[Interface]) -> Iterable[str]:
    family = wildcard_family(word)
    if family is None:
        return (word,)
    own = (each for interface in interfaces if interface.up for each in interface.addresses)
    outside = (each for each in own if each.scope not in {Scope.LOOPBACK, Scope.LINK_LOCAL})
    same = (each.address for each in outside if (":" in each.address) == (family == _SIX))
    return (local_address(word), *same)


def _by_mode(text: str) -> str:
    return by_mode(int(text, 8) if text and not set(text) - set("01234567") else 0)
