"""A configuration file as a lossless list of lines, edited by the name of a directive.

Parsing keeps every byte and never fails; an edit gives a new document and touches only the lines
of the directive it names.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Self

from wizard.errors import InvalidValueError
from wizard.formats.redisconf.alignment import align
from wizard.formats.redisconf.directives import canonical, find, names, normalize
from wizard.formats.redisconf.quoting import decode, encode, quote, split
from wizard.formats.redisconf.redact import masked_name
from wizard.formats.redisconf.value_syntax import value_problem
from wizard.model.value import Value, replace
from wizard.model.versions import columns

_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_EXAMPLE = re.compile(rb"[ \t]*#[ \t]?([A-Za-z][A-Za-z0-9_-]*)[ \t]+(\S[^\r\n]*)")
_FIRST_WORD = re.compile(rb"[\"']?([^ \t\r\n\"'\x00]*)")
_BLANK = b" \t\r\n"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*", re.ASCII)


class Line(Value, frozen=True, kw_only=True):
    """One line as it stands in the file."""

    number: int
    """Counted from 1."""
    raw: bytes
    """All its bytes with the line end; only the last line may lack one."""
    name: str
    """Lower case; empty for blank lines and comments."""
    arguments: tuple[str, ...]
    """Without quotes; bytes that are no UTF-8 are lone surrogates. Empty where there is a problem."""
    problem: str
    """Why the server cannot read its words, empty when it can."""

    def __repr__(self) -> str:
        return f"Line(number={self.number}, name={masked_name(self.name)!r})"


class _Original:
    """A file as it was parsed; all documents that are edits of it share it."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines

    @cached_property
    def index(self) -> Mapping[str, tuple[int, ...]]:
        """Positions of the lines of each directive, by canonical name."""
        found: dict[str, list[int]] = {}
        for position, line in enumerate(self.lines):
            if line.name:
                found.setdefault(canonical(line.name), []).append(position)
        return {name: tuple(positions) for name, positions in found.items()}

    @cached_property
    def examples(self) -> Mapping[str, int]:
        """Position of the last commented-out example of each directive, by canonical name."""
        found: dict[str, int] = {}
        for position, line in enumerate(self.lines):
            name = "" if line.name else _example_of(line.raw)
            if name:
                found[canonical(name)] = position
        return found

    @cached_property
    def line_end(self) -> bytes:
        """The line end that new lines should have."""
        first = self.lines[0].raw if self.lines else b""
        return b"\r\n" if first.endswith(b"\r\n") else b"\n"


def is_name(text: str) -> bool:
    """Return whether :meth:`Document.set` takes this for the name of a directive."""
    return _NAME.fullmatch(text) is not None


