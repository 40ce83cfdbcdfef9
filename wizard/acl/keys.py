"""Which keys and channels a command touches, and what it does to them.

The places come from ``assets/redis/acl-keys.tsv``, one text a command with a word for each place:
``rw?@STREAMS+4:-1,1,2`` is access ``@`` begin ``:`` find. Access holds ``r`` and ``w`` (``-`` for
neither) and ``?`` where it depends on other arguments. Begin is the index of the first key, or a
keyword with where the search for it starts. Find is ``last,step,limit``, or ``#index,first,step``
where a number says how many keys follow.

Source:
    redis 8.0 ``src/db.c``, ``getKeysUsingKeySpecs()``, ``getKeysFromCommandWithSpecs()`` and the
    functions for single commands, ``setGetKeys()``, ``bitfieldGetKeys()``, ``sortGetKeys()``.
"""

from collections.abc import Sequence
from functools import cache

from wizard.acl.commands import CommandTable, read_columns
from wizard.model.text import number, number_or
from wizard.model.value import Value

_CHANNELS = {
    "publish": slice(1, 2),
    "spublish": slice(1, 2),
    "subscribe": slice(1, None),
    "ssubscribe": slice(1, None),
    "psubscribe": slice(1, None),
}
_PATTERNS = frozenset(("psubscribe",))


class KeyUse(Value, frozen=True, kw_only=True):
    """One key in a command."""

    name: str
    reads: bool
    """The value is read or given back."""
    writes: bool
    """The value is changed, made or removed."""


def full_name(command: Sequence[str], known: CommandTable) -> str:
    """Return the command's name with its subcommand, in lower case: ``config|get``."""
    name = command[0].lower()
    if name in known.children and len(command) > 1:
        return f"{name}|{command[1].lower()}"
    return name


def key_uses(command: Sequence[str], known: CommandTable) -> tuple[KeyUse, ...]:
    """Return the keys of a command in order; none for a command that is not in the tables."""
    name = command[0].lower()
    match name:
        case "set" | "bitfield":
            return _by_arguments(name, command)
        case "sort" | "sort_ro":
            return _of_sort(command)
        case "migrate":
            return _of_migrate(command)
        case _:
            return _by_places(command, known)


def channels(command: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Return the channels that a command publishes or subscribes to, and whether they are patterns."""
    name = command[0].lower()
    where = _CHANNELS.get(name)
    return (tuple(command[where]) if where else (), name in _PATTERNS)


def _by_places(command: Sequence[str], known: CommandTable) -> tuple[KeyUse, ...]:
    # 6.2 does not say where keys are; its commands have them where 7.4 has them.
    column = "r74" if known.column == "r62" else known.column
    places = _places().get(column, {})
    name = f"{command[0]}|{command[1]}".lower() if len(command) > 1 else ""
    found = []
    for place in places.get(name) or places.get(command[0].lower()) or ():
        found += _at_place(place, command)
    return tuple(found)


def _at_place(place: str, command: Sequence[str]) -> list[KeyUse]:
    access, _, where = place.partition("@")
    begin, _, find = where.partition(":")
    first = _first(begin, command)
    if first is None or find == "?":
        return []
    return [_use(command[index], access) for index in _indexes(find, first, command)]


def _first(begin: str, command: Sequence[str]) -> int | None:
    if (place := number(begin)) is not None:
        return place
    for sign in "+-":
        word, found, start = begin.rpartition(sign)
        if not found or not start.isdecimal():
            continue
        forward = range(int(start), len(command) - 1)
        backward = range(len(command) - int(start), 0, -1)
        for index in forward if sign == "+" else backward:
            if index < len(command) and command[index].upper() == word:
                return index + 1
    return None


def _indexes(find: str, first: int, command: Sequence[str]) -> range:
    count = len(command)
    one, two, three = (int(part) for part in find.lstrip("#").split(","))
    if find.startswith("#"):
        place = first + one
        wanted = number_or(command[place]) if place < count else 0
        last = min(first + two + (wanted - 1) * three, count - 1)
        return range(first + two, last + 1, three)
    if one >= 0:
        last = first + one
    elif three <= 1:
        last = count + one
    else:
        last = first + (count - first) // three + one
    return range(first, min(last, count - 1) + 1, two)


def _use(name: str, access: str) -> KeyUse:
    return KeyUse(name=name, reads="r" in access, writes="w" in access)


def _by_arguments(name: str, command: Sequence[str]) -> tuple[KeyUse, ...]:
    """Judge SET and BITFIELD, whose other arguments decide whether they read and write."""
    if not command[1:]:
        return ()
    words = [word.upper() for word in command[2:]]
    if name == "set":
        return (KeyUse(name=command[1], reads="GET" in words[1:], writes=True),)
    writes = bool({"SET", "INCRBY"} & set(words))
    return (KeyUse(name=command[1], reads=True, writes=writes),)


def _of_sort(command: Sequence[str]) -> tuple[KeyUse, ...]:
    uses = [_use(name, "r") for name in command[1:2]]
    stored = [place for place, word in enumerate(command) if place > 1 and word.upper() == "STORE"]
    if stored and command[0].lower() == "sort" and stored[-1] + 1 < len(command):
        uses.append(_use(command[stored[-1] + 1], "w"))
    return tuple(uses)


def _of_migrate(command: Sequence[str]) -> tuple[KeyUse, ...]:
    words = [word.upper() for word in command]
    # MIGRATE host port "" database timeout … KEYS key …
    if "KEYS" in words[6:] and not command[3]:
        return tuple(_use(name, "rw") for name in command[words.index("KEYS", 6) + 1 :])
    return tuple(_use(name, "rw") for name in command[3:4])


@cache
def _places() -> dict[str, dict[str, tuple[str, ...]]]:
    columns: dict[str, dict[str, tuple[str, ...]]] = {}
    for (command,), cells in read_columns("redis/acl-keys.tsv", fixed=1):
        for column, text in cells.items():
            if text != "-":
                columns.setdefault(column, {})[command] = tuple(text.split(" "))
    return columns
