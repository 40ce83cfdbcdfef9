"""Write values as YAML: block style, every text in double quotes, which are those of JSON (YAML 1.2, 7.3.1)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Node: TypeAlias = "str | int | bool | Mapping[str, Node] | Sequence[Node] | None"


def render(node: Mapping[str, Node]) -> str:
    """Return a document; an empty value is ``{}``."""
    return "".join(f"{line}\n" for line in _mapping(node))


def _mapping(node: Mapping[str, Node]) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, Mapping | list | tuple) and value:
            yield f"{key}:"
            yield from (f"  {line}" for line in _block(value))
        else:
            yield f"{key}: {_scalar(value)}"


def _block(node: Node) -> Iterator[str]:
    if isinstance(node, Mapping):
        yield from _mapping(node)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for each in node:
            first, *more = _block(each)
            yield f"- {first}"
            yield from (f"  {line}" for line in more)
    else:
        yield _scalar(node)


def _scalar(node: Node) -> str:
    return "{}" if node is None else json.dumps(node, ensure_ascii=False)
