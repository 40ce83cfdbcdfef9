"""Answers to and from the text in a field: one raw text per ``section.field``.

The kind of a field follows from the value that is there.
"""

from enum import StrEnum
from typing import Any

from wizard.errors import InvalidValueError
from wizard.model.answers import Answers, Purpose
from wizard.model.value import replace

YES = "yes"
NO = "no"
_BY_COMMA = frozenset({"persistence.snapshots"})
"""Lists whose items hold blanks themselves."""
_MOST_DIGITS = 18
_KEEP = {"kernel.swappiness": -1, "kernel.open_files": 0}
"""Numbers that leave a value as it is; an operator reads and types `KEEP` for them."""
KEEP = "keep"

_BLANKS = " \t"
"""What a person types around a value; other white space is a control character and is refused."""


def read(answers: Answers, name: str) -> str:
    """Return the value of a field as the text that an operator would type."""
    value = _get(answers, name)
    if name in _KEEP and value == _KEEP[name]:
        return KEEP
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, tuple):
        return (", " if name in _BY_COMMA else " ").join(str(item) for item in value)
    return str(value)


def write(answers: Answers, name: str, raw: str) -> Answers:
    """Return the answers with a field set from its text.

    Raises:
        InvalidValueError: The text has a wrong form for this field; one sentence.
    """
    return _set(answers, name, _parse(name, raw.strip(_BLANKS), _get(answers, name)))


def is_asked(answers: Answers, name: str) -> bool:
    """Return whether the other answers leave a field open: a purpose other than ``custom`` decides the policy."""
    return name != "memory.policy" or answers.memory.purpose is Purpose.CUSTOM


def _parse(name: str, raw: str, now: object) -> object:
    if name in _KEEP and raw.lower() == KEEP:
        return _KEEP[name]
    if isinstance(now, bool):
        return raw == YES
    if isinstance(now, StrEnum):
        return _word(type(now), raw)
    if isinstance(now, int):
        return _number(raw)
    if isinstance(now, tuple):
        parts = raw.split(",") if name in _BY_COMMA else raw.replace(",", " ").split()
        return tuple(" ".join(part.split()) for part in parts if part.strip())
    return raw


def _word(kind: type[StrEnum], raw: str) -> StrEnum:
    try:
        return kind(raw)
    except ValueError:
        raise InvalidValueError(f"'{raw}' is none of: {', '.join(kind)}") from None


def _number(raw: str) -> int:
    digits = raw.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise InvalidValueError(f"'{raw}' is not a whole number" if raw else "type a whole number")
    if len(digits) > _MOST_DIGITS:
        raise InvalidValueError(f"a number of {len(digits)} digits is too large")
    return int(raw)


def _get(answers: Answers, name: str) -> Any:  # noqa: ANN401 - a field of any type
    section, _, field = name.partition(".")
    return getattr(getattr(answers, section), field)


def _set(answers: Answers, name: str, value: object) -> Answers:
    section, _, field = name.partition(".")
    return replace(answers, **{section: replace(getattr(answers, section), **{field: value})})


def with_section(answers: Answers, section: str, source: Answers) -> Answers:
    """Return the answers with one section taken from others."""
    return replace(answers, **{section: getattr(source, section)})
