"""Which servers the tables of directives and commands were measured on, and which one stands for a version.

`tools/measure-server` writes ``assets/redis/servers.tsv`` and the columns of the tables.
"""

import re
from functools import cache

import assets
from wizard.model.facts.service import Flavour
from wizard.model.value import Value

_RELEASE = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,5}))?(?![0-9])")
_KEYDB = "6"
"""The version of Redis that KeyDB is a fork of."""


class MeasuredServer(Value, frozen=True, kw_only=True):
    """One server that was measured, and its column in the tables."""

    column: str
    """For example ``r80``."""
    flavour: Flavour
    version: str
    """For example ``8.0.2``."""

    @property
    def release(self) -> tuple[int, int]:
        """Its release line, for example ``(8, 0)``."""
        return release_of(self.version) or (0, 0)


def release_of(version: str) -> tuple[int, int] | None:
    """Return the first two numbers of a version, ``None`` when it cannot be read."""
    found = _RELEASE.match(version)
    return (int(found[1]), int(found[2] or 0)) if found else None


@cache
def measured_servers() -> tuple[MeasuredServer, ...]:
    """Return every measured server in the order of the columns: Redis before Valkey, oldest first."""
    rows = (line.split("\t") for line in assets.text("redis/servers.tsv").splitlines()[1:])
    return tuple(MeasuredServer(column=row[0], flavour=Flavour(row[1]), version=row[2]) for row in rows)


def columns() -> tuple[str, ...]:
    """Return the columns of the tables in their order."""
    return tuple(server.column for server in measured_servers())


def nearest_column(flavour: Flavour, version: str) -> str:
    """Return the column of the measured server that stands for a version.

    It is the next newer one of the same major version, else the newest of that major version, else the next newer
    one, else the newest. A version that cannot be read counts as the newest.
    """
    if flavour is Flavour.KEYDB:
        version = _KEYDB
    product = Flavour.VALKEY if flavour is Flavour.VALKEY else Flavour.REDIS
    family = [server for server in measured_servers() if server.flavour is product]
    release = release_of(version)
    if release is None:
        return family[-1].column
    same = [server for server in family if server.release[0] == release[0]] or family
    newer = [server for server in same if server.release >= release]
    return (newer[0] if newer else same[-1]).column


def is_from(column: str, flavour: Flavour, major: int) -> bool:
    """Return whether the server of a column is of this product and at least of this major version."""
    server = next(server for server in measured_servers() if server.column == column)
    return server.flavour is flavour and server.release[0] >= major


@cache
def newer_than_tables(flavour: Flavour, version: str) -> bool:
    """Return whether a server may know words that the tables do not: what is unknown there must not be called wrong.

    A version that cannot be read, and a product that was never measured, count as newer.
    """
    release = release_of(version)
    newest = max((server.release for server in measured_servers() if server.flavour is flavour), default=None)
    return release is None or newest is None or release > newest
