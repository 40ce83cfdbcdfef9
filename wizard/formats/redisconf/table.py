"""The table of directives: kind of value, other names, which server takes it how.

One row of ``assets/redis/directives.tsv`` is one directive, as real servers said it; a version in
between is judged by its nearest column (:func:`nearest_version`).
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import assets
from wizard.model.facts.service import Flavour
from wizard.model.value import Value
from wizard.model.versions import columns, nearest_column, release_of


class Kind(StrEnum):
    """What the arguments of a directive are."""

    BOOL = "bool"
    INT = "int"
    INTEGERS = "integers"
    MEMORY = "memory"
    MEMORY_OR_PERCENT = "memory-or-percent"
    OCTAL = "octal"
    ENUM = "enum"
    ENUMS = "enums"
    FLAGS = "flags"
    STRING = "string"
    FILENAME = "filename"
    PATH = "path"
    ADDRESSES = "addresses"
    PERCENTILES = "percentiles"
    SAVE = "save"
    LIMITS = "limits"
    REPLICA = "replica"
    RENAME = "rename"
    USER = "user"
    INCLUDE = "include"
    MODULE = "module"
    SENTINEL = "sentinel"


class Support(StrEnum):
    """How a server takes a directive."""

    HOT = "hot"
    """``CONFIG SET`` changes it while the server runs."""
    IMMUTABLE = "immutable"
    """Only in the file (or on the command line), read at start."""
    PROTECTED = "protected"
    """``CONFIG SET`` is refused unless ``enable-protected-configs`` allows it."""
    ABSENT = "absent"
    """Unknown, or named in the file without any effect; see :func:`in_file`."""
    SPECIAL = "special"
    """Stands in the file only; ``CONFIG`` does not know it."""


class Directive(Value, frozen=True, kw_only=True):
    """One row of the table."""

    name: str
    kind: Kind
    aliases: tuple[str, ...]
    """Other names of the same setting."""
    repeatable: bool
    """Several lines add up; of all others the last one wins."""
    secret: bool
    """An argument may be a password or key."""
    cells: Mapping[str, str]
    """Support as written in the table, by column."""
    values: str
    """Words parted by commas, or ``low..high``; empty when the kind says all."""
    exceptions: Mapping[str, str]
    """Values of columns that differ from `values`."""
    notes: str

    def values_on(self, server: str) -> str:
        """Words or range on the server of this column."""
        return self.exceptions.get(server, self.values)


_IGNORED = "ignored"
_FIRST_OWN_VALKEY = (8, 0)
_OTHER_SECRETS = ("pas", "pwd", "auth", "secret", "token", "credential", "require", "master", "primary")


def nearest_version(flavour: Flavour, version: str) -> str:
    """Return the column of the measured server that is nearest to this one.

    Valkey 7 left Redis at 7.2 and is judged as Redis 7; :func:`nearest_column` has the rest.
    """
    release = release_of(version)
    if flavour is Flavour.VALKEY and release is not None and release < _FIRST_OWN_VALKEY:
        return nearest_column(Flavour.REDIS, "7")
    return nearest_column(flavour, version)


def find(name: str) -> Directive | None:
    """Return the row of a directive, ``None`` when no measured server knows the name."""
    return _table().get(_lower(name))


def canonical(name: str) -> str:
    """Return the one name that stands for a directive and all its aliases, in lower case.

    It is only good for comparing: the name that a server wants may be another one.
    """
    lower = _lower(name)
    directive = _table().get(lower)
    if directive is None or not directive.aliases:
        return lower
    return min(lower, *directive.aliases)


def names(name: str) -> tuple[str, ...]:
    """All names of a directive, the one given first."""
    lower = _lower(name)
    directive = _table().get(lower)
    return (lower,) if directive is None else (lower, *directive.aliases)


def support(name: str, flavour: Flavour, version: str) -> Support:
    """Return how a server of this kind takes a directive."""
    directive = find(name)
    if directive is None:
        return Support.ABSENT
    cell = directive.cells[nearest_version(flavour, version)]
    return Support.ABSENT if cell == _IGNORED else Support(cell)


def in_file(name: str, flavour: Flavour, version: str) -> bool:
    """Return whether the server starts with this directive in its file, be it without effect."""
    directive = find(name)
    return directive is not None and directive.cells[nearest_version(flavour, version)] != Support.ABSENT.value


def ignored(name: str, flavour: Flavour, version: str) -> bool:
    """Return whether the server reads over this directive: it was removed, the line does nothing."""
    directive = find(name)
    return directive is not None and directive.cells[nearest_version(flavour, version)] == _IGNORED


def is_secret(name: str) -> bool:
    """Return whether an argument of this directive may be a secret.

    A name that no server knows counts as one when it looks like a misspelt password directive.
    """
    lower = _lower(name)
    directive = _table().get(lower)
    if directive is not None:
        return directive.secret
    return any(word in lower for word in _OTHER_SECRETS)


def directives() -> tuple[Directive, ...]:
    """All rows, sorted by name."""
    return tuple(_table().values())


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Directive]:
    rows = [line.split("\t") for line in assets.text("redis/directives.tsv").splitlines() if not line.startswith("#")]
    header, *body = rows
    return {row[0]: _directive(dict(zip(header, row, strict=True))) for row in body}


def _directive(row: Mapping[str, str]) -> Directive:
    return Directive(
        name=row["name"],
        kind=Kind(row["kind"]),
        aliases=tuple(row["aliases"].split()),
        repeatable=row["repeatable"] == "yes",
        secret=row["secret"] == "yes",  # noqa: S105 - a column of the table, not a password
        cells={server: row[server] for server in columns()},
        values=row["values"],
        exceptions=dict(pair.split(":", 1) for pair in row["exceptions"].split()),
        notes=row["notes"],
    )


_LONGEST = 128
_LOWERED = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _lower(name: str) -> str:
    # No directive is that long: garbage need not be lowered again and again.
    if len(name) > _LONGEST:
        return name
    # The server lowers ASCII letters only; str.lower() would also change others.
    return name.lower() if name.isascii() else name.translate(_LOWERED)
