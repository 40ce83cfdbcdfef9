"""The data files of a server: which ones a start reads, whether they are whole, and out of the way with stale ones.

Source:
    Measured on five servers: 6.2 has one append-only file, empty until its first rewrite has ended. From 7.0 on there
    is a directory, and its manifest appears when the first rewrite has ended; without one a start takes up a file of
    6.2 that lies beside it. A save writes a new file and renames it over the old one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath

from wizard.config import ResolvedConfig
from wizard.errors import HostError
from wizard.host.port import Host
from wizard.host.reader import HostReader
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import Instance
from wizard.model.text import number
from wizard.model.value import Value

_MARK = ".rw-mark"
_FIRST_WITH_DIRECTORY = 7


class DataFiles(Value, frozen=True, kw_only=True):
    """Where a server looks for its data when it starts."""

    dump: PurePosixPath
    """The RDB file."""
    append_only: tuple[PurePosixPath, ...]
    """Append-only files that a start could read, the usual one first."""
    manifest: PurePosixPath | None
    """List of the append-only files; ``None`` before 7.0."""


def data_files(instance: Instance, configuration: ResolvedConfig) -> DataFiles | None:
    """Name the data files by a configuration; ``None`` where the directory is not known.

    Args:
        instance: The server, for its version and for a directory that the file names relatively.
        configuration: As the server would read it.
    """
    directory = _directory(instance, configuration)
    if directory is None:
        return None
    file = directory / _name(configuration, "appendfilename", "appendonly.aof")
    folder = directory / _name(configuration, "appenddirname", "appendonlydir")
    old = _is_old(instance)
    return DataFiles(
        dump=directory / _name(configuration, "dbfilename", "dump.rdb"),
        append_only=(file,) if old else (folder, file),
        manifest=None if old else folder / f"{file.name}.manifest",
    )


def _directory(instance: Instance, configuration: ResolvedConfig) -> PurePosixPath | None:
    named = PurePosixPath(configuration.value("dir"))
    if named.is_absolute():
        return named
    known = (status.path.parent for status in (instance.dump, instance.append_only) if status is not None)
    return next(known, None)


def _name(configuration: ResolvedConfig, directive: str, default: str) -> str:
    name = configuration.value(directive, default)
    return name if name and "/" not in name else default


def _is_old(instance: Instance) -> bool:
    """Before 7.0; an unknown version counts as new."""
    version = instance.version if isinstance(instance.version, str) else ""
    major = number(version.partition(".")[0])
    return major is not None and major < _FIRST_WITH_DIRECTORY


def is_complete_aof(host: HostReader, files: DataFiles) -> bool:
    """Return whether there are append-only files that were ever whole: a first rewrite ended."""
    if files.manifest is not None and host.status(files.manifest).kind is FileKind.FILE:
        return all(host.status(each).kind is FileKind.FILE for each in _listed(host, files.manifest))
    file = host.status(files.append_only[-1])
    return file.kind is FileKind.FILE and file.size > 0


def _listed(host: HostReader, manifest: PurePosixPath) -> Iterator[PurePosixPath]:
    """Name the files that a start reads: ``file NAME seq N type b|i``; those of type ``h`` wait for their removal."""
    for line in host.read(manifest).decode(errors="replace").splitlines():
        words = line.split()
        fields = dict(zip(words[::2], words[1::2], strict=False))
        if fields.get("type") in {"b", "i"}:
            yield manifest.parent / fields.get("file", "").strip('"')


def archive_aof(host: Host, files: DataFiles, mark: str) -> tuple[PurePosixPath, ...]:
    """Rename append-only files, so that no start reads them; nothing is deleted.

    Args:
        host: Where.
        files: The server's; it must not use them now.
        mark: Part of the new name.

    Returns:
        Where they are now.
    """
    moved = []
    for path in files.append_only:
        if host.status(path).kind is not FileKind.ABSENT:
            aside = _free(host, path, mark)
            host.rename(path, aside)
            moved.append(aside)
    return tuple(moved)


def aof_was_archived(host: HostReader, files: DataFiles, mark: str) -> bool:
    """Return whether `set_aside` did so with this mark."""
    return any(host.status(_aside(path, mark)).kind is not FileKind.ABSENT for path in files.append_only)


def aof_exists(host: HostReader, files: DataFiles) -> bool:
    """Return whether a start could read any append-only file."""
    return any(host.status(path).kind is not FileKind.ABSENT for path in files.append_only)


def _aside(path: PurePosixPath, mark: str, number: int = 1) -> PurePosixPath:
    return path.with_name(f"{path.name}.rw-{mark}{'' if number == 1 else f'-{number}'}")


def _free(host: HostReader, path: PurePosixPath, mark: str) -> PurePosixPath:
    number = 1
    while True:
        found = _aside(path, mark, number)
        if host.status(found).kind is FileKind.ABSENT:
            return found
        number += 1


@contextmanager
def detect_rewrite(host: Host, path: PurePosixPath) -> Iterator[Callable[[], bool | None]]:
    """Watch a data file: tell afterwards whether it was written again in between, ``None`` where that cannot be told.

    It gets a second name for so long; a program that replaces it leaves that name with the old file.
    """
    mark = _mark(path)
    there = host.status(path).kind is FileKind.FILE
    told = there and _kept(host, path, mark)

    def rewritten() -> bool | None:
        now = host.status(path)
        if now.kind is not FileKind.FILE:
            return False
        return True if not there else now.links == 1 if told else None

    try:
        yield rewritten
    finally:
        if told:
            host.remove(mark)


def remove_probe_link(host: Host, path: PurePosixPath) -> None:
    """Remove the second name that a killed worker left: it keeps the space of an old data file."""
    with suppress(HostError):
        if host.status(_mark(path)).kind is FileKind.FILE:
            host.remove(_mark(path))


def _mark(path: PurePosixPath) -> PurePosixPath:
    return path.with_name(f".{path.name}{_MARK}")


def _kept(host: Host, path: PurePosixPath, mark: PurePosixPath) -> bool:
    try:
        # One that was killed while it watched has left it.
        host.remove(mark)
        host.hard_link_backup(path, mark.name)
    except HostError:
        return False
    return True
