"""The lines of a configuration that set passwords, with their text as it is in the file."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.formats.redisconf.document import Document
from wizard.model.facts.configuration import ConfigLine


class PasswordLine(NamedTuple):
    """One ``requirepass`` or ``user`` line; its arguments hold secrets and never become facts."""

    line: ConfigLine
    arguments: tuple[str, ...]


def password_lines(contents: Mapping[PurePosixPath, bytes], lines: Sequence[ConfigLine]) -> tuple[PasswordLine, ...]:
    """Return them in their order; of repeated ``requirepass`` lines the last one counts, and comes first here."""
    chosen = [line for line in lines if line.name == "requirepass"][-1:]
    chosen += [line for line in lines if line.name == "user"]
    read = {path: Document.parse(contents[path]).lines for path in {line.path for line in chosen} if path in contents}
    raw = {(path, each.number): each.arguments for path, document in read.items() for each in document}
    return tuple(PasswordLine(line, raw.get((line.path, line.line), ())) for line in chosen)
