"""The configuration as it will be: staged files where there are any, the host's own for the rest.

What may not live here: what the values should be.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Protocol

from wizard.errors import NotFoundError, NotPermittedError
from wizard.formats.redisconf.directives import canonical
from wizard.formats.redisconf.include import expand_includes
from wizard.model.facts import ConfigLine

_ROUNDS = 16
"""Includes of includes are followed this deep."""


class ConfigFiles(Protocol):
    """The part of a host that a configuration is read from."""

    def read(self, path: PurePosixPath) -> bytes:
        """Return the bytes of a file."""

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """Return the names in a directory."""


class ResolvedConfig:
    """Every line of a configuration in the order the server reads it, with the bytes it comes from."""

    def __init__(
        self, main: PurePosixPath, contents: Mapping[PurePosixPath, bytes], lines: tuple[ConfigLine, ...]
    ) -> None:
        self.main = main
        self.contents = contents
        """Bytes of the main file and of every file it includes. May hold secrets."""
        self.lines = lines
        self.values = {canonical(line.name): line.arguments for line in lines}
        """Arguments of the last line of each directive, by its canonical name; secrets are masked."""

    def __repr__(self) -> str:
        return f"Effective({self.main}, {len(self.lines)} lines)"

    def value(self, name: str, default: str = "") -> str:
        """Give the last value of a directive as one text."""
        return " ".join(self.values.get(canonical(name), (default,)))


def resolve(host: ConfigFiles, main: PurePosixPath, changed: Mapping[PurePosixPath, bytes]) -> ResolvedConfig:
    """Read a configuration with its includes.

    Args:
        host: Where the unchanged files are.
        main: The file that the server is started with.
        changed: New bytes by path.

    Raises:
        HostError: a file cannot be read.
    """
    contents = {main: _bytes(host, main, changed)}

    def listing(directory: PurePosixPath) -> tuple[str, ...]:
        try:
            names = set(host.entries(directory))
        except NotPermittedError:
            names = set()
        return tuple(sorted(names | {path.name for path in changed if path.parent == directory}))

    reading = expand_includes(main, contents, listing=listing)
    for _ in range(_ROUNDS):
        missing = [path for path in reading.wanted if path not in contents]
        if not missing:
            break
        contents |= {path: _bytes(host, path, changed) for path in missing}
        reading = expand_includes(main, contents, listing=listing)
    return ResolvedConfig(main, contents, reading.lines)


def _bytes(host: ConfigFiles, path: PurePosixPath, changed: Mapping[PurePosixPath, bytes]) -> bytes:
    return changed[path] if path in changed else read_or_empty(host, path)


def read_or_empty(host: ConfigFiles, path: PurePosixPath) -> bytes:
    """Read a file that may be absent."""
    try:
        return host.read(path)
    except NotFoundError:
        return b""
