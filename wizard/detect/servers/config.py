"""The configuration of an instance with all that it includes, and its ACL file.

An included file is read only where each user that can write the line could change that file too: no user makes root
read or change a file of another user.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import PurePosixPath

from wizard.detect.password_lines import password_lines
from wizard.detect.reader import Reader
from wizard.detect.servers.shared_passwords import shared_in_acl_file, shared_in_config
from wizard.detect.servers.weak_passwords import of_acl_file, of_config
from wizard.detect.writers import writers_of
from wizard.formats.redisconf.include import FOREIGN, FOREIGN_REMEDY, ROOT, Reading, expand_includes
from wizard.formats.redisconf.lint import find_problems
from wizard.host.files.paths import followed
from wizard.model.facts.configuration import AclFacts, ConfigFacts, ConfigLine, Problem
from wizard.model.facts.files import FileStatus
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import Unreadable

_SENTINEL = "sentinel-directive"
"""Code of the problem that a server has with lines of a Sentinel."""

_GIVEN = frozenset({"aclfile", "dir"})
"""Directives that name what a plan may change or give to the service, besides included files."""

_PRODUCTS = ("redis", "valkey", "keydb")
_DATA = frozenset(PurePosixPath("/var/lib", each) for each in _PRODUCTS)
_OURS = _DATA | {PurePosixPath("/etc", each) for each in _PRODUCTS}
"""Made by the packages of the server, whatever account owns them now."""

_ROUNDS = 32
"""Includes within includes that are followed; the server itself crashes on a circle."""


def read_config(
    reader: Reader,
    main: PurePosixPath,
    flavour: Flavour,
    version: str,
    *,
    sentinel: bool | None = False,
    working: PurePosixPath = ROOT,
) -> ConfigFacts | Unreadable:
    """Read a configuration file and its includes; their bytes become sources.

    Args:
        reader: The host.
        main: The file that the server is started with.
        flavour: Which server reads it.
        version: Of that server, empty when unknown.
        sentinel: It is read by a Sentinel, for which some lines mean more; ``None``: its own lines tell.
        working: The directory in which the server is started.
    """
    data = reader.read_source(main)
    if isinstance(data, Unreadable):
        return data
    contents = {main: data}
    judge = FileTrust(reader)
    reading = _with_includes(reader, main, contents, judge, globs=not version.startswith(("5.", "6.")))
    problems = find_problems(main, contents, flavour, version, foreign=judge)
    if sentinel is None:
        sentinel = any(line.name.lower() == "sentinel" for line in reading.lines)
    secrets = password_lines(contents, reading.lines)
    included = tuple(path for path in contents if path != main)
    statuses = (reader.status(path, digest=True) for path in (main, *included))
    return ConfigFacts(
        main=main,
        files=tuple(status for status in statuses if isinstance(status, FileStatus)),
        lines=reading.lines,
        problems=_distinct(
            (
                *reading.problems,
                *_foreign_names(judge, working, reading.lines),
                *(each for each in problems if not sentinel or each.code != _SENTINEL),
            )
        ),
        weak_passwords=of_config(secrets),
        shared_passwords=shared_in_config(secrets),
    )


class FileTrust:
    """Judges the files that a configuration names by who can write the line and who the file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._hands = cache(partial(writers_of, reader))

    def __call__(self, path: PurePosixPath, named: PurePosixPath, *, ours: frozenset[PurePosixPath] = _OURS) -> str:
        """Say why a line is not followed to the file that it names; empty when it is, or the product made that file."""
        writers, owners = self._hands(path), self._hands(named)
        if writers.is_subset_of(owners) or ours & {
            *(place := followed(named, self._reader.read_link_quietly)).parents,
            place,
        }:
            return ""
        return f"{writers} can write this line, but {named} belongs to {owners}; it is neither read nor changed."


def untrusted_reason(config: ConfigFacts, name: str) -> str:
    """Say why a directive may not name what it names; empty when it may."""
    places = {(line.path, line.line) for line in config.lines if line.name == name}
    found = (each for each in config.problems if each.code == FOREIGN and (each.path, each.line) in places)
    return next((each.what for each in found), "")


def _foreign_names(judge: FileTrust, working: PurePosixPath, lines: Iterable[ConfigLine]) -> Iterator[Problem]:
    for line in lines:
        named = line.arguments[0] if line.name in _GIVEN and len(line.arguments) == 1 else ""
        ours = _DATA if line.name == "dir" else _OURS
        if named and (what := judge(line.path, working / named, ours=ours)):
            yield Problem(path=line.path, line=line.line, code=FOREIGN, what=what, remedy=FOREIGN_REMEDY, fatal=False)


def _with_includes(
    reader: Reader, main: PurePosixPath, contents: dict[PurePosixPath, bytes], judge: FileTrust, *, globs: bool
) -> Reading:
    """Read what is wanted until nothing new is; `contents` grows in reading order."""
    reading = expand_includes(main, contents, listing=reader.entries, globs=globs, foreign=judge)
    for _ in range(_ROUNDS):
        new = {path: data for path in reading.wanted if isinstance(data := reader.read_source(path), bytes)}
        if not new:
            break
        contents.update(new)
        reading = expand_includes(main, contents, listing=reader.entries, globs=globs, foreign=judge)
    return reading


def _distinct(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Drop what was found twice, by place and code."""
    kept: dict[tuple[PurePosixPath, int, str], Problem] = {}
    for problem in problems:
        kept.setdefault((problem.path, problem.line, problem.code), problem)
    return tuple(sorted(kept.values(), key=lambda problem: (str(problem.path), problem.line, problem.code)))


def read_acl(
    reader: Reader, path: PurePosixPath, flavour: Flavour, version: str, *, sentinel: bool = False
) -> AclFacts | Unreadable:
    """Read an ACL file of a server or a Sentinel; hashes become fingerprints."""
    from wizard.acl.aclfile import AclDocument  # noqa: PLC0415 - most hosts have no such file
    from wizard.acl.password import mask_line  # noqa: PLC0415 - most hosts have no such file
    from wizard.acl.problems import find_problems  # noqa: PLC0415 - most hosts have no such file

    data, status = reader.read_source(path), reader.status(path, digest=True)
    if isinstance(status, Unreadable):
        return status
    if isinstance(data, Unreadable):
        return data
    text = data.decode("utf-8", "surrogateescape")
    lines = (line for line in re.split(r"\r?\n", text) if line.strip())
    document = AclDocument.parse(data)
    return AclFacts(
        path=path,
        status=status,
        lines=tuple(mask_line(line.strip()) for line in lines),
        problems=find_problems(path, data, version, flavour=flavour, sentinel=sentinel),
        weak_passwords=of_acl_file(path, document.lines),
        shared_passwords=shared_in_acl_file(document.lines),
    )
