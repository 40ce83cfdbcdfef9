"""The lines of a configuration in the order the server reads them, included files in place.

Works on contents that were read before; what is still missing comes back as *wanted*, so a caller
reads those and asks again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from wizard.formats.redisconf.document import Document, Line
from wizard.formats.redisconf.redact import masked, masked_name
from wizard.model.facts.configuration import ConfigLine, Problem
from wizard.model.value import Value

Listing = Callable[[PurePosixPath], Sequence[str]]
"""Gives the names in a directory, none when it is absent."""

Foreign = Callable[[PurePosixPath, PurePosixPath], str]
"""Gives why a file does not speak for another that it names, in a sentence; empty when it does."""

FOREIGN = "foreign-file"
FOREIGN_REMEDY = (
    "Remove the line, or edit that file yourself; if both are intended, give the file with this line and "
    "its directory to root."
)
"""Code of the problem with such a line, and what to do."""

ROOT = PurePosixPath("/")
"""Working directory of a service, if its unit names no other."""

_MOST_FILES = 1000
_DEEPEST = 50
_WILDCARDS = frozenset("*?[")


class ConfigEntry(Value, frozen=True, kw_only=True):
    """One directive with the place where it stands. Its arguments are not masked: never shown."""

    path: PurePosixPath
    line: Line
    after_include: bool
    """An included file has been read to its end before this line."""


class Reading(Value, frozen=True, kw_only=True):
    """A configuration with all that it includes."""

    lines: tuple[ConfigLine, ...]
    """Every directive in reading order, secret arguments masked."""
    problems: tuple[Problem, ...]
    """What is wrong with the includes."""
    wanted: tuple[PurePosixPath, ...]
    """Included files whose contents were not given, in reading order, each once."""


class IncludeExpander:
    """One pass over a configuration; collects its lines and problems."""

    def __init__(
        self,
        contents: Mapping[PurePosixPath, bytes],
        *,
        listing: Listing | None = None,
        globs: bool = True,
        directory: PurePosixPath = ROOT,
        foreign: Foreign = lambda _path, _named: "",
    ) -> None:
        self.problems: list[Problem] = []
        self.wanted: dict[PurePosixPath, None] = {}
        self.documents: dict[PurePosixPath, Document] = {}
        self._contents = contents
        self._listing = listing or self._listed_in_contents
        self._globs = globs
        self._directory = directory
        self._foreign = foreign
        self._open: list[PurePosixPath] = []
        self._files_read = 0
        self._after_include = False

    def entries(self, path: PurePosixPath) -> Iterator[ConfigEntry]:
        """Return the directives of a file and of all it includes, in reading order."""
        self._open.append(path)
        self._files_read += 1
        if path not in self.documents:
            self.documents[path] = Document.parse(self._contents[path])
        for line in self.documents[path].lines:
            if not line.name:
                continue
            yield ConfigEntry(path=path, line=line, after_include=self._after_include)
            if line.name == "dir" and len(line.arguments) == 1:
                self._directory /= line.arguments[0].replace("\0", "")
            elif line.name == "include" and len(line.arguments) == 1:
                yield from self._included(path, line)
                self._after_include = True
        self._open.pop()

    def _included(self, path: PurePosixPath, line: Line) -> Iterator[ConfigEntry]:
        for target in self._targets(line.arguments[0]):
            refusal = self._refusal(path, target)
            if refusal:
                code, what, remedy, fatal = refusal
                self.problems.append(
                    Problem(path=path, line=line.number, code=code, what=what, remedy=remedy, fatal=fatal)
                )
            elif target in self._contents:
                yield from self.entries(target)

    def _refusal(self, path: PurePosixPath, target: PurePosixPath) -> tuple[str, str, str, bool] | None:
        if target in self._open:
            what = f"{target} includes itself, and the server crashes on it."
            return "include-cycle", what, "Remove the include line.", True
        if self._files_read >= _MOST_FILES or len(self._open) >= _DEEPEST:
            what = f"More than {_MOST_FILES} files, or more than {_DEEPEST} in each other; the rest was not read."
            return "too-many-includes", what, "Include fewer files.", False
        if what := self._foreign(path, target):
            return FOREIGN, what, FOREIGN_REMEDY, False
        if target not in self._contents:
            self.wanted[target] = None
            what = f"The included file {target} does not exist or is not readable, and the server does not start."
            return "missing-include", what, "Create the file or remove the include line.", True
        return None

    def _targets(self, argument: str) -> Sequence[PurePosixPath]:
        pattern = self._directory / argument.replace("\0", "")
        if not self._globs or not _WILDCARDS & set(argument):
            return (pattern,)
        return self._matching(pattern)

    def _matching(self, pattern: PurePosixPath) -> Sequence[PurePosixPath]:
        found = [PurePosixPath(pattern.anchor or "/")]
        for part in pattern.parts[1:]:
            if _WILDCARDS & set(part):
                found = [place / name for place in found for name in self._listing(place) if _matches(name, part)]
            else:
                found = [place / part for place in found]
        # The server asks glob(3), which sorts and leaves out what is not there.
        return sorted(place for place in found if place.name in self._listing(place.parent))

    def _listed_in_contents(self, directory: PurePosixPath) -> Sequence[str]:
        depth = len(directory.parts)
        return sorted({path.parts[depth] for path in self._contents if directory in path.parents})


def expand_includes(
    main: PurePosixPath,
    contents: Mapping[PurePosixPath, bytes],
    *,
    listing: Listing | None = None,
    globs: bool = True,
    directory: PurePosixPath = ROOT,
    foreign: Foreign = lambda _path, _named: "",
) -> Reading:
    """Expand includes in place, as the server does.

    Args:
        main: The file the server is started with; must be among `contents`.
        contents: Bytes of the files read so far, by absolute path.
        listing: Names in a directory, for patterns; without it, patterns match `contents` only.
        globs: The server expands patterns (7 and later); Redis 6.2 takes them as file names.
        directory: Working directory at the start; a service of systemd has ``/``. A ``dir`` line
            changes it for the include lines below.
        foreign: Asked for each included file; one that it objects to is not read.

    Raises:
        KeyError: `main` is not among `contents`.

    Source:
        redis ``src/config.c``, ``loadServerConfig()``; the working directory is measured.
    """
    walk = IncludeExpander(contents, listing=listing, globs=globs, directory=directory, foreign=foreign)
    lines = tuple(_config_line(entry) for entry in walk.entries(main))
    return Reading(lines=lines, problems=tuple(walk.problems), wanted=tuple(walk.wanted))


def _config_line(entry: ConfigEntry) -> ConfigLine:
    line = entry.line
    return ConfigLine(
        name=_plain(masked_name(line.name)),
        arguments=shown_arguments(line.name, line.arguments),
        path=entry.path,
        line=line.number,
    )


def shown_arguments(name: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the arguments of a directive as facts have them: secrets masked, bytes that are no UTF-8 replaced."""
    return tuple(_plain(argument) for argument in masked(name, arguments))


def _plain(text: str) -> str:
    """Replace bytes that are no UTF-8: facts are JSON."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
