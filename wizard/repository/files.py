"""Which files of a repository are judged, and each of them as a host's file."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from wizard.errors import HostError, InputError, NotFoundError
from wizard.host.rooted import RootedHost
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.value import replace
from wizard.repository.template import TEMPLATES, Template, plain_name, read_template

_CONFIG: Final = re.compile(r"(?:.*[-_.])?(?:redis|valkey|sentinel)(?:[-_.].*)?\.conf")
_ACL: Final = re.compile(r"(?:.*[-_.])?(?:users|redis|valkey)(?:[-_.].*)?\.acl")
_LEFT_OUT: Final = frozenset({".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__"})
_STATEMENT: Final = "#server"
"""Ends the path of the configuration that names an ACL file and nothing else; no file has it."""


def is_repository(root: Path) -> bool:
    """Return whether a directory is no host's tree: a checkout, or configuration files without ``/etc`` beside them."""
    if any((root / each).exists() for each in ("etc/os-release", "usr/lib/os-release")):
        return False
    return (root / ".git").exists() or (not (root / "etc").is_dir() and bool(find_files(root)))


def is_acl(path: PurePosixPath) -> bool:
    """Return whether a file holds users and no directives."""
    return plain_name(path.name).endswith(".acl")


class Repository(RootedHost):
    """A repository in place of a host: what is not in it is not known, and modes and owners are not the host's.

    Args:
        directory: What stands for ``/``.
        places: The files that are judged, as paths in it.
    """

    def __init__(self, directory: PurePosixPath, places: Sequence[PurePosixPath]) -> None:
        super().__init__(directory)
        self._places = places
        self.main = PurePosixPath("/")
        """The configuration that is judged now: what it names is looked for beside it."""

    def template(self, path: PurePosixPath) -> Template:
        """Return the judgeable part of a file; nothing of one that cannot be read."""
        try:
            return read_template(super().read(self.place(path)))
        except HostError:
            return Template(data=b"")

    def read(self, path: PurePosixPath, *, limit: int = 16 << 20) -> bytes:
        """Return the judgeable part of a file of the repository."""
        if path.name.endswith(_STATEMENT):
            return f"aclfile {_quoted(path.with_name(path.name.removesuffix(_STATEMENT)))}\n".encode()
        try:
            return read_template(super().read(self.place(path), limit=limit)).data
        except NotFoundError:
            raise HostError(f"{path} is not in this repository") from None

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """Return what a path is, as a host would have it by the recommended owner and mode."""
        if path.name.endswith(_STATEMENT):
            return FileStatus(path=path, kind=FileKind.FILE, owner="root", group="root", mode=0o640)
        found = super().status(self.place(path), digest=digest)
        if found.kind is FileKind.ABSENT:
            raise HostError(f"{path} is not in this repository")
        mode = 0o750 if found.kind is FileKind.DIRECTORY else 0o640
        return replace(found, path=path, owner="root", group="root", mode=mode)

    def place(self, path: PurePosixPath) -> PurePosixPath:
        """Return where a file of the host is in the repository: there, beside the configuration, or alone of its name.

        A path that is nowhere is returned as it is.
        """
        if super().status(path).kind is not FileKind.ABSENT:
            return path
        beside = [self.main.parent / f"{path.name}{each}" for each in ("", *TEMPLATES)]
        found = [each for each in beside if super(Repository, self).status(each).kind is FileKind.FILE]
        named = found or [each for each in self._places if plain_name(each.name) == path.name]
        return named[0] if len(named) == 1 else path


def statement_of(path: PurePosixPath) -> PurePosixPath:
    """Return the path of a configuration that names this ACL file and nothing else."""
    return path.with_name(path.name + _STATEMENT)


def _quoted(path: PurePosixPath) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def find_files(root: Path) -> tuple[PurePosixPath, ...]:
    """Return the configuration and ACL files below a directory by their names; what links lead out of it to is not."""
    return tuple(sorted(PurePosixPath("/", each.relative_to(root)) for each in _walk(root)))


def _walk(root: Path) -> Iterator[Path]:
    real = root.resolve()
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if each not in _LEFT_OUT]
        for name in names:
            plain, path = plain_name(name), Path(folder, name)
            product = PurePosixPath(folder).name in {"redis", "valkey"} and plain.endswith(".conf")
            named = product or _CONFIG.fullmatch(plain) or _ACL.fullmatch(plain)
            if named and path.is_file() and path.resolve().is_relative_to(real):
                yield path


def given_files(root: Path, paths: Sequence[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Return the files that the operator names, and those below the named directories.

    Raises:
        InputError: one does not exist, or is not in the repository.
    """
    found: list[PurePosixPath] = []
    for given in paths:
        path = Path(os.path.abspath(given))  # noqa: PTH100 - a link is named by its own path
        if not path.exists():
            raise InputError(f"{given} does not exist; name a file or directory of the repository")
        if not path.is_relative_to(root):
            raise InputError(f"{given} is not below {root}; name its repository with --root")
        inner = PurePosixPath("/", path.relative_to(root))
        found += (inner / each.relative_to("/") for each in find_files(path)) if path.is_dir() else (inner,)
    return tuple(dict.fromkeys(found))
