"""What two values of a setting are compared by, with the meanings that Redis and the kernel give them.

Each function turns arguments into a value with ``<=`` and raises ``ValueError`` for others.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.memory import parse_memory
from wizard.model.network import bind_words, wildcard_family
from wizard.model.value import Value
from wizard.settings.setting import Measure

_PROTOCOLS = ("tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3")
_SUITES = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
_CIPHER = re.compile(r"TLS_[A-Z0-9_]+|[A-Z0-9]+(?:-[A-Z0-9]+)+", re.ASCII)
_ALL_EVENTS = "g$lshzxetd"
_CHANNELS = frozenset("KE")
_CLASSES = {"normal": (0, 0, 0), "replica": (256 << 20, 64 << 20, 60), "pubsub": (32 << 20, 8 << 20, 60)}
_UNLIMITED = float("inf")


def number(off: int | None = None) -> Measure:
    """Return a measure of a whole number or an amount; `off` and what is below 0 count as no limit."""

    def measure(arguments: Sequence[str]) -> float:
        (text,) = arguments
        if text == "infinity":
            return _UNLIMITED
        if re.fullmatch(r"-[0-9]+", text, re.ASCII):
            return _UNLIMITED if off is not None else int(text)
        found = _amount(text)
        return _UNLIMITED if found == off else found

    return measure


def _amount(text: str) -> int:
    try:
        return int(parse_memory(text))
    except InvalidValueError as error:
        raise ValueError(str(error)) from None


def switch(arguments: Sequence[str]) -> int:
    """Return 0 for ``no``, ``0`` and an empty value, 1 for ``yes``, a port or a path."""
    (text,) = arguments or ("",)
    return int(text.lower() not in {"no", "0", ""})


def place(*words: str) -> Measure:
    """Return a measure by the place of a word in a list, the weakest first."""

    def measure(arguments: Sequence[str]) -> int:
        (text,) = arguments
        return words.index(text.lower())

    return measure


def addresses(arguments: Sequence[str]) -> frozenset[str]:
    """Return the addresses that other hosts can reach: loopback adds none, a wildcard adds its whole family.

    Source:
        redis ``src/server.c``, ``listenToPort``. An empty value is every address before 7.0 and none since:
        not comparable.
    """
    plain = bind_words(arguments)
    if not plain:
        raise ValueError("no address")
    found: set[str] = set()
    for text in plain:
        if family := wildcard_family(text):
            found.add(f"all of {family}")
        elif not ip_address(text).is_loopback:
            found.add(str(ip_address(text)))
    return Reach(found)


class Reach(frozenset[str]):
    """Addresses, of which a wildcard contains each of its family."""

    __slots__ = ()

    def __le__(self, other: object) -> bool:
        if not isinstance(other, Reach):
            return NotImplemented
        return all(each in other or f"all of {_family(each)}" in other for each in self)


def _family(text: str) -> int:
    return int(text[-1]) if text.startswith("all of ") else ip_address(text).version


def oldest_protocol(arguments: Sequence[str]) -> int:
    """Return the place of the oldest TLS version accepted: a newer one beside it opens nothing.

    Source:
        redis ``src/tls.c``: an empty value is TLSv1.2 and TLSv1.3.
    """
    words = " ".join(arguments).lower().split() or ["tlsv1.2", "tlsv1.3"]
    return min(_PROTOCOLS.index(word) for word in words)


def ciphers(arguments: Sequence[str]) -> frozenset[str]:
    """Return the named ciphers; a list with keywords of OpenSSL, or none, depends on its version: not comparable."""
    names = " ".join(arguments).split(":")
    if not all(_CIPHER.fullmatch(name) for name in names):
        raise ValueError("not a plain list of ciphers")
    return frozenset(names)


def suites(arguments: Sequence[str]) -> frozenset[str]:
    """Return the cipher suites of TLS 1.3; an empty value is OpenSSL's default of three."""
    return ciphers(["".join(arguments) or _SUITES])


def writers(arguments: Sequence[str]) -> frozenset[str]:
    """Return who may connect to a unix socket of this mode: to connect needs the right to write (unix(7)).

    0 leaves the mode to the server's umask: not comparable.
    """
    (text,) = arguments
    mode = int(text, 8)
    if not 0 < mode <= 0o777:  # noqa: PLR2004 - permission bits
        raise ValueError("no mode")
    return frozenset(name for name, bit in (("owner", 0o200), ("group", 0o020), ("others", 0o002)) if mode & bit)


def events(arguments: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return channel and class of each event that is published: letters without ``K`` or ``E`` publish none."""
    letters = set("".join(arguments).replace("A", _ALL_EVENTS))
    return frozenset((channel, each) for channel in letters & _CHANNELS for each in letters - _CHANNELS)


def renamed(arguments: Sequence[str]) -> frozenset[str]:
    """Return the commands that no longer have their own name; arguments are pairs of old and new name."""
    return frozenset(old.lower() for old, new in zip(arguments[::2], arguments[1::2], strict=True) if old != new)


class SavePoints(Value, frozen=True):
    """Save points, ordered by what they save: one that is due sooner after fewer changes covers another."""

    points: tuple[tuple[int, int], ...]
    """Seconds and changes of each."""

    def __le__(self, other: "SavePoints") -> bool:
        return all(
            any(seconds <= own[0] and changes <= own[1] for seconds, changes in other.points) for own in self.points
        )


def save_points(arguments: Sequence[str]) -> SavePoints:
    """Return the save points of ``seconds changes`` pairs; an empty value saves nothing."""
    words = " ".join(arguments).split()
    return SavePoints(tuple(zip(map(int, words[::2]), map(int, words[1::2]), strict=True)))


class Limits(Value, frozen=True):
    """Hard limit, soft limit and seconds of each class of clients; lower everywhere is lower."""

    numbers: tuple[float, ...]

    def __le__(self, other: "Limits") -> bool:
        return all(own <= theirs for own, theirs in zip(self.numbers, other.numbers, strict=True))


def buffer_limits(arguments: Sequence[str]) -> Limits:
    """Return the limits of all classes; 0 is no limit, and a class that is not named has its default.

    Source:
        redis ``src/networking.c``, ``checkClientOutputBufferLimits``; ``src/config.c`` for the defaults.
    """
    words = " ".join(arguments).lower().split()
    found = dict(_CLASSES)
    for name, hard, soft, seconds in zip(words[::4], words[1::4], words[2::4], words[3::4], strict=True):
        kind = "replica" if name == "slave" else name
        if kind not in found:
            raise ValueError("no class of clients")
        found[kind] = (_amount(hard), _amount(soft), int(seconds))
    return Limits(tuple(each for limits in found.values() for each in _effective(*limits)))


def _effective(hard: int, soft: int, seconds: int) -> tuple[float, float, float]:
    if not soft:
        return hard or _UNLIMITED, _UNLIMITED, _UNLIMITED
    return hard or _UNLIMITED, soft, seconds
