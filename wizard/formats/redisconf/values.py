"""When two values of a directive mean the same to a server."""

from collections.abc import Callable, Sequence

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.memory import parse_memory
from wizard.formats.redisconf.table import Kind, find
from wizard.formats.redisconf.value_syntax import INT, LIMIT_CLASSES, WORDS_OF_A_LIMIT, is_single_valued

_ALL_EVENTS = frozenset("g$lshzxetd")
"""What the letter ``A`` stands for: all but misses (``m``) and new keys (``n``)."""


def equivalent(name: str, left: str | Sequence[str], right: str | Sequence[str]) -> bool:
    """Return whether two values of a directive mean the same to a server.

    Args:
        name: The directive, in any case.
        left: Arguments of a line, or one text as ``CONFIG GET`` answers it.
        right: Likewise.
    """
    return normalize(name, left) == normalize(name, right)


def normalize(name: str, value: str | Sequence[str]) -> tuple[str, ...]:
    """Bring a value to the form in which equal meanings are equal texts.

    Sizes become bytes, words of a fixed set lower case, numbers decimal, event letters sorted with
    ``A`` spelt out. A value that the server would refuse stays as it is.
    """
    directive = find(name)
    if directive is None:
        return (value,) if isinstance(value, str) else tuple(value)
    if isinstance(value, str):
        value = (value,) if is_single_valued(directive.kind) else value.split()
    form = _FORMS.get(directive.kind)
    try:
        return form(tuple(value)) if form else tuple(value)
    except (InvalidValueError, ValueError):
        return tuple(value)


def _lower(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(argument.lower() for argument in value)


def _number(argument: str) -> str:
    if not INT.fullmatch(argument):
        raise InvalidValueError("it is not a whole number as the server writes one")
    return str(int(argument))


def _numbers(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_number, value))


def _bytes(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(argument if argument.endswith("%") else str(parse_memory(argument)) for argument in value)


def _permissions(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{int(argument or '0', 8):o}" for argument in value)


def _events(value: tuple[str, ...]) -> tuple[str, ...]:
    letters: set[str] = set("".join(value))
    if "A" in letters:
        letters = (letters - {"A"}) | _ALL_EVENTS
    return ("".join(sorted(letters)),)


def _save_points(value: tuple[str, ...]) -> tuple[str, ...]:
    return () if value == ("",) else _numbers(value)


def _limits(value: tuple[str, ...]) -> tuple[str, ...]:
    forms: tuple[Callable[[str], str], ...] = (
        lambda name: LIMIT_CLASSES.get(name.lower(), name),
        lambda hard: str(parse_memory(hard)),
        lambda soft: str(parse_memory(soft)),
        _number,
    )
    return tuple(forms[position % WORDS_OF_A_LIMIT](argument) for position, argument in enumerate(value))


def limits_by_class(arguments: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the words of each class of clients in a ``client-output-buffer-limit``, by the class that 6.2 knows."""
    starts = range(0, len(arguments), WORDS_OF_A_LIMIT)
    found = (tuple(arguments[start : start + WORDS_OF_A_LIMIT]) for start in starts)
    return {LIMIT_CLASSES.get(words[0].lower(), words[0]): words for words in found}


def _primary(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or _lower(value) == ("no", "one"):
        return ()
    return (value[0].lower(), *_numbers(value[1:]))


_FORMS: dict[Kind, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    Kind.BOOL: _lower,
    Kind.ENUM: _lower,
    Kind.ENUMS: lambda value: tuple(sorted(_lower(value))),
    Kind.INT: _numbers,
    Kind.INTEGERS: _numbers,
    Kind.MEMORY: _bytes,
    Kind.MEMORY_OR_PERCENT: _bytes,
    Kind.OCTAL: _permissions,
    Kind.FLAGS: _events,
    Kind.SAVE: _save_points,
    Kind.LIMITS: _limits,
    Kind.REPLICA: _primary,
    Kind.RENAME: _lower,
    Kind.ADDRESSES: lambda value: () if value == ("",) else _lower(value),
}
