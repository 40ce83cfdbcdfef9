"""Known flaws of server versions, offline: a dated table, and what a package's changelog says is fixed.

Source:
    ``assets/redis/known-flaws.tsv``: the advisories of github.com/redis/redis and valkey-io/valkey, as of `LIST_MADE`.
"""

from datetime import date, timedelta
from functools import cache

import assets
from wizard.model.facts.service import Flavour
from wizard.model.text import number
from wizard.model.value import Value

LIST_MADE = date(2025, 10, 15)
FRESH = timedelta(days=180)
"""How long the table speaks for a version that has none of its flaws."""


class Flaw(Value, frozen=True, kw_only=True):
    """One flaw of a product, with the first version of each release line that has it no longer."""

    product: str
    cve: str
    fixed: tuple[tuple[int, int, int], ...]
    what: str

    def is_in(self, version: tuple[int, int, int]) -> bool:
        """Return whether a version has it: a line below the newest fixed one that got no fix has it still."""
        line = [each for each in self.fixed if each[:2] == version[:2]]
        return version < line[0] if line else version < max(self.fixed)


@cache
def known_flaws() -> tuple[Flaw, ...]:
    """Return the table."""
    rows = (line.split("\t") for line in assets.text("redis/known-flaws.tsv").splitlines()[1:])
    return tuple(
        Flaw(product=product, cve=cve, fixed=tuple(numbers(each) for each in fixed.split()), what=what)
        for product, cve, fixed, what in rows
    )


def flaws_of(flavour: Flavour, version: str) -> tuple[Flaw, ...]:
    """Return the flaws that a version has as its vendor made it."""
    return tuple(each for each in known_flaws() if each.product == flavour and each.is_in(numbers(version)))


def is_newer_than_list(flavour: Flavour, version: str) -> bool:
    """Return whether a release line came after the table was made."""
    fixed = [each for flaw in known_flaws() if flaw.product == flavour for each in flaw.fixed]
    return not fixed or numbers(version)[:2] > max(fixed)[:2]


def numbers(version: str) -> tuple[int, int, int]:
    """Return the three numbers of a version; what is missing is 0."""
    found = [number(each) or 0 for each in version.split(".")[:3]]
    first, second, third = (*found, 0, 0, 0)[:3]
    return first, second, third
