"""The answers as a TOML file: commented with reasons, and read back with the line of every mistake."""

import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import chain
from pathlib import PurePosixPath
from typing import get_args, get_type_hints

from wizard.errors import AnswersError, InvalidValueError
from wizard.model.answers import Answers, Reason
from wizard.model.value import from_builtins, to_builtins
from wizard.planning.validation.ranges import validate_attestations, validate_values

VERSION = 1
_WIDTH = 98
_TOML_PLACE = re.compile(r"(?P<what>.*?) \(at line (?P<line>\d+), column \d+\)")
_VALUE_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$?(?P<path>[^`]*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")
_TABLE = re.compile(r"\s*\[\[?\s*(?P<name>[A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*(?P<name>[A-Za-z0-9_.\"'-]+(?:\s*\.\s*[A-Za-z0-9_.\"'-]+)*)\s*=")


def parse(text: str, path: PurePosixPath, *, today: date | None = None) -> Answers:
    """Read an answers file.

    A key that is absent has its default. The version is checked first.

    Args:
        text: The file.
        path: Where it is, for messages.
        today: Where its attestations count: the day by which one is in the future.

    Raises:
        AnswersError: it is no TOML, or has an unknown key, a wrong type or a value that cannot be;
            with the line, the key and what was expected.
    """
    data = _toml(text, path)
    version = data.get("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        what = f"version {version!r:.40} is not known; this program reads version {VERSION}"
        raise AnswersError(path, _line(text, "version"), "version", what)
    try:
        answers = from_builtins(Answers, _with_dates_as_text(data))
    except InvalidValueError as error:
        raise _located(text, path, str(error)) from None
    problems = chain(validate_values(answers), validate_attestations(answers, today) if today else ())
    for problem in problems:
        if problem.blocking:
            key = _key_of(problem.field, answers)
            raise AnswersError(path, _line(text, key), re.sub(r"\[\d+\]", "", key), problem.text)
    return answers


def _with_dates_as_text(data: dict[str, object]) -> dict[str, object]:
    """Return the file with each attestation's day as text: TOML has days of its own, which need no quotes."""
    given = data.get("attestations")
    if not isinstance(given, list):
        return data
    read = [
        {key: str(value) if type(value) is date else value for key, value in each.items()}
        if isinstance(each, dict)
        else each
        for each in given
    ]
    return {**data, "attestations": read}


def _toml(text: str, path: PurePosixPath) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.fullmatch(str(error))
        line = int(found["line"]) if found else text.count("\n") + 1
        what = found["what"] if found else str(error).removesuffix(" (at end of document)")
        raise AnswersError(path, line, "", f"this is not valid TOML: {what}") from None
    except RecursionError:
        raise AnswersError(path, 0, "", "lists or tables are nested too deeply; answers have two levels") from None


def _located(text: str, path: PurePosixPath, message: str) -> AnswersError:
    found = _VALUE_PLACE.fullmatch(message)
    what, where = (found["what"], found["path"] or "") if found else (message, "")
    key = where.lstrip(".")
    unknown = _UNKNOWN.fullmatch(what)
    if unknown:
        key = f"{key}.{unknown['key']}".lstrip(".")
        what = f"this key does not exist; {_expected(key)}"
    elif what.startswith("Object missing required field"):
        what = f"{what.replace('Object missing required field', 'the key').replace('`', '')} is missing"
    elif what.startswith("Invalid enum value"):
        what = f"{what.removeprefix('Invalid enum value ').replace('`', '')} is not one of the values: {_words(key)}"
    else:
        what = _in_words(what.replace("`", ""))
    return AnswersError(path, _line(text, key), re.sub(r"\[(?:\d+|\.\.\.)\]", "", key), what)


def _in_words(what: str) -> str:
    """Write types as people say them."""
    names = {"Expected": "expected", "array": "a list", "str": "a text", "int": "a number", "bool": "true or false"}
    return re.sub(r"\b(Expected|array|str|int|bool)\b", lambda found: names[found[1]], what)


def _expected(key: str) -> str:
    """Name the keys of the table that an unknown key stands in."""
    table = re.sub(r"\[(?:\d+|\.\.\.)\]", "", key).rpartition(".")[0]
    kind: object = Answers
    for name in filter(None, table.split(".")):
        kind = _member(kind, name)
    names = getattr(kind, "__struct_fields__", ())
    return f"known are {', '.join(names)}"


def _words(key: str) -> str:
    kind: object = Answers
    for name in re.sub(r"\[(?:\d+|\.\.\.)\]", "", key).split("."):
        kind = _member(kind, name)
    return ", ".join(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else "see answers init"


def _member(kind: object, name: str) -> object:
    """Return the type of a field, of one element where it is a tuple."""
    hint = get_type_hints(kind).get(name, object) if isinstance(kind, type) else object
    arguments = get_args(hint)
    return arguments[0] if arguments else hint


# --- the line of a key ---------------------------------------------------------------------------


def _key_of(field: str, answers: Answers) -> str:
    """Turn ``acl.users.NAME.keys`` into ``acl.users[1].keys``."""
    if not field.startswith("acl.users."):
        return field
    rest = field.removeprefix("acl.users.")
    for number, user in enumerate(answers.acl.users):
        if rest == user.name or rest.startswith(f"{user.name}."):
            return f"acl.users[{number}]{rest.removeprefix(user.name)}"
    return "acl.users"


def _line(text: str, key: str) -> int:
    """Return the line of a key such as ``acl.users[1].name``, of its table where the key itself is not there."""
    wanted = re.sub(r"\[\.\.\.\]", "[0]", key)
    best, best_length = 0, -1
    for number, name in _keys(text):
        if name == wanted:
            return number
        if wanted.startswith((f"{name}.", f"{name}[")) and len(name) > best_length:
            best, best_length = number, len(name)
    return best


def _keys(text: str) -> Iterator[tuple[int, str]]:
    """Return line and full name of each table and key; entries of a list of tables are numbered."""
    table, counts = "", dict[str, int]()
    for number, line in enumerate(text.split("\n"), 1):
        if found := _TABLE.fullmatch(line):
            table = re.sub(r"[\"'\s]", "", found["name"])
            if line.lstrip().startswith("[["):
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}[{counts[table]}]"
            yield number, table
        elif found := _KEY.match(line):
            name = re.sub(r"[\"'\s]", "", found["name"])
            yield number, f"{table}.{name}" if table else name


# --- writing -------------------------------------------------------------------------------------


def render(answers: Answers, reasons: Mapping[str, Reason]) -> str:
    """Write answers as TOML, each with its reason above it.

    Args:
        answers: What to write; every field is written, also a default.
        reasons: By ``section.field``; may be empty.
    """
    import tomlkit  # noqa: PLC0415 - only this writes TOML

    document = tomlkit.document()
    document.add(tomlkit.comment("Answers of redis-wizard. Nothing here is secret; see redis-wizard plan --answers."))
    document.add("version", answers.version)
    data = to_builtins(answers)
    for section in answers.__struct_fields__:
        if section not in {"version", "attestations"}:
            document.add(tomlkit.nl())
            document.add(section, _section(section, data[section], reasons))
    if answers.attestations:
        document.add("attestations", _tables(data["attestations"]))
    return tomlkit.dumps(document)


def _section(name: str, fields: Mapping[str, object], reasons: Mapping[str, Reason]) -> object:
    import tomlkit  # noqa: PLC0415 - only this writes TOML

    table = tomlkit.table()
    lists = {}
    for field, value in fields.items():
        reason = reasons.get(f"{name}.{field}")
        if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
            lists[field] = value
        else:
            for line in _comment(reason):
                table.add(tomlkit.comment(line))
            table.add(field, value)
    for field, value in lists.items():
        for line in _comment(reasons.get(f"{name}.{field}")):
            table.add(tomlkit.comment(line))
        table.add(field, _tables(value))
    return table


def _tables(entries: Sequence[dict[str, object]]) -> object:
    import tomlkit  # noqa: PLC0415 - only this writes TOML

    array = tomlkit.aot()
    for entry in entries:
        table = tomlkit.table()
        for field, value in entry.items():
            table.add(field, value)
        array.append(table)
    return array


def _comment(reason: Reason | None) -> list[str]:
    if reason is None:
        return []
    return textwrap.wrap(f"{reason.why.removesuffix('.')} ({reason.source})", _WIDTH)
