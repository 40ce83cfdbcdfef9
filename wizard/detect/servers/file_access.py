"""Who, besides root, can write what a server reads at its start, or put something else in its place."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.detect.writers import Writers, writers_by_place
from wizard.host.files.paths import followed
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.files import FileKind, FileStatus, PlaceWriters
from wizard.model.facts.instance import TlsFacts
from wizard.model.facts.unreadable import Unreadable

_WILDCARDS = frozenset("*?[")
_GROUP, _PASSWD = PurePosixPath("/etc/group"), PurePosixPath("/etc/passwd")


def read_writers(
    reader: Reader, config: ConfigFacts | Unreadable, acl: AclFacts | Unreadable | None, tls: TlsFacts
) -> tuple[PlaceWriters, ...]:
    """Return every place on the way to the configuration, the ACL file, the certificates, keys and modules.

    Where ``include`` names a pattern, its directory is one: a new file there is read too.
    """
    files = [each.path for each in config.files] if isinstance(config, ConfigFacts) else []
    files += [acl.path] if isinstance(acl, AclFacts) else []
    files += [*(each.path for each in tls.certificates), *(each.path for each in tls.keys)]
    files += [*_modules(config), *_include_directories(config)]
    return writers_of_files(reader, files)


def writers_of_files(reader: Reader, files: Iterable[PurePosixPath]) -> tuple[PlaceWriters, ...]:
    """Return every place on the way to these files, with who can write there."""
    found: dict[PurePosixPath, tuple[FileStatus, Writers]] = {}
    holds: dict[PurePosixPath, list[PurePosixPath]] = {}
    for file in dict.fromkeys(files):
        for status, writers in _places(reader, file):
            found[status.path] = (status, writers)
            if file not in holds.setdefault(status.path, []):
                holds[status.path].append(file)
    return tuple(_fact(reader, status, writers, holds[path]) for path, (status, writers) in found.items())


def _modules(config: ConfigFacts | Unreadable) -> list[PurePosixPath]:
    lines = config.lines if isinstance(config, ConfigFacts) else ()
    named = (line.arguments[0] for line in lines if line.name == "loadmodule" and line.arguments)
    return [PurePosixPath(text) for text in named if text.startswith("/")]


def _include_directories(config: ConfigFacts | Unreadable) -> Iterator[PurePosixPath]:
    """Return the directories in which ``include`` looks for files, up to the first part that is a pattern."""
    working = PurePosixPath("/")
    for line in config.lines if isinstance(config, ConfigFacts) else ():
        if line.name == "dir" and len(line.arguments) == 1:
            working /= line.arguments[0]
        if line.name == "include" and len(line.arguments) == 1 and _WILDCARDS & set(line.arguments[0]):
            yield PurePosixPath(*itertools.takewhile(_is_plain, (working / line.arguments[0]).parts))


def _is_plain(part: str) -> bool:
    return not _WILDCARDS & set(part)


def _places(reader: Reader, file: PurePosixPath) -> Iterator[tuple[FileStatus, Writers]]:
    """The way by the name given, and the way to what links lead to."""
    for way in dict.fromkeys((file, followed(file, reader.read_link_quietly))):
        yield from (each for each in writers_by_place(reader, way) if each[0].kind is not FileKind.LINK)


def _fact(reader: Reader, status: FileStatus, writers: Writers, holds: Iterable[PurePosixPath]) -> PlaceWriters:
    groups = sorted(writers.groups)
    return PlaceWriters(
        status=status,
        users=tuple(sorted(writers.users)),
        groups={each: members_of(reader, each) for each in groups},
        everybody=writers.everybody,
        readers=tuple(sorted(writers.readers)),
        holds=tuple(holds),
    )


def members_of(reader: Reader, group: str) -> tuple[str, ...]:
    """Return the accounts in a group, by the host's own files; a group of another name service has none there."""
    rows: Mapping[str, list[str]] = {row[0]: row for row in _rows(reader, _GROUP, 4)}
    row = rows.get(group, [])
    listed = set(row[3].split(",")) if row else set[str]()
    listed |= {account[0] for account in _rows(reader, _PASSWD, 4) if row and account[3] == row[2]}
    return tuple(sorted(listed - {""}))


def _rows(reader: Reader, path: PurePosixPath, columns: int) -> Iterator[list[str]]:
    rows = (line.strip().split(":") for line in reader.lines(path))
    return (row for row in rows if len(row) >= columns)
