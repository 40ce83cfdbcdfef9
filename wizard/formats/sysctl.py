"""sysctl.d files: a lossless document, and which file sets a kernel setting at the next boot.

Source:
    sysctl.d(5), systemd 257 ``src/sysctl/sysctl.c``.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import NamedTuple, Self

from wizard.errors import InvalidValueError
from wizard.formats.line_document import bytes_of, ended, line_end, split_lines, text_of
from wizard.model.value import Value

DIRECTORIES = (
    PurePosixPath("/etc/sysctl.d"),
    PurePosixPath("/run/sysctl.d"),
    PurePosixPath("/usr/local/lib/sysctl.d"),
    PurePosixPath("/usr/lib/sysctl.d"),
)
"""Where systemd looks; a file hides those of the same name further down."""

SYSCTL_CONF = PurePosixPath("/etc/sysctl.conf")
"""Not read by systemd itself: distributions link it as ``/etc/sysctl.d/99-sysctl.conf``."""

_SYSCTL_CONF_NAME = "99-sysctl.conf"
_BLANK = " \t\r\n"
_WILDCARDS = frozenset("*?[")


class SysctlLine(Value, frozen=True, kw_only=True):
    """One line that names a setting."""

    number: int
    """Counted from 1."""
    key: str
    """In the form of :func:`path_of`; may hold wildcards."""
    value: str | None
    """``None`` for ``-key`` alone, which only keeps patterns away from the setting."""


class EffectiveSource(NamedTuple):
    """Who sets a kernel setting at the next boot."""

    value: str | None
    """``None`` when no file sets it."""
    source: str
    """``path:line``, empty when no file sets it."""
    overridden: tuple[str, ...]
    """Other places that name it and lose, as ``path:line = value``, in the order of reading."""


class SysctlFile:
    """One file of settings. Immutable; an edit gives a new one."""

    __slots__ = ("_lines",)

    def __init__(self, lines: tuple[bytes, ...]) -> None:
        self._lines = lines

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file; every byte is kept and nothing is refused."""
        return cls(split_lines(data))

    def data(self) -> bytes:
        """Return the bytes; without an edit they are the bytes that were parsed."""
        return b"".join(self._lines)

    def assignments(self) -> tuple[SysctlLine, ...]:
        """Every line that names a setting, in order."""
        found = ((number, _parsed(raw)) for number, raw in enumerate(self._lines, start=1))
        return tuple(SysctlLine(number=number, key=line[0], value=line[1]) for number, line in found if line)

    def get(self, key: str) -> str | None:
        """Return the value that this file alone sets, without its patterns; ``None`` when it sets none."""
        wanted = path_of(key)
        found = [line.value for line in self.assignments() if line.key == wanted]
        return found[-1] if found else None

    def set(self, key: str, value: str) -> Self:
        """Set a value on the last line that names the setting, else on a new line at the end.

        Raises:
            InvalidValueError: the value has a line end, or the key is none.
        """
        _refuse(key, value)
        wanted = path_of(key)
        numbers = [line.number for line in self.assignments() if line.key == wanted]
        if not numbers:
            new = bytes_of(f"{key} = {value}") + line_end(self._lines)
            return type(self)((*ended(self._lines), new))
        if self.get(key) == value:
            return self
        at = numbers[-1] - 1
        return type(self)((*self._lines[:at], _rewritten(self._lines[at], value), *self._lines[at + 1 :]))

    def remove(self, key: str) -> Self:
        """Take out every line that names the setting."""
        wanted = path_of(key)
        gone = {line.number for line in self.assignments() if line.key == wanted}
        return type(self)(tuple(raw for number, raw in enumerate(self._lines, start=1) if number not in gone))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SysctlFile) and self._lines == other._lines

    def __hash__(self) -> int:
        return hash(self._lines)


def path_of(key: str) -> str:
    """Return a setting as its path below ``/proc/sys``.

    Where the first separator is a dot, dots part the path and slashes stand for dots in it:
    ``net.ipv4.conf.eth0/1.forwarding`` is ``net/ipv4/conf/eth0.1/forwarding``.
    """
    first = next((letter for letter in key if letter in "./"), "/")
    return key.strip("/") if first == "/" else key.translate({ord("."): "/", ord("/"): "."})