class Document:
    """A configuration file. Immutable; :meth:`set` gives a new one."""

    __slots__ = ("__dict__", "_index", "_original", "_slots")

    def __init__(
        self,
        original: _Original,
        index: Mapping[str, tuple[int, ...]] | None = None,
        slots: Mapping[int, tuple[Line, ...]] | None = None,
    ) -> None:
        # An edit is a slot: the lines that now stand in the place of a first line. `index` names the
        # slots of each directive, so an edit costs what it touches, whatever the length of the file.
        self._original = original
        self._index = original.index if index is None else index
        self._slots = slots or {}

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file; every byte is kept and nothing is refused."""
        return cls(_Original(tuple(_line(number, raw) for number, raw in enumerate(_LINE.findall(data), start=1))))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines in order, numbered from 1."""
        if not self._slots:
            return self._original.lines
        found = self._flat()
        last = len(found)
        complete = (
            _ended(line, self._original.line_end) if number < last else line for number, line in enumerate(found, 1)
        )
        return tuple(
            line if line.number == number else replace(line, number=number)
            for number, line in enumerate(complete, start=1)
        )

    def data(self) -> bytes:
        """Return the bytes of the file; without an edit they are the bytes that were parsed."""
        return b"".join(line.raw for line in self.lines)

    def values(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Arguments of each readable line of a directive, in order; aliases count as the same name."""
        return tuple(line.arguments for line in self.lines_of(name) if not line.problem)

    def lines_of(self, name: str) -> tuple[Line, ...]:
        """The lines of a directive as they are stored; their numbers are those before any edit."""
        positions = self._index.get(canonical(name), ())
        return tuple(line for position in positions for line in self._slot(position) if _is(line, name))

    def set(self, name: str, values: Sequence[Sequence[str]]) -> Self:
        """Make the lines of a directive say exactly `values`, one line each, in this order.

        A line that already means what is wanted stays byte for byte. Others are rewritten where
        they stand, with their own indentation, line end and name; further ones follow the last of
        them. A directive without a line goes behind its commented-out example, else to the end.
        Lines that are too many are taken out.

        Args:
            name: The directive; used as given where a new line is written.
            values: Arguments of each line wanted; empty takes out every line of this name.

        Raises:
            InvalidValueError: the name is not a plain word, or an argument cannot be written to a file.
        """
        if not is_name(name):
            raise InvalidValueError(f"{name[:40]!r} is not the name of a directive; use letters, digits, '-' and '_'")
        wanted = [tuple(arguments) for arguments in values]
        positions = self._index.get(canonical(name), ())
        existing = [(position, line) for position in positions for line in self._slot(position) if _is(line, name)]
        if not existing:
            return self._insert(name, wanted) if wanted else self
        meanings = [None if line.problem else normalize(line.name, line.arguments) for _, line in existing]
        plan = align(meanings, [normalize(name, arguments) for arguments in wanted])
        return self._replace(name, existing, [[wanted[choice] for choice in choices] for choices in plan], meanings)

    def __repr__(self) -> str:
        return f"Document({len(self._original.lines)} lines)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.data() == other.data()

    def __hash__(self) -> int:
        return hash(self.data())

    def _slot(self, position: int) -> tuple[Line, ...]:
        edited = self._slots.get(position)
        if edited is not None:
            return edited
        return self._original.lines[position : position + 1]

    def _flat(self) -> list[Line]:
        found: list[Line] = []
        start = 0
        for position in sorted(self._slots):
            found.extend(self._original.lines[start:position])
            found.extend(self._slots[position])
            start = position + 1
        found.extend(self._original.lines[start:])
        return found

    def _with(self, slots: Mapping[int, tuple[Line, ...]], index: Mapping[str, tuple[int, ...]] | None = None) -> Self:
        return type(self)(self._original, self._index if index is None else index, {**self._slots, **slots})

    def _insert(self, name: str, wanted: Iterable[tuple[str, ...]]) -> Self:
        position = self._original.examples.get(canonical(name), len(self._original.lines))
        before = self._slot(position)
        lines = tuple(_written(name, arguments, b"", self._original.line_end) for arguments in wanted)
        key = canonical(name)
        positions = tuple(sorted({*self._index.get(key, ()), position}))
        return self._with({position: before + lines}, {**self._index, key: positions})

    def _replace(
        self,
        name: str,
        existing: Sequence[tuple[int, Line]],
        chosen: Sequence[Sequence[tuple[str, ...]]],
        meanings: Sequence[tuple[str, ...] | None],
    ) -> Self:
        rewritten = {
            id(line): self._rewritten(name, line, choices, meaning)
            for (_, line), choices, meaning in zip(existing, chosen, meanings, strict=True)
        }
        slots = {
            position: tuple(new for line in self._slot(position) for new in rewritten.get(id(line), (line,)))
            for position in {position for position, _ in existing}
        }
        return self._with(slots)

    def _rewritten(
        self, name: str, line: Line, choices: Sequence[tuple[str, ...]], meaning: tuple[str, ...] | None
    ) -> tuple[Line, ...]:
        indent = line.raw[: len(line.raw) - len(line.raw.lstrip(b" \t"))]
        end = line.raw[len(line.raw.rstrip(_BLANK)) :] if line.raw.endswith(b"\n") else b""
        end = end[end.find(b"\r\n") :] if b"\r\n" in end else end[-1:]
        written = _written_name(line, name)
        last = len(choices) - 1
        equal = (at for at, choice in enumerate(choices) if meaning is not None and normalize(name, choice) == meaning)
        kept = next(equal, None)
        return tuple(
            line
            if at == kept
            else _written(written, choice, indent, end or (self._original.line_end if at < last else b""))
            for at, choice in enumerate(choices)
        )


def _line(number: int, raw: bytes) -> Line:
    text = raw.strip(_BLANK)
    if not text or text[0] == ord("#"):
        return Line(number=number, raw=raw, name="", arguments=(), problem="")
    try:
        words = split(text)
    except InvalidValueError as error:
        return Line(number=number, raw=raw, name=_first_name(text), arguments=(), problem=str(error))
    if not words:
        return Line(number=number, raw=raw, name="", arguments=(), problem="")
    return Line(number=number, raw=raw, name=_lower(words[0]), arguments=words[1:], problem="")


def _first_name(text: bytes) -> str:
    found = _FIRST_WORD.match(text)
    return _lower(decode(found[1])) if found else ""


def _lower(name: str) -> str:
    return decode(encode(name).lower())


def _is(line: Line, name: str) -> bool:
    return bool(line.name) and canonical(line.name) == canonical(name)


def _written_name(line: Line, name: str) -> str:
    # The name as the operator wrote it, with its capitals, where it is a plain word.
    word = decode(line.raw.split(maxsplit=1)[0])
    return word if word.lower() in names(name) else line.name if line.name in names(name) else name


def _written(name: str, arguments: Sequence[str], indent: bytes, end: bytes) -> Line:
    raw = indent + encode(" ".join([name, *map(quote, arguments)])) + end
    return Line(number=0, raw=raw, name=_lower(name), arguments=tuple(arguments), problem="")


def _ended(line: Line, end: bytes) -> Line:
    return line if line.raw.endswith(b"\n") else replace(line, raw=line.raw + end)


def _example_of(raw: bytes) -> str:
    """Name the directive that a commented-out example shows; prose that starts with a name is none."""
    found = _EXAMPLE.match(raw)
    directive = find(found[1].decode()) if found else None
    if found is None or directive is None or found[1] != found[1].lower():
        return ""
    try:
        arguments = split(found[2])
    except InvalidValueError:
        return ""
    if any(argument.startswith("<") for argument in arguments):
        return directive.name
    return "" if value_problem(directive, arguments, columns()[-1]) else directive.name
