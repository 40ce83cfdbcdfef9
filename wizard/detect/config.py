"""The configuration of an instance with all that it includes, and its ACL file.

What may not live here: the grammar of either (`wizard.redisconf`, `wizard.acl`).
"""

import re
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.model.facts import AclFacts, ConfigFacts, FileStatus, Flavour, Problem, Unreadable
from wizard.redisconf.include import Reading, read_order
from wizard.redisconf.problems import find_problems

_SENTINEL = "sentinel-directive"
"""Code of the problem that a server has with lines of a Sentinel."""

_ROUNDS = 32
"""Includes within includes that are followed; the server itself crashes on a circle."""


def read_config(
    reader: Reader, main: PurePosixPath, flavour: Flavour, version: str, *, sentinel: bool = False
) -> ConfigFacts | Unreadable:
    """Read a configuration file and its includes; their bytes become sources.

    Args:
        reader: The host.
        main: The file that the server is started with.
        flavour: Which server reads it.
        version: Of that server, empty when unknown.
        sentinel: It is read by a Sentinel, for which some lines mean more.
    """
    data = reader.keep(main)
    if isinstance(data, Unreadable):
        return data
    contents = {main: data}
    reading = _with_includes(reader, main, contents, globs=not version.startswith(("5.", "6.")))
    problems = find_problems(main, contents, flavour, version)
    included = tuple(path for path in contents if path != main)
    statuses = (reader.status(path, digest=True) for path in (main, *included))
    return ConfigFacts(
        main=main,
        files=tuple(status for status in statuses if isinstance(status, FileStatus)),
        lines=reading.lines,
        problems=_distinct((*reading.problems, *(each for each in problems if not sentinel or each.code != _SENTINEL))),
    )


def _with_includes(
    reader: Reader, main: PurePosixPath, contents: dict[PurePosixPath, bytes], *, globs: bool
) -> Reading:
    """Read what is wanted until nothing new is; `contents` grows in reading order."""
    reading = read_order(main, contents, listing=reader.entries, globs=globs)
    for _ in range(_ROUNDS):
        new = {path: data for path in reading.wanted if isinstance(data := reader.keep(path), bytes)}
        if not new:
            break
        contents.update(new)
        reading = read_order(main, contents, listing=reader.entries, globs=globs)
    return reading


def _distinct(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Drop what was found twice, by place and code."""
    kept: dict[tuple[PurePosixPath, int, str], Problem] = {}
    for problem in problems:
        kept.setdefault((problem.path, problem.line, problem.code), problem)
    return tuple(sorted(kept.values(), key=lambda problem: (str(problem.path), problem.line, problem.code)))


def read_acl(reader: Reader, path: PurePosixPath, flavour: Flavour, version: str) -> AclFacts | Unreadable:
    """Read an ACL file; hashes become fingerprints."""
    from wizard.acl.aclfile import AclDocument  # noqa: PLC0415 - most hosts have no such file
    from wizard.acl.password import common, mask_line  # noqa: PLC0415 - most hosts have no such file
    from wizard.acl.problems import find_problems  # noqa: PLC0415 - most hosts have no such file

    data, status = reader.keep(path), reader.status(path, digest=True)
    if isinstance(status, Unreadable):
        return status
    if isinstance(data, Unreadable):
        return data
    text = data.decode("utf-8", "surrogateescape")
    lines = (line for line in re.split(r"\r?\n", text) if line.strip())
    users = AclDocument.parse(data).users
    weak = common(password for user in users for password in user.passwords)
    return AclFacts(
        path=path,
        status=status,
        lines=tuple(mask_line(line.strip()) for line in lines),
        problems=find_problems(path, data, version, flavour=flavour),
        common_passwords=tuple(user.name for user in users if weak & set(user.passwords)),
    )
