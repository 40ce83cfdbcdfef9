"""The files of a rehearsal: copies of the planned configuration that touch nothing of the real server.

Pure. Lines that would reach outside are blanked or rewritten in place, so that line numbers stay
those of the real files; what must differ is said again at the end, where it wins.

Source:
    Measured on five servers: redis changes directory while it parses, 6.2 opens its log file while
    parsing, two servers on one unix socket path rob each other.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from wizard.formats.redisconf.directives import canonical
from wizard.formats.redisconf.document import Document, Line
from wizard.formats.redisconf.quoting import quote
from wizard.formats.redisconf.redact import redact_line
from wizard.model.value import Value

DROPPED = frozenset(
    canonical(name) for name in ("logfile", "replicaof", "slaveof", "syslog-enabled", "syslog-ident", "syslog-facility")
)
"""They reach a log or a primary."""

MODULE = "loadmodule"
"""Runs foreign code, so it stays only where that code can write nothing."""

REWRITTEN = frozenset(
    {"aclfile", "tls-cert-file", "tls-key-file", "tls-client-cert-file", "tls-client-key-file", "tls-ca-cert-file"}
)
"""They name a file; what the plan writes is not there yet and is copied for the rehearsal."""

_PREFIXES = ("cluster-", "sentinel")
_FATAL = re.compile(r"at line (?P<number>\d+)\n>>> '(?P<line>.*)'\n(?P<reason>.*)")
_LINE_ALONE = re.compile(r">>> '(?P<line>.*)'")
_BETWEEN = re.compile(r"[\s:;,'\"()]+")
_IN_FILE = re.compile(r"(?P<path>/[^\s:]+):(?P<number>\d+): ")
_STAMP = re.compile(r"^\d+:\S+ \d+ \w+ \d{4} [\d:.]+ ([.\-*#]) ")
_WORDS = 600


class ErrorLocation(Value, frozen=True, kw_only=True):
    """The line that a server complains of."""

    path: PurePosixPath
    number: int
    name: str
    """Its directive; empty in an ACL file."""


class ConfigCopy:
    """Copies of a configuration, and the way back from them to the real files."""

    def __init__(self, main: PurePosixPath, contents: Mapping[PurePosixPath, bytes], directory: PurePosixPath) -> None:
        self._main = main
        self._contents = contents
        self._directory = directory
        self.copies = {
            path: directory / f"c{number}.conf" for number, path in enumerate((main, *_others(main, contents)))
        }
        """Where each configuration file is copied to."""
        self.named: dict[PurePosixPath, PurePosixPath] = {}
        """Files that the configuration names (ACL file, certificates, keys), and where each is copied to."""
        self._collections: dict[PurePosixPath, bytes] = {}
        self._texts: dict[PurePosixPath, bytes] = {}

    def files(
        self,
        overrides: Mapping[str, str],
        *,
        keep: Callable[[str], bool] = lambda _name: True,
        moved: Callable[[PurePosixPath], bool] = lambda _path: True,
    ) -> dict[PurePosixPath, bytes]:
        """Return the configuration copies by their own path.

        Args:
            overrides: Directives that are said again at the end of the main file.
            keep: Tells whether lines of a directive may stay at all.
            moved: Tells whether a file that is named is taken from its copy; else the server reads it where it is.
        """
        self._collections.clear()
        self._texts = {path: self._filtered(path, keep, moved) for path in self.copies}
        made = {copy: self._texts[path] for path, copy in self.copies.items()}
        tail = "".join(f"{name} {value}\n" for name, value in overrides.items())
        main = self.copies[self._main]
        made[main] = made[main].rstrip(b"\n") + b"\n" + tail.encode()
        return made | self._collections

    def explain(self, words: str) -> str:
        """Turn what the server said into a sentence with the real file and line; secrets are masked."""
        fatal = list(_FATAL.finditer(words))
        if fatal:
            found = fatal[-1]
            number, text = int(found["number"]), found["line"]
            where = self._origin(number, text)
            shown = redact_line(text.encode()).strip()
            return f"{where} line {number}: {found['reason'].strip()} (the line is: {self._real_names(shown)})"
        lines = [_STAMP.sub(r"\1 ", line).strip() for line in words.splitlines() if line.strip()]
        telling = [line for line in lines if not line.startswith((". ", "- ", "* ", "# WARNING"))] or lines
        return self._real_names(" / ".join(redact_line(line.removeprefix("# ").encode()) for line in telling[-4:]))[
            :_WORDS
        ]

    def locate(self, words: str) -> ErrorLocation | None:
        """Find the line that the words complain of: named by its number, by its text, or by a file that it names."""
        for found in reversed(list(_FATAL.finditer(words))):
            number = int(found["number"])
            return self._culprit(self._origin(number, found["line"]), number)
        for found in reversed(list(_LINE_ALONE.finditer(words))):
            for path, line in self._lines():
                if line.raw.decode(errors="replace").strip() == found["line"].strip():
                    return self._culprit(path, line.number)
        said = self._real_names(words)
        for found in _IN_FILE.finditer(said):
            if (path := PurePosixPath(found["path"])) in self.named:
                return ErrorLocation(path=path, number=int(found["number"]), name="")
        mentioned = {word for word in _BETWEEN.split(said) if word.startswith("/")}
        found_by_name: dict[str, tuple[PurePosixPath, int]] = {}
        for path, line in self._lines():
            if line.arguments[:1] and line.arguments[0] in mentioned:
                found_by_name[line.name] = (path, line.number)
        return next((self._culprit(*place) for place in found_by_name.values()), None)

    def _culprit(self, path: PurePosixPath, number: int) -> ErrorLocation | None:
        line = next((each for each in Document.parse(self._contents[path]).lines if each.number == number), None)
        return ErrorLocation(path=path, number=number, name=line.name) if line and line.name else None

    def _lines(self) -> Iterator[tuple[PurePosixPath, Line]]:
        for path in self.copies:
            yield from ((path, line) for line in Document.parse(self._contents[path]).lines)

    def _filtered(
        self, path: PurePosixPath, keep: Callable[[str], bool], moved: Callable[[PurePosixPath], bool]
    ) -> bytes:
        lines = Document.parse(self._contents[path]).lines
        return b"".join(self._line(line, keep, moved) for line in lines)

    def _line(self, line: Line, keep: Callable[[str], bool], moved: Callable[[PurePosixPath], bool]) -> bytes:
        name = canonical(line.name) if line.name else ""
        if line.problem or not name:
            return line.raw
        if name in DROPPED or name.startswith(_PREFIXES) or not keep(name):
            return b"\n"
        if name == "include" and line.arguments:
            return self._include(line)
        if name in REWRITTEN and line.arguments[:1] not in {(), ("",)}:
            path = PurePosixPath(line.arguments[0])
            copy = self.named.setdefault(path, self._directory / f"n{len(self.named)}")
            return self._rewritten(line, copy) if moved(path) else line.raw
        return line.raw

    @staticmethod
    def _rewritten(line: Line, copy: PurePosixPath) -> bytes:
        rest = "".join(f" {quote(argument)}" for argument in line.arguments[1:])
        return f"{line.name} {copy}{rest}\n".encode()

    def _include(self, line: Line) -> bytes:
        targets = [
            copy for path, copy in self.copies.items() if path != self._main and path.match(line.arguments[0] or "/")
        ]
        collection = self._directory / f"g{len(self._collections)}.conf"
        self._collections[collection] = "".join(f"include {copy}\n" for copy in targets).encode()
        return f"include {collection}\n".encode()

    def _origin(self, number: int, text: str) -> PurePosixPath:
        for path in self.copies:
            # The server repeats the line of the copy.
            lines = self._texts.get(path, self._contents[path]).decode(errors="replace").split("\n")
            if number <= len(lines) and lines[number - 1].strip() == text.strip():
                return path
        return self._main

    def _real_names(self, text: str) -> str:
        names = {**self.copies, **self.named}
        for path, copy in sorted(names.items(), key=lambda pair: -len(str(pair[1]))):
            text = text.replace(str(copy), str(path))
        return text


def _others(main: PurePosixPath, contents: Mapping[PurePosixPath, bytes]) -> tuple[PurePosixPath, ...]:
    return tuple(path for path in sorted(contents) if path != main)
