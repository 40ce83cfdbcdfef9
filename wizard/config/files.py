"""The files of a configuration as they will be: staged ones where there are any, the host's own for the rest."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Protocol

from wizard.config.command_line import CommandLine, command_line_of
from wizard.config.resolved import ResolvedConfig
from wizard.errors import NotFoundError, NotPermittedError
from wizard.formats.redisconf.include import expand_includes
from wizard.model.facts.configuration import ConfigLine
from wizard.model.facts.instance import Instance

_ROUNDS = 16
"""Includes of includes are followed this deep."""


class ConfigFiles(Protocol):
    """The part of a host that a configuration is read from."""

    def read(self, path: PurePosixPath) -> bytes:
        """Return the bytes of a file."""

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """Return the names in a directory."""


class ResolvedFiles(ResolvedConfig):
    """A configuration that was read from its files just now, with their bytes. Of the running server it knows nothing.

    Args:
        main: The file that the server is started with.
        contents: Bytes of the main file and of every file it includes. May hold secrets.
        lines: Every line in the order the server reads them; secrets are masked.
        command_line: As for `ResolvedConfig`.
    """

    def __init__(
        self,
        main: PurePosixPath,
        contents: Mapping[PurePosixPath, bytes],
        lines: tuple[ConfigLine, ...],
        command_line: CommandLine | None = None,
    ) -> None:
        super().__init__(lines=lines, command_line=command_line)
        self.main = main
        self.contents = contents


def resolve(
    host: ConfigFiles, main: PurePosixPath, changed: Mapping[PurePosixPath, bytes], instance: Instance | None = None
) -> ResolvedFiles:
    """Read a configuration with its includes.

    Args:
        host: Where the unchanged files are.
        main: The file that the server is started with.
        changed: New bytes by path.
        instance: The server, whose command line wins over the files; ``None`` for the files alone.

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
    return ResolvedFiles(main, contents, reading.lines, command_line_of(instance.unit, ()) if instance else None)


def _bytes(host: ConfigFiles, path: PurePosixPath, changed: Mapping[PurePosixPath, bytes]) -> bytes:
    try:
        return changed[path] if path in changed else host.read(path)
    except NotFoundError:
        return b""
