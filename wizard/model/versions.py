"""How far the tables of directives and commands reach.

What may not live here: the tables.
"""

import re

from wizard.model.facts import Flavour

NEWEST = {Flavour.REDIS: (8, 0), Flavour.VALKEY: (9, 1)}
"""Newest release line that the tables were measured on, by product."""

_NUMBERS = re.compile(r"(\d+)\.(\d+)")


def newer_than_tables(flavour: Flavour, version: str) -> bool:
    """Whether a server may know words that the tables do not: what is unknown there must not be called wrong.

    A version that cannot be read, and a product that was never measured, count as beyond.
    """
    found = _NUMBERS.match(version)
    newest = NEWEST.get(flavour)
    return found is None or newest is None or (int(found[1]), int(found[2])) > newest
