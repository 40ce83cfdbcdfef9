"""The server's program: its version, and whether it can speak TLS."""

import re
from pathlib import PurePosixPath

from wizard.detect.machine.packages import upstream
from wizard.detect.reader import Reader
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import Package
from wizard.model.facts.unreadable import Unreadable

_VERSION = re.compile(r"\bv=(\d[\w.]*)")
_OLD_VERSION = re.compile(r"\b(?:version|server) (\d[\w.]*)")
_SECONDS = 3
_LINKS = 8
_LIMIT = 256 << 20
_UNPRIVILEGED = "nobody"
_TLS_MARKS = (b"libssl.so", b"SSL_CTX_new")
"""The name of the library it links, or of a function of one that is built in."""


def read_version(reader: Reader, program: PurePosixPath, packages: tuple[Package, ...]) -> str | Unreadable:
    """Ask the program for its version, as user nobody and only where root owns it; for a tree take the package's."""
    if reader.host.tree is not None:
        return _packaged(program, packages)
    if not reader.exists(program):
        return Unreadable(what=f"version of {program}", why="the program does not exist")
    if reader.host.root and not _roots_own(reader, program):
        why = "the program belongs to a user other than root, so it is not run"
        return Unreadable(what=f"version of {program}", why=why)
    user = _UNPRIVILEGED if reader.host.root and reader.host.user_exists(_UNPRIVILEGED) else ""
    line = [str(program), "--version"]
    said = reader.ask(f"{program} --version", lambda: reader.host.query(line, seconds=_SECONDS, user=user))
    if isinstance(said, Unreadable):
        return said
    return parse_version(said.output) or Unreadable(what=f"version of {program}", why="it does not report its version")


def _roots_own(reader: Reader, program: PurePosixPath) -> bool:
    """Return whether only root can change a program and what its links lead to."""
    path = program
    for _ in range(_LINKS):
        status = reader.status(path)
        if isinstance(status, Unreadable) or status.owner != "root":
            return False
        if status.kind is not FileKind.LINK:
            return status.kind is FileKind.FILE and not status.mode & 0o022
        path = path.parent / status.target
    return False


def parse_version(text: str) -> str:
    """Read ``Redis server v=8.0.2 sha=…``, ``Valkey server v=8.1.1 …``; empty for anything else."""
    found = _VERSION.search(text) or _OLD_VERSION.search(text)
    return found[1] if found else ""


def _packaged(program: PurePosixPath, packages: tuple[Package, ...]) -> str | Unreadable:
    for package in packages:
        version = upstream(package.version)
        if package.installed and version and program.name.split("-")[0] == package.name.split("-")[0]:
            return version
    return Unreadable(what=f"version of {program}", why="a directory tree runs no programs, and no package gives it")


def read_tls_build(reader: Reader, program: PurePosixPath) -> bool | Unreadable:
    """Return whether the program names OpenSSL, by its bytes."""
    # Not kept: a program is larger than all else that is read.
    data = reader.ask(str(program), lambda: reader.files.read(program, limit=_LIMIT))
    if isinstance(data, Unreadable):
        return data
    return any(mark in data for mark in _TLS_MARKS)
