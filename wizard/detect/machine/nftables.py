"""The rules of nftables as ``nft --json --debug=netlink list ruleset`` prints them: bytecode, then JSON.

Source:
    libnftables-json(5), nftables 1.1.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.detect.machine.nft_matches import (
    MOST_ELEMENTS,
    Json,
    bare_element,
    field_name,
    field_names,
    parse_match,
    unknown,
    value_texts,
)
from wizard.errors import InvalidValueError
from wizard.model.network import Action, FilterChain, FilterRule, FilterSet, Match, PacketFilter

_FAMILIES = ("ip", "ip6", "inet", "netdev")
_HOOKS = ("ingress", "prerouting", "input", "forward")
_VERDICTS = {
    "accept": Action.ACCEPT,
    "drop": Action.DROP,
    "reject": Action.DROP,
    "return": Action.RETURN,
    "snat": Action.ACCEPT,
    "masquerade": Action.ACCEPT,
}
_JUMPS = {"jump": Action.JUMP, "goto": Action.GOTO}
_WITHOUT_VERDICT = frozenset(
    ("counter", "log", "continue", "flow", "ct helper", "ct timeout", "ct expectation", "secmark")
)
"""Statements that neither end a chain nor change what a new packet meets in a later one."""
_AMOUNTS = ("limit", "ct count", "quota")
_EFFECTS = ("notrack", "mangle", "set", "meter")
_HARMLESS_CHANGES = frozenset(
    ("meta priority", "meta nftrace", "ip dscp", "ip6 dscp", "ip ecn", "ip6 ecn", "tcp option")
)
_EVERY = "*"
_SHOWN = 6


_PROTOCOLS = {
    ("nfproto", "0x00000002"): "ipv4",
    ("nfproto", "0x0000000a"): "ipv6",
    ("protocol", "0x00000008"): "ipv4",
    ("protocol", "0x0000dd86"): "ipv6",
}
"""By what bytecode loads and compares it with: the family (``AF_INET``, ``ETH_P_IP`` in network order, …)."""
_REJECTS = {"icmp": "ipv4", "icmpv6": "ipv6", "icmpx": ""}
"""By the type of reject: the family that it implies. ``tcp reset`` implies none, and nft does not print its own."""


class _Table(NamedTuple):
    """Where a rule stands, and the named sets and maps that it may use."""

    family: str
    name: str
    sets: Mapping[str, list[Json]]
    own_family: str | None
    """The family that the bytecode of the rule compares with; ``None`` where nft printed no bytecode."""


class _Rule(NamedTuple):
    """A rule up to here."""

    matches: tuple[Match, ...] = ()
    effects: tuple[str, ...] = ()


def parse_ruleset(text: str) -> PacketFilter:
    """Return the chains, rules and sets that a packet from outside may meet.

    Raises:
        InvalidValueError: this is no ruleset in JSON.
    """
    try:
        return _parsed(_objects(text), _families(text))
    except (KeyError, ValueError, TypeError, AttributeError, StopIteration) as error:
        raise InvalidValueError(f"nft printed a ruleset of an unknown form: {error!r}") from None


def _parsed(objects: Sequence[Mapping[str, Json]], families: Mapping[tuple[str, ...], str]) -> PacketFilter:
    dormant = {_key(each["table"]) for each in objects if "dormant" in str(each.get("table", {}).get("flags", ""))}
    sets: dict[tuple[str, str], dict[str, list[Json]]] = {}
    for each in objects:
        for kind in ("set", "map"):
            if kind in each:
                found = each[kind]
                sets.setdefault((found["family"], found["table"]), {})[found["name"]] = found.get("elem", [])
    rules: dict[tuple[str, str, str], list[FilterRule]] = {}
    for each in objects:
        if "rule" in each and each["rule"]["family"] in _FAMILIES:
            rule = each["rule"]
            family, table = rule["family"], rule["table"]
            handle = str(rule.get("handle", ""))
            place = _Table(
                family, table, sets.get((family, table), {}), families.get((family, table, rule["chain"], handle))
            )
            rules.setdefault((family, table, rule["chain"]), []).extend(_rules(rule.get("expr", []), place))
    chains = [each["chain"] for each in objects if "chain" in each]
    return PacketFilter(
        chains=tuple(
            _chain(each, rules.get((each["family"], each["table"], each["name"]), []))
            for each in chains
            if each["family"] in _FAMILIES
            and (each["family"], each["table"]) not in dormant
            and each.get("hook", _HOOKS[0]) in _HOOKS
        ),
        sets=tuple(_named(family, table, found) for (family, table), found in _each(sets)),
    )


def opaque_families(text: str) -> tuple[str, ...]:
    """Return the families whose tables have matches of iptables, which nft prints without their arguments.

    Raises:
        InvalidValueError: this is no ruleset in JSON.
    """
    found = {
        each["rule"]["family"]
        for each in _objects(text)
        if "rule" in each and any("xt" in part for part in each["rule"].get("expr", []))
    }
    return tuple(family for family in ("ip", "ip6") if family in found)


def _objects(text: str) -> list[dict[str, Json]]:
    try:
        found = json.loads(text[max(text.find('{"nftables"'), 0) :])["nftables"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidValueError("nft printed no ruleset in JSON") from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InvalidValueError("nft printed no ruleset in JSON")
    return found


def _families(text: str) -> dict[tuple[str, ...], str]:
    """Return the family that each rule compares with, by family, table, chain and handle."""
    found: dict[tuple[str, ...], str] = {}
    rule: tuple[str, ...] = ()
    loaded = ""
    for line in text[: max(text.find('{"nftables"'), 0)].splitlines():
        words = line.split()
        if line.startswith("  ["):
            if words[1:3] == ["meta", "load"]:
                loaded = words[3]
            elif words[1:3] == ["cmp", "eq"]:
                found[rule] = _PROTOCOLS.get((loaded, words[5]), "") or found[rule]
            else:
                loaded = ""
        elif words[3:]:
            rule = tuple(words[:4])
            found[rule] = ""
    return found


def _key(table: Mapping[str, str]) -> tuple[str, str]:
    return table["family"], table["name"]


def _each(
    sets: Mapping[tuple[str, str], Mapping[str, list[Json]]],
) -> Iterator[tuple[tuple[str, str], tuple[str, list[Json]]]]:
    for place, found in sets.items():
        if place[0] in _FAMILIES:
            for name, elements in found.items():
                if not any(isinstance(each, list) for each in elements) and len(elements) <= MOST_ELEMENTS:
                    yield place, (name, elements)


def _named(family: str, table: str, found: tuple[str, list[Json]]) -> FilterSet:
    elements = tuple(value_texts(each) for each in found[1])
    return FilterSet(program="nft", family=family, table=table, name=found[0], elements=elements)


def _chain(chain: Mapping[str, Json], rules: Iterable[FilterRule]) -> FilterChain:
    devices = chain.get("dev", [])
    return FilterChain(
        program="nft",
        family=chain["family"],
        table=chain["table"],
        name=chain["name"],
        rules=tuple(rules),
        hook=chain.get("hook", ""),
        priority=chain.get("prio", 0),
        drops=chain.get("policy") == "drop",
        nat=chain.get("type") == "nat",
        devices=tuple(devices if isinstance(devices, list) else [devices]),
    )


# --- one rule ----------------------------------------------------------------------------------------


def _rules(expressions: Iterable[Mapping[str, Json]], table: _Table) -> Iterator[FilterRule]:
    """Return one rule, or one for each element of its verdict map."""
    rule = _Rule()
    for each in expressions:
        name, value = next(iter(each.items()))
        if name == "vmap":
            yield from _mapped(rule, value, table)
            return
        ending = _ending(name, value)
        if ending is not None:
            if name == "reject" and table.family == "inet":
                rule = rule._replace(matches=(*rule.matches, *_family_of_reject(value, table)))
            yield _finished(rule, *ending)
            return
        rule = _continued(rule, name, value, table)
    yield _finished(rule, Action.CONTINUE, "")


def _family_of_reject(value: Json, table: _Table) -> Iterator[Match]:
    family = _REJECTS.get((value or {}).get("type", ""), table.own_family)
    if family is None:
        yield unknown("the family of reject")
    elif family:
        yield Match(fields=("meta nfproto",), values=((family,),))


def _ending(name: str, value: Json) -> tuple[Action, str] | None:
    """Return the action of a statement after which its rule ends; ``None`` for any other."""
    known = (*_WITHOUT_VERDICT, *_AMOUNTS, *_EFFECTS, "match", "xt")
    found: tuple[Action, str] | None = None if name in known else (Action.OTHER, name)
    if name in _VERDICTS:
        found = _VERDICTS[name], ""
    elif name in _JUMPS:
        found = _JUMPS[name], value["target"]
    elif name in ("dnat", "redirect"):
        found = _translation(name, value or {})
    elif name == "mangle" and not field_name(value["key"]).startswith(("meta ", "ct ", *_HARMLESS_CHANGES)):
        found = Action.OTHER, f"{field_name(value['key'])} set"
    elif name == "xt" and (value or {}).get("type") != "match":
        found = Action.OTHER, f"iptables {(value or {}).get('name', '')}".strip()
    return found


def _translation(name: str, value: Mapping[str, Json]) -> tuple[Action, str]:
    address, port = value.get("addr", ""), value.get("port", "")
    if isinstance(address, dict) or isinstance(port, dict):
        return Action.OTHER, f"{name} to a map or range"
    return Action.TRANSLATE, f"{address} {port}"


def _continued(rule: _Rule, name: str, value: Json, table: _Table) -> _Rule:
    """Return a rule with one more expression that does not end it."""
    if name == "match":
        return rule._replace(matches=(*rule.matches, parse_match(value, table.sets)))
    if name == "xt":
        return rule._replace(matches=(*rule.matches, unknown(f"iptables {value.get('name', '')}")))
    if name in _AMOUNTS:
        return rule._replace(matches=(*rule.matches, _amount(name, value)))
    if name in ("set", "meter"):
        named = str(value.get("set") or value.get("name", "")).removeprefix("@")
        rule = rule._replace(effects=(*rule.effects, f"@{named}"))
        inner = value.get("stmt", [])
        for each in inner if isinstance(inner, list) else [inner]:
            inner_name, inner_value = next(iter(each.items()))
            rule = _continued(rule, inner_name, inner_value, table)
        return rule
    if name == "notrack" or (name == "mangle" and field_name(value["key"]) not in _HARMLESS_CHANGES):
        return rule._replace(effects=(*rule.effects, "notrack" if name == "notrack" else "mark"))
    return rule


def _amount(name: str, value: Json) -> Match:
    """Return a limit as a match: the first packet of a quiet time is below each."""
    over = bool(isinstance(value, dict) and value.get("inv"))
    return Match(fields=(name,), values=(("over" if over else "below",),))


def _mapped(rule: _Rule, value: Mapping[str, Json], table: _Table) -> Iterator[FilterRule]:
    data = value["data"]
    elements = data["set"] if isinstance(data, dict) else table.sets.get(str(data).removeprefix("@"))
    if elements is None or len(elements) > MOST_ELEMENTS:
        size = "unknown elements" if elements is None else f"{len(elements):,} elements"
        yield _finished(rule, Action.OTHER, f"a verdict map with {size}")
        return
    fields = field_names(value["key"])
    pairs = [(value_texts(bare_element(key)), verdict) for key, verdict in elements]
    rest = tuple(key for key, _ in pairs if key != (_EVERY,))
    for key, verdict in pairs:
        name, given = next(iter(verdict.items()))
        default = key == (_EVERY,)
        match = Match(fields=fields, values=rest if default else (key,), negated=default)
        action, target = _ending(name, given) or (Action.CONTINUE, "")
        yield _finished(rule._replace(matches=(*rule.matches, match)), action, target)


def _finished(rule: _Rule, action: Action, target: str) -> FilterRule:
    said = "" if action is Action.CONTINUE else f"{action} {target.strip()}".strip()
    text = " ".join(part for part in (*map(_shown, rule.matches), said) if part)
    return FilterRule(text=text, matches=rule.matches, action=action, target=target, effects=rule.effects)


def _shown(match: Match) -> str:
    values = [" . ".join(each) for each in match.values]
    more = ["…"] if len(values) > _SHOWN else []
    listed = f"@{match.named}" if match.named else ", ".join([*values[:_SHOWN], *more])
    braces = f"{{ {listed} }}" if len(values) > 1 else listed
    return " ".join(part for part in (" . ".join(match.fields), "!=" if match.negated else "", braces) if part)
