"""Amounts of memory as redis.conf writes them."""

import re

from wizard.errors import InvalidValueError
from wizard.model.value import Memory

_FORM = re.compile(r"([0-9]+)([a-z]*)", re.ASCII)
_UNITS = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1 << 10,
    "m": 1000**2,
    "mb": 1 << 20,
    "g": 1000**3,
    "gb": 1 << 30,
}
_LARGEST = (1 << 63) - 1
_BINARY = (("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10))
_MOST_DIGITS = 30


def parse_memory(text: str) -> Memory:
    """Read an amount such as ``23gb``.

    Args:
        text: Digits and an optional unit in any case: ``k`` is 1000 bytes, ``kb`` is 1024, and so
            on up to ``gb``. There is no ``tb``, no fraction, no sign, no blank.

    Returns:
        The amount, exact to the byte.

    Raises:
        InvalidValueError: `text` has another form, an unknown unit, or is beyond 2^63 - 1 bytes.

    Source:
        redis ``src/util.c``, ``memtoull()``. The server lets an amount overflow; this does not.
    """
    found = _FORM.fullmatch(text.lower())
    if found is None or found[2] not in _UNITS or len(found[1]) > _MOST_DIGITS:
        raise InvalidValueError(f"{text[:40]!r} is not an amount of memory; write digits and b, k, kb, m, mb, g or gb")
    amount = int(found[1]) * _UNITS[found[2]]
    if amount > _LARGEST:
        raise InvalidValueError(f"{text[:40]!r} is more than a server can count; write a smaller amount")
    return Memory(amount)


def memory_or_zero(text: str) -> Memory:
    """Return the amount that `parse_memory` reads; 0, which is no limit, for a text that is none."""
    try:
        return parse_memory(text)
    except InvalidValueError:
        return Memory(0)


def render_memory(amount: Memory) -> str:
    """Write an amount exactly, with the largest binary unit that divides it: ``19gb``, ``512``.

    Raises:
        InvalidValueError: the amount is negative.
    """
    if amount < 0:
        raise InvalidValueError(f"{amount} is not an amount of memory; it must not be negative")
    for unit, size in _BINARY:
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return str(amount)
