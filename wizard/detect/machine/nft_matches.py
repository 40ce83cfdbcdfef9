"""The conditions of nftables' rules, in the words of nft(8).

Source:
    libnftables-json(5), "EXPRESSIONS".
"""

from collections.abc import Mapping
from typing import Any

from wizard.model.network import Match

Json = Any
"""A value of a JSON text, which has no narrower type."""
MOST_ELEMENTS = 5_000
"""A set with more is not a fact: the rules that use it cannot be decided."""


def unknown(what: str) -> Match:
    """Return a condition that this version cannot decide."""
    return Match(fields=(what,))


def parse_match(value: Mapping[str, Json], sets: Mapping[str, list[Json]]) -> Match:
    """Return one condition.

    Args:
        value: The expression.
        sets: The elements of the named sets of its table.
    """
    operator, right = value["op"], value["right"]
    fields = field_names(value["left"])
    negated = operator in ("!=", "!")
    if fields == ("tcp flags",):
        return _flags(value["left"], operator, right)
    if operator in ("<", "<=", ">", ">="):
        return _compared(fields, operator, right)
    if isinstance(right, str) and right.startswith("@"):
        name = right.removeprefix("@")
        if len(sets.get(name, [])) > MOST_ELEMENTS:
            return unknown(f"{' . '.join(fields)} {right} ({len(sets[name]):,} elements)")
        return Match(fields=fields, named=name, negated=negated)
    return Match(fields=fields, values=tuple(value_texts(each) for each in _listed(right)), negated=negated)


def _flags(left: Mapping[str, Json], operator: str, right: Json) -> Match:
    """Return flags as iptables writes them: the ones that are looked at, and those of them that are set."""
    wanted = ",".join(map(str, _listed(right)))
    if operator in ("in", "!"):
        return Match(fields=("tcp flags any",), values=((wanted,),), negated=operator == "!")
    looked = ",".join(map(str, _listed(left["&"][1]))) if "&" in left else "all"
    return Match(fields=("tcp flags",), values=((f"{looked} {wanted}",),), negated=operator == "!=")


def _compared(fields: tuple[str, ...], operator: str, right: Json) -> Match:
    if not isinstance(right, int):
        return unknown(f"{fields[0]} {operator} {right}")
    low, high = {
        "<": (0, right - 1),
        "<=": (0, right),
        ">": (right + 1, (1 << 32) - 1),
        ">=": (right, (1 << 32) - 1),
    }[operator]
    return Match(fields=fields, values=((f"{low}-{high}",),))


def _listed(right: Json) -> list[Json]:
    """Return the values of a right side: a set, a list of flags, or one."""
    if isinstance(right, dict):
        for name in ("set", "|"):
            if name in right:
                return list(right[name]) if isinstance(right[name], list) else [right[name]]
    return right if isinstance(right, list) else [right]


def field_names(left: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the words of nft(8) for all that a match looks at."""
    return tuple(map(field_name, left["concat"])) if "concat" in left else (field_name(left),)


def field_name(left: Json) -> str:
    """Return the words of nft(8) for what a match looks at."""
    if not isinstance(left, dict):
        return str(left)
    name, value = next(iter(left.items()))
    if name == "&":
        inner = field_name(value[0])
        return inner if inner in ("meta mark", "ct mark", "tcp flags") else f"{inner} & {value[1]}"
    known = {
        "payload": ("protocol", "field"),
        "meta": ("", "key"),
        "ct": ("dir", "key"),
        "fib": ("flags", "result"),
    }
    parts = known.get(name)
    if parts is None or not isinstance(value, dict) or parts[1] not in value:
        return str(name)
    said = value.get(parts[0], "")
    words = ["" if name == "payload" else name, ".".join(said) if isinstance(said, list) else said, value[parts[1]]]
    return " ".join(word for word in words if word)


def bare_element(element: Json) -> Json:
    """Return an element without its comment, counter and time."""
    return element["elem"]["val"] if isinstance(element, dict) and "elem" in element else element


def value_texts(element: Json) -> tuple[str, ...]:
    """Return one value with a text for each field that is compared."""
    bare = bare_element(element)
    if isinstance(bare, dict) and "concat" in bare:
        return tuple(value_texts(each)[0] for each in bare["concat"])
    if isinstance(bare, dict) and "prefix" in bare:
        return (f"{bare['prefix']['addr']}/{bare['prefix']['len']}",)
    if isinstance(bare, dict) and "range" in bare:
        first, last = bare["range"]
        return (f"{first}-{last}",)
    if isinstance(bare, dict):
        return (f"? {next(iter(bare))}",)
    return (str(bare).lower() if isinstance(bare, bool) else str(bare),)
