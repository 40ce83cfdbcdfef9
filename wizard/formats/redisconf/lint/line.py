"""Mistakes that show in one line: words, names, values."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Self

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.directives import Directive, Kind, directives, find, ignored, in_file, nearest_version
from wizard.formats.redisconf.document import Document, Line
from wizard.formats.redisconf.include import ConfigEntry
from wizard.formats.redisconf.quoting import split
from wizard.formats.redisconf.redact import masked_name
from wizard.formats.redisconf.repair import without_comment
from wizard.formats.redisconf.value_syntax import is_single_valued, value_problem
from wizard.model.facts.configuration import Problem
from wizard.model.facts.service import Flavour
from wizard.model.value import Value, replace
from wizard.model.versions import is_from, newer_than_tables

_BOM = "\ufeff"
_LONGEST_NAME = 60
_MISSPELT = 0.75
_OF_MODULES = ("search-", "bf-", "cf-", "ts-")
"""How the directives of modules begin that come with Redis 8 (redis documentation, "Redis Open Source modules")."""
_HIGHEST_MODE = 0o777


class TargetServer(Value, frozen=True, kw_only=True):
    """The server that will read the file."""

    flavour: Flavour
    version: str
    server: str
    """Column of the nearest measured one."""
    sentinel: bool

    @classmethod
    def of(cls, flavour: Flavour, version: str, *, sentinel: bool = False) -> Self:
        """Make one from what is known of a server."""
        return cls(flavour=flavour, version=version, server=nearest_version(flavour, version), sentinel=sentinel)

    @property
    def name(self) -> str:
        """How sentences call it, for example ``Redis 7.2.4``."""
        product = {Flavour.VALKEY: "Valkey", Flavour.KEYDB: "KeyDB"}.get(self.flavour, "Redis")
        return f"{product} {self.version}".strip()

    def read(self, line: Line) -> Line:
        """Read a line by the rules of this very server."""
        if not line.problem or not is_from(self.server, Flavour.VALKEY, 9):
            return line
        try:
            words = split(line.raw, joined=True)
        except InvalidValueError:
            return line
        return replace(line, name=words[0].lower(), arguments=words[1:], problem="")


def made(entry: ConfigEntry, code: str, what: str, remedy: str, *, fatal: bool) -> Problem:
    """Make a problem of this line."""
    return Problem(path=entry.path, line=entry.line.number, code=code, what=what, remedy=remedy, fatal=fatal)


def line_problems(reader: TargetServer, entry: ConfigEntry) -> Iterator[Problem]:
    """Find what is wrong with one line."""
    line = reader.read(entry.line)
    lexical = _lexical(entry, line)
    if lexical is not None:
        yield lexical
        return
    directive = find(line.name)
    if directive is None or not in_file(line.name, reader.flavour, reader.version):
        yield from _unknown(reader, entry, line)
    elif directive.kind is Kind.SENTINEL:
        yield from _sentinel(reader, entry)
    elif ignored(line.name, reader.flavour, reader.version):
        yield from _ignored(reader, entry, line)
    else:
        yield from _value(reader, entry, line, directive)


def comment_problems(path: PurePosixPath, document: Document) -> Iterator[Problem]:
    """Find what is wrong with lines that hold no directive."""
    for line in document.lines:
        text = line.raw.strip(b" \t\r\n")
        if line.name or not (b"\r" in text or b"\0" in text):
            continue
        code = "nul-byte" if b"\0" in text else "carriage-return"
        what = (
            "A NUL byte in a comment makes the server read the next line as a part of it."
            if code == "nul-byte"
            else "A carriage return inside a comment ends no line, so what follows it is a comment, too."
        )
        yield Problem(
            path=path, line=line.number, code=code, what=what, remedy="End lines with a line feed alone.", fatal=False
        )


def _lexical(entry: ConfigEntry, line: Line) -> Problem | None:
    if line.name.startswith(_BOM):
        what = "The file starts with a byte order mark, which the server reads as a part of the first word."
        return made(entry, "byte-order-mark", what, "Save the file as UTF-8 without a byte order mark.", fatal=True)
    if b"\0" in line.raw:
        what = "A NUL byte ends the line for the server and joins it with the next one."
        return made(entry, "nul-byte", what, "Remove the NUL byte.", fatal=True)
    if not line.problem:
        return None
    if without_comment(line) is not None:
        return _trailing_comment(entry, line, fatal=True)
    what = f"The server cannot read the line {_named(line)}: {line.problem.split(';')[0]}."
    return made(entry, "unbalanced-quotes", what, "Put the whole value in double quotes.", fatal=True)


def _unknown(reader: TargetServer, entry: ConfigEntry, line: Line) -> Iterator[Problem]:
    known = find(line.name)
    if known is not None:
        what = f"{reader.name} does not know {line.name} and does not start."
        yield made(entry, "unknown-directive", what, "Take the line out, or upgrade the server.", fatal=True)
        return
    if ("." in line.name or line.name.startswith(_OF_MODULES)) and line.arguments:
        what = f"{_named(line)} belongs to a module; without that module the server does not start."
        yield made(entry, "module-directive", what, "Load the module, or remove the line.", fatal=False)
        return
    if newer_than_tables(reader.flavour, reader.version):
        what = f"{_named(line)} is a directive that is not known here; {reader.name} is newer than what was measured."
        yield made(entry, "unmeasured-directive", what, "Check the spelling.", fatal=False)
        return
    near = get_close_matches(line.name[:_LONGEST_NAME], [row.name for row in directives()], n=1, cutoff=_MISSPELT)
    remedy = f"Write {near[0]}, or remove the line." if near else "Remove the line."
    what = f"{_named(line)} is not a directive of {reader.name}, and the server does not start."
    yield made(entry, "unknown-directive", what, remedy, fatal=True)


def _sentinel(reader: TargetServer, entry: ConfigEntry) -> Iterator[Problem]:
    if not reader.sentinel:
        what = "A sentinel line is in the file of an ordinary server, and it does not start."
        yield made(entry, "sentinel-directive", what, "Start it with --sentinel, or remove the line.", fatal=True)


def _ignored(reader: TargetServer, entry: ConfigEntry, line: Line) -> Iterator[Problem]:
    # The list of removed directives fixes the number of words, but nothing else.
    fatal = len(line.arguments) != 1
    what = f"{line.name} has no effect in {reader.name}."
    yield made(entry, "ignored-directive", what, "Remove the line.", fatal=fatal)


def _value(reader: TargetServer, entry: ConfigEntry, line: Line, directive: Directive) -> Iterator[Problem]:
    wrong = value_problem(directive, line.arguments, reader.server)
    fatal = bool(wrong) and not _let_through(reader, directive, line)
    if without_comment(line) is not None:
        yield _trailing_comment(entry, line, fatal=fatal or directive.kind in (Kind.ADDRESSES, Kind.USER))
    elif line.arguments[-1:] == ("\\",) and line.raw.rstrip().endswith(b"\\"):
        what = f"The backslash at the end of {line.name} does not continue the line; the server reads it as a value."
        remedy = "Write the whole value on one line."
        yield made(entry, "continuation", what, remedy, fatal=fatal or directive.kind in (Kind.ADDRESSES, Kind.USER))
    elif b"\r" in line.raw.strip(b" \t\r\n") and wrong:
        what = "A carriage return inside the line ends no line, so two lines are read as one."
        yield made(entry, "carriage-return", what, "End lines with a line feed.", fatal=fatal)
    elif wrong:
        what = f"The value of {line.name} is refused: {wrong}."
        yield made(entry, "bad-value", what, _remedy(directive, line), fatal=fatal)
    elif any("\udc80" <= letter <= "\udcff" for argument in line.arguments for letter in argument):
        what = f"The value of {line.name} has bytes that are not UTF-8."
        yield made(entry, "not-utf8", what, "Check that the value is intended.", fatal=False)
    yield from _unexpected_effect(reader, entry, line, directive)


def _remedy(directive: Directive, line: Line) -> str:
    if is_single_valued(directive.kind) and len(line.arguments) > 1:
        return "Put a value of several words in double quotes, or remove the surplus words."
    return "Write a value of that form."


def _let_through(reader: TargetServer, directive: Directive, line: Line) -> bool:
    """Redis 6.2 reads over some values that later ones refuse."""
    if reader.server != "r62":
        return False
    if directive.kind is Kind.SAVE and len(line.arguments) == 2:  # noqa: PLR2004 - one pair
        seconds, changes = (_number_before_anything_else(argument, 10) for argument in line.arguments)
        return seconds >= 1 and changes >= 0
    if directive.kind is Kind.OCTAL and len(line.arguments) == 1:
        return 0 <= _number_before_anything_else(line.arguments[0], 8) <= _HIGHEST_MODE
    return False


def _number_before_anything_else(text: str, base: int) -> int:
    # As strtol() reads one: what is no digit ends it, and nothing at all is 0.
    found = re.match(r"\s*[+-]?[0-7]{1,12}" if base == 8 else r"\s*[+-]?[0-9]{1,9}", text, re.ASCII)  # noqa: PLR2004 - octal
    return int(found[0], base) if found else 0


def _unexpected_effect(reader: TargetServer, entry: ConfigEntry, line: Line, directive: Directive) -> Iterator[Problem]:
    if directive.kind is Kind.SAVE and reader.server == "r62" and line.arguments not in ((), ("",)):
        if len(line.arguments) != 2:  # noqa: PLR2004 - one pair
            what = (
                f"{reader.name} accepts one pair for each save line; any other number switches snapshots off silently."
            )
            remedy = "Write one save line for each pair of seconds and changes."
            yield made(entry, "several-save-pairs", what, remedy, fatal=False)
    elif line.name == "bind" and _no_listener(line, empty=reader.server == "r62"):
        what = "No address of bind must exist, so the server may start without listening on any."
        yield made(entry, "no-listener", what, "Name one address without a leading '-'.", fatal=False)


def _no_listener(line: Line, *, empty: bool) -> bool:
    """Return whether no address must exist; an empty value says so in as many words, but not to 6.2 (`empty`)."""
    if line.arguments == ("",):
        return empty
    return all(argument.startswith("-") or not argument for argument in line.arguments)


def _trailing_comment(entry: ConfigEntry, line: Line, *, fatal: bool) -> Problem:
    what = f"The comment behind the value of {line.name} is not one: the server reads its words as values."
    remedy = "Move the comment to a line of its own that starts with #."
    return made(entry, "trailing-comment", what, remedy, fatal=fatal)


def _named(line: Line) -> str:
    name = masked_name(line.name)
    return repr(name[:_LONGEST_NAME].encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
