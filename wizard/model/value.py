"""The base of all frozen values, and their one way to and from JSON."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NewType, TypeAlias, TypeVar

import msgspec

from wizard.errors import InvalidValueError
from wizard.model.text import clean_json

_T = TypeVar("_T")


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen value with named fields; change a copy of it with :func:`replace`.

    msgspec does not inherit ``kw_only`` and mypy does not inherit ``frozen``: each subclass says
    both again.
    """


if TYPE_CHECKING:
    from msgspec.inspect import Type

    Mode: TypeAlias = int
else:

    class Mode(int):
        """Permission bits: a number here, octal text such as ``"0640"`` in JSON. Version 0.1 wrote a number."""

        __slots__ = ()


Memory = NewType("Memory", int)
"""An amount of memory or disk in bytes."""


def keep_modes(value: Value, *names: str) -> None:
    """Make permission bits of these fields, for the ``__post_init__`` of a value that is given plain numbers."""
    for name in names:
        msgspec.structs.force_setattr(value, name, Mode(getattr(value, name)))


class Secret:
    """A text that no repr, log, format string or JSON ever shows. Lives briefly."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text. Each call is a place to review."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        msg = "a Secret is never pickled"
        raise TypeError(msg)


def _encode(value: object) -> str:
    if isinstance(value, PurePosixPath):
        return str(value)
    if isinstance(value, Mode):
        return f"{value:04o}"
    raise NotImplementedError(type(value).__name__)


def _decode(kind: type, value: object) -> object:
    if kind is PurePosixPath:
        return PurePosixPath(str(value))
    if kind is Mode:
        return _mode(value)
    raise NotImplementedError(kind.__name__)


def _mode(value: object) -> int:
    if isinstance(value, str) and value.isdecimal():
        return Mode(int(value, 8))
    if isinstance(value, int) and not isinstance(value, bool):
        return Mode(value)
    raise ValueError("permission bits are octal text")


def to_json(value: object, *, indent: int = 2) -> str:
    """Write a value as one JSON document; map keys sorted, so equal values give equal text, safe to show."""
    data = msgspec.json.encode(value, enc_hook=_encode, order="deterministic")
    return clean_json(msgspec.json.format(data, indent=indent).decode())


def to_line(value: object) -> str:
    """Write a value as JSON on one line, without a line end."""
    return msgspec.json.encode(value, enc_hook=_encode, order="deterministic").decode()


def to_builtins(value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Turn a value into dicts, lists and scalars, as JSON would hold them."""
    return msgspec.to_builtins(value, enc_hook=_encode, order="deterministic")


def from_json(kind: type[_T], text: str | bytes) -> _T:
    """Read a value back.

    Raises:
        InvalidValueError: the text is not JSON, or not this kind; the message names the path of
            the offending field, for example ``$.memory.samples``.
    """
    try:
        return msgspec.json.decode(text, type=kind, dec_hook=_decode)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidValueError(str(error)) from None


def from_json_of_later(kind: type[_T], text: str | bytes) -> _T:
    """Read a value that a later version may have written, which may have added fields: they are left out.

    Raises:
        InvalidValueError: as for :func:`from_json`.
    """
    from msgspec import inspect  # noqa: PLC0415 - few commands read such a document

    return from_builtins(kind, _known(inspect.type_info(kind), from_json(dict[str, Any], text)))


def _known(kind: "Type", data: object) -> object:
    """Return the data without the fields that its type does not have."""
    from msgspec import inspect  # noqa: PLC0415 - as above

    match kind, data:
        case inspect.StructType(fields=fields), dict():
            return {
                each.encode_name: _known(each.type, data[each.encode_name])
                for each in fields
                if each.encode_name in data
            }
        case inspect.VarTupleType(item_type=item), list():
            return [_known(item, each) for each in data]
        case inspect.UnionType(types=types), dict():
            return next((_known(each, data) for each in types if isinstance(each, inspect.StructType)), data)
        case _:
            return data


def from_builtins(kind: type[_T], data: object) -> _T:
    """Read a value from dicts, lists and scalars, such as TOML gives.

    Raises:
        InvalidValueError: as for :func:`from_json`.
    """
    try:
        return msgspec.convert(data, type=kind, dec_hook=_decode)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InvalidValueError(str(error)) from None


replace = msgspec.structs.replace
field = msgspec.field
