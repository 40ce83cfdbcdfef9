"""Where a finding is: the file and line of the directive that is its evidence."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.model.finding import Finding

_LINE = re.compile(r"(/.+):([1-9]\d*)")
_ABSENT = ", not set: default"
"""What the source of evidence says of a file that does not name the directive."""


class Location(NamedTuple):
    """A file, and the line in it."""

    path: str
    line: int
    """1 where the file has no such line."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def location_of(finding: Finding, base: PurePosixPath) -> Location | None:
    """Return the first line of a file that is evidence, else the file that lacks it; ``None`` without any.

    Args:
        finding: An item, judged.
        base: The directory that stands for ``/``, as the reader of the report names it.
    """
    sources = [each.source for each in finding.evidence]
    for match in filter(None, map(_LINE.fullmatch, sources)):
        return Location(_below(base, match[1]), int(match[2]))
    for source in sources:
        if source.startswith("/") and source.endswith(_ABSENT):
            return Location(_below(base, source.removesuffix(_ABSENT)), 1)
    return None


def _below(base: PurePosixPath, path: str) -> str:
    return str(base / path.lstrip("/"))
