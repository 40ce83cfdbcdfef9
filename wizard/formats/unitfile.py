"""Files of systemd units and their drop-ins: lossless, edited by section and key.

Source:
    systemd.syntax(7), systemd 257 ``src/shared/conf-parser.c``.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Self

from wizard.errors import InvalidValueError
from wizard.formats.line_document import bytes_of, text_of
from wizard.model.value import Value

# systemd ends a line at each of these, a lone carriage return included.
_LINE = re.compile(rb"[^\n\r\0]*(?:\r\n|\n\r|[\n\r\0])|[^\n\r\0]+\Z")
_ENDS = "\n\r\0"
_BLANK = " \t\n\r"
_BOM = "\ufeff"
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)
_SPECIFIER = re.compile(r"%([aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY%])")
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_FIXED = {
    "%": "%",
    "u": "root",
    "U": "0",
    "g": "root",
    "G": "0",
    "h": "/root",
    "s": "/bin/sh",
    "t": "/run",
    "S": "/var/lib",
    "C": "/var/cache",
    "L": "/var/log",
    "E": "/etc",
    "T": "/tmp",  # noqa: S108 - what the specifier stands for; nothing is made there
    "V": "/var/tmp",  # noqa: S108 - as before
}
"""Specifiers that are the same for every service of the system."""


class Assignment(Value, frozen=True, kw_only=True):
    """One ``Key=value``, continued lines joined."""

    section: str
    key: str
    value: str
    first: int
    """Number of its first line, counted from 1."""
    last: int
    """Number of its last line; between the two, comments may stand."""


class UnitFile:
    """One file. Immutable; an edit gives a new one."""

    __slots__ = ("_lines",)

    def __init__(self, lines: tuple[bytes, ...]) -> None:
        self._lines = lines

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file; every byte is kept and nothing is refused."""
        return cls(tuple(_LINE.findall(data)))

    def data(self) -> bytes:
        """Return the bytes; without an edit they are the bytes that were parsed."""
        return b"".join(self._lines)

    def assignments(self) -> tuple[Assignment, ...]:
        """Every assignment in order, with the section it stands in."""
        return tuple(_assignments(self._lines))

    def get(self, section: str, key: str) -> tuple[str, ...]:
        """Return the values of a key; an empty assignment has taken away those before it.

        Where a key takes one value, the last one counts.
        """
        return in_effect((self,), section, key)

    def set(self, section: str, key: str, value: str | Sequence[str]) -> Self:
        """Return a key this value, or these values on lines of their own, and no other.

        They stand where the key stood last, else at the end of the section, else in a new section
        at the end. A key that has them already stays as it is; no values take it out.

        Raises:
            InvalidValueError: section or key is no name, or a value cannot stand on one line.
        """
        values = (value,) if isinstance(value, str) else tuple(value)
        _refuse(section, key, values)
        present = [item for item in self.assignments() if (item.section, item.key) == (section, key)]
        if tuple(item.value for item in present) == values:
            return self
        new = [bytes_of(f"{key}={text}") + self._line_end for text in values]
        if not present:
            return self._insert(section, new) if new else self
        lines = self._without(present[:-1])
        return type(self)(tuple(raw for raws in _with(lines, present[-1], new) for raw in raws if raw))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnitFile) and self._lines == other._lines

    def __hash__(self) -> int:
        return hash(self._lines)

    @property
    def _line_end(self) -> bytes:
        first = self._lines[0] if self._lines else b""
        end = first[len(first.rstrip(b"\n\r")) :]
        return end if end in (b"\r\n", b"\r") else b"\n"

    def _without(self, gone: Sequence[Assignment]) -> list[bytes]:
        """Empty the lines of these assignments, so that the numbers of the others stay."""
        lines = list(self._lines)
        for item in gone:
            for number in range(item.first, item.last + 1):
                if not _is_comment(lines[number - 1]):
                    lines[number - 1] = b""
        return lines

    def _insert(self, section: str, new: Sequence[bytes]) -> Self:
        end = _end_of_section(self._lines, section)
        if end is None:
            gap = [self._line_end] if self._lines else []
            head = [*gap, bytes_of(f"[{section}]") + self._line_end]
            return type(self)((*self._ended(len(self._lines)), *head, *new))
        return type(self)((*self._ended(end), *new, *self._lines[end:]))

    def _ended(self, count: int) -> tuple[bytes, ...]:
        """Return the first lines, the last of them so that another can follow."""
        lines = self._lines[:count]
        if not lines:
            return lines
        if not lines[-1].endswith((b"\n", b"\r", b"\0")):
            lines = (*lines[:-1], lines[-1] + self._line_end)
        # A last line that asks for another one would swallow what follows.
        return (*lines, self._line_end) if _open_at_end(lines) else lines


def merged(files: Sequence[UnitFile], section: str) -> tuple[Assignment, ...]:
    """Every assignment of a section over a unit and its drop-ins, in the order systemd reads them."""
    return tuple(item for file in files for item in file.assignments() if item.section == section)


