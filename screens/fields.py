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
KEEP = "keep"
_WORDS = {
    "kernel.swappiness": (-1, KEEP),
    "kernel.open_files": (0, KEEP),
    "kernel.backlog": (0, KEEP),
    "audit.slow_log_microseconds": (-1, "off"),
    "audit.latency_threshold_milliseconds": (0, "off"),
    "audit.timeout_seconds": (0, "never"),
    "audit.tcp_keepalive_seconds": (0, "off"),
}
"""Numbers that mean no number, and the word that an operator reads and types for each."""

_BLANKS = " \t"
"""What a person types around a value; other white space is a control character and is refused."""


def read(answers: Answers, name: str) -> str:
    """Return the value of a field as the text that an operator would type."""
    value = _get(answers, name)
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, tuple):
        return (", " if name in _BY_COMMA else " ").join(str(item) for item in value)
    return in_words(name, str(value))


def in_words(name: str, number: str) -> str:
    """Return a number of a field as an operator reads it: some mean that a value stays, or that nothing happens."""
    code, word = _WORDS.get(name, (None, ""))
    return word if number == str(code) else number


def write(answers: Answers, name: str, raw: str) -> Answers:
    """Return the answers with a field set from its text.

    Raises:
        InvalidValueError: The text has a wrong form for this field; one sentence.
    """
    return _set(answers, name, _parse(name, raw.strip(_BLANKS), _get(answers, name)))


def is_asked(answers: Answers, name: str) -> bool:
    """Return whether the other answers leave a field open.

    A purpose other than ``custom`` decides the policy, and what is made here has its own key.
    """
    tls = answers.tls
    if name == "tls.authority_key":
        return (tls.authority != "create" and tls.certificate == "create") or bool(tls.authority_key)
    if name == "tls.certificate_key":
        return tls.certificate != "create" or bool(tls.certificate_key)
    return name != "memory.policy" or answers.memory.purpose is Purpose.CUSTOM


def _parse(name: str, raw: str, now: object) -> object:
    code, word = _WORDS.get(name, (None, ""))
    if word and raw.lower() == word:
        return code
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
