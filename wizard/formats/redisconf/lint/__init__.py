"""Every mistake in a configuration that keeps a server from starting or makes it do something else.

It walks the files and asks the checks of single lines (`wizard.formats.redisconf.lint.line`) and of the whole
(`wizard.formats.redisconf.lint.file`). No text repeats a value, which may be a password. Checks that need the
host (missing directories, foreign addresses) are elsewhere.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from wizard.formats.redisconf.document import Line
from wizard.formats.redisconf.include import ROOT, Foreign, IncludeExpander, Listing, shown_arguments
from wizard.formats.redisconf.lint.file import whole_problems
from wizard.formats.redisconf.lint.line import TargetServer, comment_problems, line_problems
from wizard.formats.redisconf.repair import repaired_arguments
from wizard.model.facts.configuration import Problem
from wizard.model.facts.service import Flavour
from wizard.model.value import replace

__all__ = ["find_problems", "repaired_arguments"]


def find_problems(
    main: PurePosixPath,
    contents: Mapping[PurePosixPath, bytes],
    flavour: Flavour,
    version: str,
    *,
    listing: Listing | None = None,
    directory: PurePosixPath = ROOT,
    sentinel: bool = False,
    foreign: Foreign = lambda _path, _named: "",
) -> tuple[Problem, ...]:
    """Find the mistakes in a configuration for one server.

    Args:
        main: The file the server is started with; must be among `contents`.
        contents: Bytes of it and of its included files.
        flavour: Which product.
        version: Its version, for example ``7.2.4``; judged by the nearest measured one.
        listing: Names in a directory, for include patterns; without it they match `contents`.
        directory: Working directory at the start, for relative include lines.
        sentinel: The file is a Sentinel's, so ``sentinel`` lines belong there.
        foreign: Asked for each included file; one that it objects to is not read.

    Returns:
        Problems in the order of reading, those of one line together.

    Raises:
        KeyError: `main` is not among `contents`.
    """
    reader = TargetServer.of(flavour, version, sentinel=sentinel)
    globs = reader.server != "r62"
    walk = IncludeExpander(contents, listing=listing, globs=globs, directory=directory, foreign=foreign)
    entries = tuple(walk.entries(main))
    found = [_with_intended(problem, entry.line) for entry in entries for problem in line_problems(reader, entry)]
    found += whole_problems(reader, entries)
    found += walk.problems
    for path, document in walk.documents.items():
        found += comment_problems(path, document)
    order = {path: number for number, path in enumerate(walk.documents)}
    return tuple(sorted(found, key=lambda problem: (order[problem.path], problem.line)))


def _with_intended(problem: Problem, line: Line) -> Problem:
    intended = repaired_arguments(line) if problem.fatal else None
    return problem if intended is None else replace(problem, intended=shown_arguments(line.name, intended))
