"""Patterns of keys and channels as the server matches them.

Works on bytes, as the server does: ``?`` is one byte.

Source:
    redis 8.0 ``src/util.c``, ``stringmatchlen()``.
"""

from functools import lru_cache

from wizard.errors import InvalidValueError

_ANY = frozenset(range(256))
_Part = frozenset[int] | None
"""The bytes that may stand at one place; ``None`` for ``*``."""


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern matches a whole text, in time proportional to both lengths multiplied."""
    parts, data = _parts(pattern), _encode(text)
    place = at = 0
    star = retry = -1
    while at < len(data):
        part = parts[place] if place < len(parts) else frozenset()
        if part is None:
            star, retry, place = place, at, place + 1
        elif data[at] in part:
            place, at = place + 1, at + 1
        elif star >= 0:
            retry += 1
            place, at = star + 1, retry
        else:
            return False
    return all(part is None for part in parts[place:])


def example_key(pattern: str) -> str:
    """Return a text that the pattern matches, near to what a person would write: ``app:x`` for ``app:*``.

    Raises:
        InvalidValueError: nothing matches it, as with ``[]``.
    """
    chosen = bytearray()
    for part in _parts(pattern):
        if part is not None and not part:
            raise InvalidValueError(f"pattern {pattern!r:.80} matches no key; fix its brackets")
        chosen.append(ord("x") if part is None or part == _ANY else _typical(part))
    return chosen.decode("utf-8", "surrogateescape")


def _typical(part: frozenset[int]) -> int:
    readable = [code for code in part if chr(code).isascii() and chr(code).isalnum()]
    return min(readable or part)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[_Part, ...]:
    data = _encode(pattern)
    parts: list[_Part] = []
    at = 0
    while at < len(data):
        match chr(data[at]):
            case "*":
                if not parts or parts[-1] is not None:
                    parts.append(None)
            case "?":
                parts.append(_ANY)
            case "[":
                part, at = _bracket(data, at + 1)
                parts.append(part)
            case "\\" if at + 1 < len(data):
                at += 1
                parts.append(frozenset((data[at],)))
            case _:
                parts.append(frozenset((data[at],)))
        at += 1
    return tuple(parts)


def _bracket(data: bytes, at: int) -> tuple[frozenset[int], int]:
    """Read a class from behind its ``[``; give it with the place of its last byte. It may lack its ``]``."""
    negated = data[at : at + 1] == b"^"
    at += negated
    found: set[int] = set()
    while at < len(data) and data[at] != ord("]"):
        if data[at] == ord("\\") and at + 1 < len(data):
            at += 1
            found.add(data[at])
        elif data[at + 1 : at + 2] == b"-" and at + 2 < len(data):
            low, high = sorted((data[at], data[at + 2]))
            found.update(range(low, high + 1))
            at += 2
        else:
            found.add(data[at])
        at += 1
    return (_ANY - found if negated else frozenset(found)), at
