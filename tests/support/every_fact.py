"""A host with every fact, and one host for each fact that is another one."""

import types
import typing
from collections.abc import Iterator
from enum import Enum
from itertools import count
from pathlib import PurePosixPath
from typing import Any

from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Value, replace


def whole_host() -> HostFacts:
    """Return a host on which no fact is missing, no text is used twice, and the files are those of the server."""
    facts: HostFacts = _sample(HostFacts, count(1))
    instance = facts.instances[0]
    config, acl = instance.config, instance.acl
    assert isinstance(config, ConfigFacts)
    assert isinstance(acl, AclFacts)
    lines = tuple(replace(line, path=config.files[0].path) for line in config.lines)
    acl = replace(acl, path=acl.status.path)
    return replace(facts, instances=(replace(instance, config=replace(config, lines=lines), acl=acl),))


def others(facts: HostFacts) -> Iterator[tuple[str, HostFacts]]:
    """Return for each fact its name, such as ``instances.live.version``, and the host with another value of it.

    A fact that may be missing or may hold several values is also emptied, under its own name.
    """
    yield from _others(facts, HostFacts, "")


def _sample(kind: Any, numbers: Iterator[int]) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if hasattr(kind, "__supertype__"):
        return _sample(kind.__supertype__, numbers)
    if origin in {typing.Union, types.UnionType}:
        return _sample(next(each for each in arguments if each not in {types.NoneType, Unreadable}), numbers)
    if origin in {tuple, dict}:
        samples = tuple(_sample(each, numbers) for each in arguments if each is not Ellipsis)
        return samples if origin is tuple else dict([samples])
    if issubclass(kind, Value):
        return kind(**{name: _sample(each, numbers) for name, each in _fields(kind)})
    number = next(numbers)
    plain = {str: f"text {number}", PurePosixPath: PurePosixPath(f"/path/{number}"), bool: False}
    return next(iter(kind)) if issubclass(kind, Enum) else plain.get(kind, number)


def _fields(kind: Any) -> Iterator[tuple[str, Any]]:
    hints = typing.get_type_hints(kind)
    yield from ((name, hints[name]) for name in kind.__struct_fields__)


def _others(value: Any, kind: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Return every other value of one of this type, with the name of the fact that differs."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        yield path, None if types.NoneType in arguments else Unreadable(what="it", why="no permission")
        kind = type(value)
    elif origin in {tuple, dict}:
        yield path, origin()
        if origin is tuple:
            yield from ((name, (other,)) for name, other in _others(value[0], arguments[0], path))
        else:
            yield path, {key: f"{each}x" for key, each in value.items()}
        return
    if isinstance(value, Value):
        for name, each in _fields(type(value)):
            inner = f"{path}.{name}".lstrip(".")
            for found, other in _others(getattr(value, name), each, inner):
                yield found, replace(value, **{name: other})
    elif isinstance(value, Enum):
        yield path, next(each for each in type(value) if each is not value)
    elif isinstance(value, bool):
        yield path, not value
    elif isinstance(value, int | float):
        yield path, value + 1
    else:
        yield path, type(value)(f"{value}x")


def fields_of(kind: Any) -> Iterator[str]:
    """Return the names of the fields of a class of values, and of all values in it."""
    for argument in typing.get_args(kind):
        yield from fields_of(argument)
    if isinstance(kind, type) and issubclass(kind, Value):
        for name, each in _fields(kind):
            yield name
            yield from fields_of(each)