def effective_source(key: str, files: Sequence[tuple[PurePosixPath, bytes]]) -> EffectiveSource:
    """Return which file sets a kernel setting at the next boot.

    Files are read in the order of their names, whatever their directory; of equal names only the
    one in the directory of highest rank is read. The last line that names a setting wins, and a line
    that names it in full wins over patterns wherever they stand. ``-key`` alone keeps patterns away.

    Args:
        key: With dots or slashes.
        files: Path and bytes of each file; a mask (link to ``/dev/null``) has no bytes. Of them
            ``/etc/sysctl.conf`` counts as ``/etc/sysctl.d/99-sysctl.conf``: leave it out where the
            distribution does not link it. Names that do not end in ``.conf`` are never read.
    """
    wanted = path_of(key)
    read, hidden = _by_rank(files)
    places = [place for path, data in read for place in _places(path, data, wanted)]
    explicit = [place for place in places if not place.pattern]
    chosen = (explicit or places)[-1:]
    losers = [*(place for path, data in hidden for place in _places(path, data, wanted)), *places]
    overridden = tuple(str(place) for place in losers if place not in chosen and place.value is not None)
    if not chosen or chosen[0].value is None:
        return EffectiveSource(None, "", overridden)
    return EffectiveSource(chosen[0].value, chosen[0].where, overridden)


class _Place(NamedTuple):
    where: str
    value: str | None
    pattern: bool

    def __str__(self) -> str:
        return f"{self.where} = {self.value}"


def _places(path: PurePosixPath, data: bytes, wanted: str) -> Iterator[_Place]:
    for line in SysctlFile.parse(data).assignments():
        pattern = bool(_WILDCARDS & set(line.key))
        if line.key == wanted or (pattern and line.value is not None and _matches(wanted, line.key)):
            yield _Place(f"{path}:{line.number}", line.value, pattern and line.key != wanted)


def _matches(key: str, pattern: str) -> bool:
    names, globs = key.split("/"), pattern.split("/")
    return len(names) == len(globs) and all(map(fnmatchcase, names, globs))


_Files = list[tuple[PurePosixPath, bytes]]


def _by_rank(files: Sequence[tuple[PurePosixPath, bytes]]) -> tuple[_Files, _Files]:
    """Return the files that are read, in order, and those hidden by another of the same name."""
    usable = [item for item in files if item[0] == SYSCTL_CONF or item[0].name.endswith(".conf")]
    usable.sort(key=lambda item: (bytes_of(_name(item[0])), _rank(item[0])))
    read: _Files = []
    hidden: _Files = []
    for item in usable:
        (hidden if read and _name(read[-1][0]) == _name(item[0]) else read).append(item)
    return read, hidden


def _name(path: PurePosixPath) -> str:
    return _SYSCTL_CONF_NAME if path == SYSCTL_CONF else path.name


def _rank(path: PurePosixPath) -> tuple[int, bool]:
    directory = PurePosixPath("/etc/sysctl.d") if path == SYSCTL_CONF else path.parent
    rank = DIRECTORIES.index(directory) if directory in DIRECTORIES else len(DIRECTORIES)
    return rank, path == SYSCTL_CONF


def _parsed(raw: bytes) -> tuple[str, str | None] | None:
    text = text_of(raw).strip(_BLANK)
    if not text or text[0] in "#;":
        return None
    name, separator, value = text.partition("=")
    name = name.strip(_BLANK)
    if not separator and not name.startswith("-"):
        return None
    key = path_of(name.removeprefix("-").strip(_BLANK))
    return (key, value.strip(_BLANK) if separator else None) if key else None


def _rewritten(raw: bytes, value: str) -> bytes:
    text = text_of(raw)
    body = text.rstrip(_BLANK)
    head, separator, old = body.partition("=")
    blank = old[: len(old) - len(old.lstrip(_BLANK))] if old.strip(_BLANK) else " "
    return bytes_of(f"{head}={blank}{value}" if separator else f"{body} = {value}") + bytes_of(text[len(body) :])


def _refuse(key: str, value: str) -> None:
    if not key.strip(_BLANK + "-/.") or set(key) & set("=#;\n\r\0 \t") or key.startswith("-"):
        raise InvalidValueError(f"{key[:60]!r} is not a kernel setting; write it as vm.swappiness")
    if set(value) & set("\n\r\0") or value != value.strip(_BLANK):
        raise InvalidValueError(f"the value of {key} must be one line without blanks around it")
