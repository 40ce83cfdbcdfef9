"""Where an instance keeps things: directories, room on their file systems, the data files."""

from collections.abc import Callable
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.host.files.paths import followed
from wizard.model.facts.files import FileKind, FileStatus, Space
from wizard.model.value import Value, replace


class Storage(Value, frozen=True, kw_only=True):
    """The storage fields of an `Instance`."""

    directories: tuple[FileStatus, ...]
    space: tuple[Space, ...]
    dump: FileStatus | None
    append_only: FileStatus | None
    next_directory: PurePosixPath | None


def read_storage(
    reader: Reader,
    setting: Callable[[str], str],
    main: PurePosixPath | None,
    working: PurePosixPath | None,
    *,
    filed: str = "",
) -> Storage:
    """Read the directories and data files of one instance.

    Args:
        reader: The host.
        setting: Gives the value of a directive, empty when it is not set.
        main: The configuration file.
        working: The directory in which the server works, for relative paths; ``None`` when unknown.
        filed: The value of ``dir`` in the file, whatever is in force; empty when there is none.
    """
    data = resolved(setting("dir"), working) or working
    log = resolved(setting("logfile"), data or working)
    socket = resolved(setting("unixsocket"), data or working)
    configuration = main.parent if main else None
    directories = _distinct(configuration, data, log and log.parent, socket and socket.parent)
    return Storage(
        directories=_statuses(reader, directories),
        space=_spaces(reader, _distinct(configuration, data, log and log.parent)),
        dump=_status(reader, data, setting("dbfilename") or "dump.rdb"),
        append_only=_append_only(reader, setting, data),
        next_directory=followed(PurePosixPath(filed), reader.read_link_quietly) if filed.startswith("/") else None,
    )


def resolved(text: str, base: PurePosixPath | None) -> PurePosixPath | None:
    """Make a path of a directive absolute; ``None`` when it is empty or relative to an unknown place."""
    if not text:
        return None
    path = PurePosixPath(text)
    if path.is_absolute():
        return path
    return base / path if base else None


def _append_only(reader: Reader, setting: Callable[[str], str], data: PurePosixPath | None) -> FileStatus | None:
    """The directory of 7.0 and later where it exists, else the file of 6.x, else the directory as absent."""
    directory = _status(reader, data, setting("appenddirname") or "appendonlydir")
    file = _status(reader, data, setting("appendfilename") or "appendonly.aof")
    found = [status for status in (directory, file) if status and status.kind is not FileKind.ABSENT]
    if not found or found[0].kind is not FileKind.DIRECTORY:
        return found[0] if found else directory
    return replace(found[0], modified=_newest(reader, found[0].path))


def _newest(reader: Reader, directory: PurePosixPath) -> int:
    """Return when a file in a directory was written last: a write to a file leaves the directory's own time."""
    files = (reader.status(directory / name) for name in reader.entries(directory))
    return max((each.modified for each in files if isinstance(each, FileStatus)), default=0)


def _status(reader: Reader, data: PurePosixPath | None, name: str) -> FileStatus | None:
    status = reader.status(data / name) if data and "/" not in name else None
    return status if isinstance(status, FileStatus) else None


def _distinct(*paths: PurePosixPath | None) -> tuple[PurePosixPath, ...]:
    return tuple(dict.fromkeys(path for path in paths if path))


def _statuses(reader: Reader, paths: tuple[PurePosixPath, ...]) -> tuple[FileStatus, ...]:
    found = (reader.status(path) for path in paths)
    return tuple(status for status in found if isinstance(status, FileStatus))


def _spaces(reader: Reader, paths: tuple[PurePosixPath, ...]) -> tuple[Space, ...]:
    found = (reader.space(path) for path in paths)
    return tuple(space for space in found if isinstance(space, Space))
