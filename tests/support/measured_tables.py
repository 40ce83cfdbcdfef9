"""The tables under ``assets/redis`` that `tools/measure-server` writes: one column for each measured server.

Pure: texts and the answers of a server go in, texts come out. What a server cannot be asked (kinds, ranges, notes,
directives of the file alone) stays as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from tests.support.measuring import UNASKED, Measured
from wizard.model.facts.service import Flavour
from wizard.model.versions import release_of

NEW = "new: set kind, aliases, values"
"""The note of a directive that the tables did not know before."""
_PRODUCTS = (Flavour.REDIS, Flavour.VALKEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The text of each table, by its file name without ``.tsv`` and with ``_`` for ``-``."""

    servers: str
    acl_commands: str
    acl_keys: str
    command_names: str
    defaults: str
    directives: str

    @classmethod
    def read(cls, text: Callable[[str], str]) -> "Tables":
        """Return the tables that a function reads by their file names."""
        return cls(**{name: text(file) for name, file in cls.files().items()})

    @classmethod
    def files(cls) -> dict[str, str]:
        """Return the file name of each table."""
        return {each.name: f"{each.name.replace('_', '-')}.tsv" for each in fields(cls)}

    def columns(self) -> list[str]:
        """Return the columns in their order."""
        return [row.split("\t")[0] for row in self.servers.splitlines()[1:]]

    def with_server(self, measured: Measured) -> "Tables":
        """Return the tables with the column of a server, written again or added."""
        servers = _servers(self.servers, measured)
        before, tables = self.columns(), replace(self, servers=servers)
        place = _Place(name=column_of(measured), before=before, after=tables.columns())
        return replace(
            tables,
            acl_commands=_acl_commands(self.acl_commands, measured, place, servers),
            acl_keys=_acl_keys(self.acl_keys, measured, place),
            command_names=_command_names(self.command_names, measured, place),
            defaults=_defaults(self.defaults, measured, place),
            directives=_directives(self.directives, measured, place),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a column is."""

    name: str
    before: list[str]
    after: list[str]

    def example(self) -> str:
        """Return the column whose cells a new one takes where its server cannot be asked: that to the left."""
        return self.name if self.name in self.before else self.after[max(self.after.index(self.name) - 1, 0)]


def column_of(measured: Measured) -> str:
    """Return the name of a server's column, for example ``r80``."""
    major, minor = release_of(measured.version) or (0, 0)
    return f"{measured.flavour[0]}{major}{minor}"


def _servers(text: str, measured: Measured) -> str:
    header, *rows = text.splitlines()
    known = {row.split("\t")[0]: row.split("\t") for row in rows}
    known[column_of(measured)] = [column_of(measured), measured.flavour, measured.version]
    order = sorted(known.values(), key=lambda row: (_PRODUCTS.index(Flavour(row[1])), release_of(row[2])))
    return "\n".join([header, *("\t".join(row) for row in order)]) + "\n"


# --- tables whose cells repeat the one to their left with = ------------------------------------------


def _expanded(text: str, fixed: int) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return the fixed cells and the columns of each row, by its first cell."""
    header, *lines = (line.split("\t") for line in text.splitlines())
    rows = {}
    for line in lines:
        cells: dict[str, str] = {}
        before = "-"
        for column, cell in zip(header[fixed:], line[fixed:], strict=True):
            before = before if cell == "=" else cell
            cells[column] = before
        rows[line[0]] = (line[1:fixed], cells)
    return rows


def _joined(header: list[str], columns: list[str], rows: Mapping[str, tuple[list[str], Mapping[str, str]]]) -> str:
    """Return a table; a row without any cell is left out."""
    lines = [[*header, *columns]]
    for name in sorted(rows):
        extra, found = rows[name]
        cells = [found.get(column, "-") for column in columns]
        short = [cell if at == 0 or cell != cells[at - 1] else "=" for at, cell in enumerate(cells)]
        if set(cells) != {"-"}:
            lines.append([name, *extra, *short])
    return "\n".join("\t".join(line) for line in lines) + "\n"


def _acl_commands(text: str, measured: Measured, place: _Place, servers: str) -> str:
    """The newest server of a product says since when it has a command, an older one only what no newer one knows."""
    header = text.split("\n", 1)[0].split("\t")[:3]
    rows = _expanded(text, fixed=3)
    product = _PRODUCTS.index(measured.flavour)
    flavours = dict(row.split("\t")[:2] for row in servers.splitlines()[1:])
    newer = [each for each in place.after[place.after.index(place.name) + 1 :] if flavours[each] == measured.flavour]
    for name in rows.keys() | measured.categories.keys():
        since, cells = rows.setdefault(name, (["-", "-"], {}))
        cells[place.name] = measured.categories.get(name, "-")
        if name in measured.since and all(cells.get(each, "-") == "-" for each in newer):
            since[product] = measured.since[name]
    return _joined(header, place.after, rows)


def _acl_keys(text: str, measured: Measured, place: _Place) -> str:
    """A server that does not say where keys are has no column."""
    header = text.split("\n", 1)[0].split("\t")
    if not measured.key_places:
        return text
    rows = _expanded(text, fixed=1)
    for name in rows.keys() | measured.key_places.keys():
        rows.setdefault(name, ([], {}))[1][place.name] = measured.key_places.get(name, "-")
    columns = [each for each in place.after if each in header or each == place.name]
    return _joined(header[:1], columns, rows)


def _defaults(text: str, measured: Measured, place: _Place) -> str:
    """The values of a server that was told nothing; an empty one is written ``""``."""
    rows = _expanded(text, fixed=1)
    for name in rows.keys() | measured.defaults.keys():
        value = measured.defaults.get(name)
        rows.setdefault(name, ([], {}))[1][place.name] = "-" if value is None else value or '""'
    return _joined(["directive"], place.after, rows)


# --- the others --------------------------------------------------------------------------------------


def _parts(text: str) -> tuple[list[str], list[str], list[list[str]]]:
    """Return comments, header and rows."""
    lines = text.splitlines()
    comments = [line for line in lines if line.startswith("#")]
    header, *rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return comments, header, rows


def _whole(comments: list[str], header: list[str], rows: list[list[str]]) -> str:
    return "\n".join([*comments, "\t".join(header), *("\t".join(row) for row in sorted(rows))]) + "\n"


def _command_names(text: str, measured: Measured, place: _Place) -> str:
    comments, header, rows = _parts(text)
    known = {name: set(where.split()) - {place.name} for name, where in rows}
    for name in measured.names:
        known.setdefault(name, set()).add(place.name)
    named = ([name, " ".join(each for each in place.after if each in where)] for name, where in known.items() if where)
    return _whole(comments, header, list(named))


def _directives(text: str, measured: Measured, place: _Place) -> str:
    comments, header, rows = _parts(text)
    fixed, tail = header[: header.index(place.before[0])], header[header.index(place.before[-1]) + 1 :]
    written = []
    for cells in (dict(zip(header, row, strict=True)) for row in rows):
        support = measured.support.get(cells["name"], UNASKED)
        cells[place.name] = _cell(support, cells[place.example()], new=place.name not in place.before)
        written.append(cells)
    known = {cells["name"] for cells in written}
    written += [
        dict.fromkeys([*header, place.name], "")
        | dict.fromkeys(place.after, "absent")
        | {"name": name, "kind": _kind(value), "repeatable": "no", "secret": "no", "notes": NEW}
        | {place.name: measured.support[name]}
        for name, value in measured.values.items()
        if name not in known
    ]
    order = [*fixed, *place.after, *tail]
    return _whole(comments, order, [[cells[name] for name in order] for cells in written])


def _cell(support: str, present: str, *, new: bool) -> str:
    """Return how a server takes a directive; `present` stays where it cannot be asked."""
    hidden = support == "ignored" and present == "immutable" and not new  # CONFIG of 6.2 does not list each of them
    return present if support == UNASKED or present == "special" or hidden else support


def _kind(value: str) -> str:
    """Guess the kind of a directive by its value."""
    if value in {"yes", "no"}:
        return "bool"
    return "int" if value.removeprefix("-").isdecimal() else "string"
