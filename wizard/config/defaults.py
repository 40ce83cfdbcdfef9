"""What a server takes for a directive that nothing sets.

Source:
    Measured on five servers: a start without a file, ``CONFIG GET *`` (`tests/server/test_defaults.py`). The versions
    agree on every row of `measured_defaults`; 6.2 shows the default of ``bind`` as an empty text and listens everywhere
    like the others. ``assets/redis/defaults.tsv`` has every directive of each server (`tools/measure-server`).
"""

from collections.abc import Mapping
from functools import lru_cache

import assets
from wizard.formats.redisconf.directives import canonical
from wizard.model.facts.service import Flavour
from wizard.model.versions import columns, measured_servers, release_of
from wizard.settings import SETTINGS

_OTHERS = {
    "appenddirname": "appendonlydir",
    "appendfilename": "appendonly.aof",
    "cluster-enabled": "no",
    "cluster-port": "0",
    "databases": "16",
    "dbfilename": "dump.rdb",
    "logfile": "",
    "replicaof": "",
}
"""Of directives that no plan sets."""


def measured_defaults() -> dict[str, str]:
    """Return every default that is known, by the usual name of its directive."""
    rows = {name: row.default for row in SETTINGS if row.default is not None for name in row.targets}
    return {**rows, **_OTHERS}


_BY_CANONICAL_NAME = {canonical(name): value for name, value in measured_defaults().items()}


def default_of(name: str) -> str:
    """Return the value of a directive that nothing sets; empty where none was measured."""
    return _BY_CANONICAL_NAME.get(canonical(name), "")


_EMPTY = '""'
_SAME, _NONE = "=", "-"
"""Cells of the table: that of the column to the left; the server has no such directive."""


def default_on(name: str, flavour: Flavour, version: str) -> str | None:
    """Return the value of a directive that nothing sets on one server; ``None`` where it is not known.

    A release that was not measured has the value that all measured servers agree on, and else none; a fork none.
    """
    if flavour not in (Flavour.REDIS, Flavour.VALKEY):
        return None
    cells = _table().get(canonical(name), {})
    release = release_of(version)
    same = [each.column for each in measured_servers() if (each.flavour, each.release) == (flavour, release)]
    if same:
        return cells.get(same[0])
    values = set(cells.values())
    return values.pop() if len(values) == 1 else None


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for line in assets.text("redis/defaults.tsv").splitlines()[1:]:
        name, *row = line.split("\t")
        found.setdefault(canonical(name), {}).update(_cells(row))
    return found


def _cells(row: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    before = _NONE
    for column, cell in zip(columns(), row, strict=True):
        before = before if cell == _SAME else cell
        if before != _NONE:
            found[column] = "" if before == _EMPTY else before
    return found
