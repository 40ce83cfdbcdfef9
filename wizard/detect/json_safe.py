"""Make facts writable as JSON: bytes of the host that are no UTF-8 become visible escapes."""

from typing import Any, TypeVar

from wizard.model.value import from_builtins, to_builtins, to_line

_T = TypeVar("_T")


def encodable(value: _T) -> _T:
    """Return the value itself, or where it holds lone surrogates (PEP 383) a copy with escapes in their place."""
    try:
        to_line(value)
    except UnicodeEncodeError:
        return from_builtins(type(value), _escaped(to_builtins(value)))
    return value


def _escaped(data: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(data, str):
        return data.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(data, dict):
        return {_escaped(name): _escaped(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_escaped(value) for value in data]
    return data
