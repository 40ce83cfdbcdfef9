"""Patterns for the keys and channels that a server has: one for each first part of their names.

Source:
    Measured with eight libraries: finer patterns than the first part refused keys of rare paths.
"""

import re
from collections.abc import Iterable, Sequence

from wizard.acl.glob import example_key, matches
from wizard.model.facts.configuration import NameSample

MOST_PATTERNS = 12
"""More are no namespaces, but names of their own."""
_FIRST = re.compile(r"(?P<root>[._\-{]*[^:._/|\-{}]+)(?P<separator>[:._/|}\-])?")
_NO_NAMESPACE = re.compile(r"\d+|[0-9a-fA-F]{8}|[0-9a-fA-F]{16,}")
"""Numbers, the first part of a UUID, and digests."""
_UNSAFE = re.compile(r"[\s\\*?\[\]\x00-\x1f\x7f]")
"""A pattern cannot have these, or reads them as signs of its own."""


def sample(names: Iterable[str]) -> NameSample:
    """Return the patterns of names, and how many names have none: they begin with a number or a random word."""
    found = [namespace(name) for name in names]
    patterns = tuple(sorted({pattern for pattern in found if pattern}))
    few = len(patterns) <= MOST_PATTERNS
    return NameSample(
        patterns=patterns if few else (), names=len(found), unnamed=found.count("") if few else len(found)
    )


def namespace(name: str) -> str:
    """Return the pattern of one name: ``shop:*`` for ``shop:cart:7``; the name where it has one part; else empty."""
    first = _FIRST.match(name)
    if first is None or _NO_NAMESPACE.fullmatch(first["root"].lstrip("._-{")):
        return ""
    pattern = f"{first['root']}{first['separator']}*" if first["separator"] else name
    return "" if _UNSAFE.search(pattern.removesuffix("*")) else pattern


def uncovered(patterns: Iterable[str], rules: Sequence[str]) -> tuple[str, ...]:
    """Return those patterns of which no rule of a user covers an example."""
    given = [rule.partition("~")[2] for rule in rules if rule[0] in "~%"]
    given += ["*" for rule in rules if rule.lower() == "allkeys"]
    return tuple(each for each in patterns if not any(matches(pattern, example_key(each)) for pattern in given))
