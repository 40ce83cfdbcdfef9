"""The seal of the recovery kit: which files it has, with their digests, written when they are complete.

A truncated archive, a flipped byte, a library that is gone, a file that was added or given to another
account: each makes the kit unsound, and it is made again before anything runs from it.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from wizard.errors import HostError, InputError
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.value import Value, from_json, to_json
from wizard.snapshots.store import own_names

NAME = "seal.json"
WRITABLE = 0o022
"""By its group, by everyone."""


class Seal(Value, frozen=True, kw_only=True):
    """What a complete kit consists of."""

    files: dict[str, str]
    """SHA-256 in hex by path below the kit's directory."""


def text_of(digests: Mapping[PurePosixPath, str]) -> bytes:
    """Return the seal of these files as it is written."""
    return to_json(Seal(files={str(path): digest for path, digest in sorted(digests.items())})).encode()


def is_sound(host: HostReader, directory: PurePosixPath) -> bool:
    """Return whether a kit has exactly the files of its seal, byte for byte, and no other user can change them."""
    if not is_ours(host, directory.parent):
        return False
    try:
        seal = from_json(Seal, host.read(directory / NAME))
        found = {each.path: each for each in _walk(host, directory)}
    except (HostError, InputError):
        return False
    owner = own_names(host)[0]
    if not all(_is_owned(each, owner) for each in found.values()):
        return False
    files = {path: each for path, each in found.items() if each.kind is not FileKind.DIRECTORY}
    wanted = {directory / name: digest for name, digest in seal.files.items()}
    return set(files) == {*wanted, directory / NAME} and all(files[p].digest == d for p, d in wanted.items())


def is_ours(host: HostReader, directory: PurePosixPath) -> bool:
    """Return whether a path is a directory that no other account can change."""
    status = host.status(directory)
    return status.kind is FileKind.DIRECTORY and _is_owned(status, own_names(host)[0])


def _is_owned(status: FileStatus, owner: str) -> bool:
    return status.owner == owner and not status.mode & WRITABLE


def _walk(host: HostReader, path: PurePosixPath) -> Iterator[FileStatus]:
    status = host.status(path, digest=True)
    yield status
    if status.kind is FileKind.DIRECTORY:
        for name in host.entries(path):
            yield from _walk(host, path / name)