def insert_drop_in(order: Sequence[PurePosixPath], path: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Put a drop-in of the administrator's directory among the drop-ins of a unit, where systemd will read it.

    All of them are read by file name, whatever directory they lie in; one of the same name in another
    directory gives way (systemd.unit(5)).
    """
    others = [each for each in order if each.name != path.name]
    return tuple(sorted([*others, path], key=lambda each: each.name))


def expand_specifiers(text: str, unit: str) -> str:
    """Fill in the specifiers of a system service: its own name, usual directories, the manager's account.

    A percent sign before anything else stands for itself.

    Raises:
        InvalidValueError: there is one that only the service manager knows.

    Source:
        systemd.unit(5), "Specifiers".
    """
    whole = unit.rpartition(".")[0] or unit
    prefix, _, instance = whole.partition("@")
    known = _FIXED | {"i": instance, "I": unescaped(instance), "n": unit, "N": whole, "p": prefix}
    known |= {"P": unescaped(prefix), "j": prefix.rpartition("-")[2], "J": unescaped(prefix.rpartition("-")[2])}

    def value(found: re.Match[str]) -> str:
        letter = found[1]
        if letter not in known:
            raise InvalidValueError(f"only systemd itself knows what {found[0]} stands for")
        return known[letter]

    return _SPECIFIER.sub(value, text)


def unescaped(name: str) -> str:
    r"""Undo the escaping of unit names: ``-`` stands for ``/``, ``\x2d`` for a byte (systemd.unit(5))."""
    plain = name.replace("-", "/").encode()
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), plain).decode(errors="replace")


def in_effect(files: Sequence[UnitFile], section: str, key: str) -> tuple[str, ...]:
    """Return the values of a key over a unit and its drop-ins, in the order systemd reads them."""
    values: list[str] = []
    for item in merged(files, section):
        if item.key != key:
            continue
        if item.value:
            values.append(item.value)
        else:
            values.clear()
    return tuple(values)


def _assignments(lines: Sequence[bytes]) -> Iterator[Assignment]:
    section = ""
    for text, first, last in _logical(lines):
        stripped = text.strip(_BLANK)
        if stripped.startswith("["):
            section = stripped[1:-1] if stripped.endswith("]") else ""
            continue
        key, separator, value = stripped.partition("=")
        if section and separator:
            yield Assignment(section=section, key=key.strip(_BLANK), value=value.strip(_BLANK), first=first, last=last)


def _logical(lines: Sequence[bytes]) -> Iterator[tuple[str, int, int]]:
    """Join continued lines; comments between them belong to none."""
    pending, first, last = "", 0, 0
    for number, raw in enumerate(lines, start=1):
        if _is_comment(raw):
            continue
        text = text_of(raw).rstrip(_ENDS).removeprefix(_BOM if number == 1 else "").lstrip(_BLANK)
        first, last = first or number, number
        pending += text
        if _continues(pending):
            pending = pending[:-1] + " "
            continue
        yield pending, first, last
        pending, first = "", 0
    if first:
        yield pending, first, last


def _continues(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _open_at_end(lines: Sequence[bytes]) -> bool:
    told = [text_of(raw).rstrip(_ENDS) for raw in lines if not _is_comment(raw)]
    return bool(told) and _continues(told[-1])


def _is_comment(raw: bytes) -> bool:
    return raw.removeprefix(_BOM.encode()).lstrip(b" \t\n\r")[:1] in (b"#", b";")


def _with(lines: Sequence[bytes], item: Assignment, new: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Put new lines in the place of an assignment; comments inside it follow them."""
    yield lines[: item.first - 1]
    unended = item.last == len(lines) and not lines[item.last - 1].endswith((b"\n", b"\r", b"\0"))
    comments = [raw for raw in lines[item.first - 1 : item.last] if _is_comment(raw)]
    whole = [*new, *comments]
    if unended and whole:
        whole[-1] = whole[-1].rstrip(b"\n\r\0")
    yield whole
    yield lines[item.last :]


def _end_of_section(lines: Sequence[bytes], section: str) -> int | None:
    """Count the lines up to the last one that says something in this section, ``None`` without it."""
    end = None
    inside = False
    for text, _first, last in _logical(lines):
        stripped = text.strip(_BLANK)
        if stripped.startswith("["):
            inside = stripped == f"[{section}]"
        if inside and stripped:
            end = last
    return end


def _refuse(section: str, key: str, values: Sequence[str]) -> None:
    if not section or set(section) & set("[]\n\r\0"):
        raise InvalidValueError(f"{section[:40]!r} is not a section of a unit; write it as Service")
    if not _KEY.fullmatch(key):
        raise InvalidValueError(f"{key[:40]!r} is not a key of a unit; write it as LimitNOFILE")
    for value in values:
        if set(value) & set(_ENDS) or value != value.strip(_BLANK) or _continues(value):
            raise InvalidValueError(f"the value of {key} must be one line without blanks or a backslash at its end")
