"""Which commands a server has, and in which categories they are.

The tables under ``assets/redis/acl-*.tsv`` are what real servers answered to ``COMMAND`` and
``ACL CAT``. A server between them is taken as the nearest one without the commands that came later.
"""

from collections.abc import Iterator, Mapping
from functools import cache

import assets
from wizard.model.facts.service import Flavour
from wizard.model.value import Value
from wizard.model.versions import measured_servers, nearest_column

ALWAYS = "always"
"""In place of a category: no rule can take this command away."""

_BLOCKING_SINCE = (7, 2)
"""WAIT blocks in this category since then; the tables have it for 7.4, and 7.0.15 said otherwise (measured)."""

_ALSO_OF_SENTINELS = frozenset(
    ("acl", "auth", "client", "command", "hello", "info", "ping", "psubscribe", "publish", "punsubscribe", "role")
) | {"shutdown", "subscribe", "unsubscribe"}
SENTINEL_READS = (
    *("get-master-addr-by-name", "get-primary-addr-by-name", "is-master-down-by-addr", "is-primary-down-by-addr"),
    *("master", "masters", "primary", "primaries", "replicas", "slaves", "sentinels", "myid", "ckquorum", "help"),
)
"""Subcommands by which applications and other Sentinels ask; the names with ``primary`` are Valkey's."""
_SENTINEL_WRITES = (
    *("config", "debug", "failover", "flushconfig", "info-cache", "monitor", "pending-scripts", "remove", "reset"),
    *("set", "simulate-failure"),
)
_OF_ADMINISTRATORS = frozenset(("admin", "slow", "dangerous"))


class CommandTable(Value, frozen=True, kw_only=True, eq=False):
    """The commands of one server version. One object a version, so that it can key a cache."""

    column: str
    """The measured server that stands for this version."""
    categories: Mapping[str, frozenset[str]]
    """By command, or ``command|subcommand``, in lower case."""
    members: Mapping[str, frozenset[str]]
    """The commands of each category."""
    children: Mapping[str, tuple[str, ...]]
    """The subcommands of each container; none before 7.0."""

    @property
    def subcommands(self) -> bool:
        """Whether rules can name subcommands in both directions (7.0 and later)."""
        return self.column != "r62"


def parse_version(version: str) -> tuple[int, ...]:
    """Read ``8.0.2`` as ``(8, 0, 2)``; what is no number ends it."""
    found: list[int] = []
    for part in version.split("."):
        digits = "".join(character for character in part if character.isdecimal())
        if not digits:
            break
        found.append(int(digits))
    return tuple(found)


def table(flavour: Flavour, version: str, *, sentinel: bool = False) -> CommandTable:
    """Return the commands of a server or a Sentinel; see :func:`nearest_column` for the choice."""
    return (_sentinel_table if sentinel else _server_table)(flavour, version)


@cache
def _server_table(flavour: Flavour, version: str) -> CommandTable:
    name = nearest_column(flavour, version)
    have = parse_version(version)
    early = name == "r74" and bool(have) and have < _BLOCKING_SINCE
    categories = {
        command: frozenset(() if cell == "none" else cell.split(" ")) - _not_yet(command, early=early)
        for command, (ages, cells) in _rows().items()
        if (cell := cells[name]) != "-" and not (have and parse_version(ages[flavour is Flavour.VALKEY]) > have)
    }
    return _of_categories(name, categories)


@cache
def _sentinel_table(flavour: Flavour, version: str) -> CommandTable:
    """Return the commands of a Sentinel, which has few of a server's and one of its own.

    Source:
        ``COMMAND LIST`` and ``ACL CAT`` of Sentinels of Redis 6.2, 7.4, 8.0 and Valkey 8.1, 9.1.
    """
    known = _server_table(flavour, version)
    kept = {name: words for name, words in known.categories.items() if name.partition("|")[0] in _ALSO_OF_SENTINELS}
    names = (*SENTINEL_READS, *_SENTINEL_WRITES) if known.subcommands else ()
    own = dict.fromkeys(("sentinel", *(f"sentinel|{each}" for each in names)), _OF_ADMINISTRATORS)
    return _of_categories(known.column, {**kept, **own})


def _of_categories(column: str, categories: Mapping[str, frozenset[str]]) -> CommandTable:
    members: dict[str, set[str]] = {}
    children: dict[str, list[str]] = {}
    for command, words in categories.items():
        for word in words:
            members.setdefault(word, set()).add(command)
        if "|" in command:
            children.setdefault(command.partition("|")[0], []).append(command)
    return CommandTable(
        column=column,
        categories=categories,
        members={word: frozenset(commands) for word, commands in members.items()},
        children={parent: tuple(found) for parent, found in children.items()},
    )


def _not_yet(command: str, *, early: bool) -> frozenset[str]:
    """Return the categories that a command came into later."""
    return frozenset({"blocking"}) if early and command == "wait" else frozenset()


@cache
def table_for(name: str) -> CommandTable:
    """Return the table of a column."""
    server = next(each for each in measured_servers() if each.column == name)
    return table(server.flavour, "{}.{}.999".format(*server.release))


@cache
def _rows() -> dict[str, tuple[tuple[str, str], dict[str, str]]]:
    rows = {}
    for fields, cells in read_columns("redis/acl-commands.tsv", fixed=3):
        rows[fields[0]] = ((fields[1], fields[2]), cells)
    return rows


def read_columns(name: str, *, fixed: int) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Read a table whose columns behind the first `fixed` are servers; ``=`` repeats the cell to the left."""
    lines = assets.text(name).splitlines()
    servers = lines[0].split("\t")[fixed:]
    for line in lines[1:]:
        fields = line.split("\t")
        cells: dict[str, str] = {}
        before = "-"
        for server, cell in zip(servers, fields[fixed:], strict=True):
            before = before if cell == "=" else cell
            cells[server] = before
        yield fields[:fixed], cells
