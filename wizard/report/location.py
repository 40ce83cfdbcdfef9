"""Where a finding is: the file that is its evidence, and the line of the directive in it."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.model.finding import Finding

_LINE = re.compile(r"(/.+):([1-9]\d*)")
_FILE = re.compile(r"/.+\.(?:conf|acl)(?:\.[a-z0-9]+)?")
"""A configuration or ACL file as a whole, or the template of one."""
_ABSENT = ", not set: default"
"""What the source of evidence says of a file that does not name the directive."""


class Location(NamedTuple):
    """A file, and a line in it."""

    path: str
    line: int
    """0 where the file as a whole is the evidence."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


def location_of(finding: Finding, base: PurePosixPath) -> Location | None:
    """Return the first line of a file that is evidence, else the first file; ``None`` without any.

    Args:
        finding: An item, judged.
        base: The directory that stands for ``/``, as the reader of the report names it.
    """
    sources = [each.source for each in finding.evidence]
    for match in filter(None, map(_LINE.fullmatch, sources)):
        return Location(_below(base, match[1]), int(match[2]))
    for source in sources:
        if _FILE.fullmatch(path := source.removesuffix(_ABSENT)):
            return Location(_below(base, path), 0)
    return None


def _below(base: PurePosixPath, path: str) -> str:
    return str(base / path.lstrip("/"))
