"""Texts to subject alternative names: host names and addresses, checked when they are read."""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from wizard.errors import InvalidValueError
from wizard.model.value import Value

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_NAME = 253
_LONGEST_COMMON_NAME = 64


class Names(Value, frozen=True, kw_only=True):
    """What a certificate is good for: host names and addresses, each once, in the order given."""

    hosts: tuple[str, ...] = ()
    """Lower case, ASCII; a first label ``*`` stands for any one label."""

    addresses: tuple[str, ...] = ()
    """IPv4 and IPv6 in their shortest form."""

    @property
    def empty(self) -> bool:
        """No name at all: no client could check it."""
        return not self.hosts and not self.addresses


def subject_names(texts: Iterable[str]) -> Names:
    """Sort texts into host names and addresses.

    Args:
        texts: Host names such as ``db1.example.org`` or ``*.example.org``, addresses such as
            ``10.0.4.7`` or ``::1``; a prefix ``DNS:`` or ``IP:`` is understood.

    Raises:
        InvalidValueError: a text is neither, or an address that no client can connect to.

    Source:
        RFC 5280 4.2.1.6, RFC 1123 2.1, RFC 6125 6.4.3 (wildcards).
    """
    hosts: dict[str, None] = {}
    addresses: dict[str, None] = {}
    for text in texts:
        kind, value = _sort(text.strip())
        (addresses if kind == "IP" else hosts)[value] = None
    return Names(hosts=tuple(hosts), addresses=tuple(addresses))


def check_common_name(text: str) -> str:
    """Return a common name when a certificate can hold it.

    Raises:
        InvalidValueError: empty, longer than 64 characters (RFC 5280 ``ub-common-name``), or not printable.
    """
    if not text.strip() or len(text) > _LONGEST_COMMON_NAME or not text.isprintable():
        raise InvalidValueError(f"{text[:80]!r} cannot be a common name; give 1 to 64 printable characters")
    return text


def _sort(text: str) -> tuple[str, str]:
    """Return which kind of name a text is, and its normal form."""
    if text[:4].upper() == "DNS:":
        return "DNS", _host(text[4:])
    wants_address = text[:3].upper() == "IP:"
    try:
        return "IP", _address(text[3:] if wants_address else text)
    except ValueError:
        if wants_address:
            raise InvalidValueError(f"{text[:80]!r} is not an address; write one such as 10.0.4.7 or ::1") from None
        return "DNS", _host(text)


def _address(text: str) -> str:
    """Normal form of an address; ValueError when it is none at all."""
    if "%" in text:
        raise InvalidValueError(f"{text!r} has a zone, which a certificate cannot hold; leave it out")
    address = ip_address(text)
    if address.is_unspecified or address.is_multicast:
        raise InvalidValueError(
            f"{text!r} is not an address that a client can connect to; name the address of an interface"
        )
    return str(address)


def _host(text: str) -> str:
    """Normal form of a host name."""
    name = text.lower().removesuffix(".")
    labels = name.removeprefix("*.").split(".")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidValueError(
            f"{text[:80]!r} is neither a host name nor an address; write a name such as db1.example.org "
            "(letters, digits, '-', '_' and dots; other scripts in their xn-- form)"
        )
    if labels[-1].isdecimal():
        raise InvalidValueError(f"{text[:80]!r} ends in a number like an address, but is not one; correct it")
    return name
