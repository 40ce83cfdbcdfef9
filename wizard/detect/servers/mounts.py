"""Whether a server's paths are this host's: its unit, a container or ``unshare`` can put other files there.

Most units have mounts of their own and yet the same files (``ProtectSystem=``), so each file that is used is
compared, not the mounts.

Source:
    systemd.exec(5), "Sandboxing" and "Paths"; proc(5), ``/proc/pid/root``; user_namespaces(7).
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.detect.reader import Reader
from wizard.errors import HostError, UnsupportedError
from wizard.host.files.paths import followed
from wizard.model.facts.files import FileStatus, Space
from wizard.model.facts.service import Unit

_ROOT = PurePosixPath("/")
_HOMES = tuple(PurePosixPath(path) for path in ("/home", "/root", "/run/user"))
_TEMPORARY = tuple(PurePosixPath(path) for path in ("/tmp", "/var/tmp"))  # noqa: S108 - names, nothing is written there
_OFF = {"", "no", "false", "0", "off"}


class _Mount(NamedTuple):
    at: PurePosixPath
    source: PurePosixPath | None
    """What of the host shows there; ``None`` for something that the host has nowhere."""
    name: str
    """The property of the unit."""


class NoFiles:
    """Files that are not looked at: those of another host, or of mounts that any user can have made."""

    def __init__(self, why: str) -> None:
        self._why = why

    def read(self, path: PurePosixPath, *, limit: int = 0) -> bytes:
        """Refuse."""
        del path, limit
        raise UnsupportedError(self._why)

    def status(self, path: PurePosixPath, *, digest: bool = False) -> FileStatus:
        """Refuse."""
        del path, digest
        raise UnsupportedError(self._why)

    def attributes(self, path: PurePosixPath) -> Mapping[str, bytes]:
        """Refuse."""
        del path
        raise UnsupportedError(self._why)

    def entries(self, path: PurePosixPath) -> tuple[str, ...]:
        """Refuse."""
        del path
        raise UnsupportedError(self._why)

    def space(self, path: PurePosixPath) -> Space:
        """Refuse."""
        del path
        raise UnsupportedError(self._why)


def other_file(reader: Reader, pid: int, paths: Iterable[PurePosixPath]) -> PurePosixPath | None:
    """Return the first path at which a process has another file or directory than this host."""
    return next((path for path in paths if reader.host.sees_same(pid, path) is False), None)


def arranged_by_root(reader: Reader, pid: int) -> bool:
    """Return whether only root can have made a process's mounts.

    Any user can make mounts in a user namespace and so show files that the user may not read. No account but the
    user's own can be mapped there, so a namespace that has the host's root in it was made by root.
    """
    try:
        text = reader.host.read(PurePosixPath(f"/proc/{pid}/uid_map")).decode("ascii", "replace")
    except HostError:
        return False
    return any(row[1:2] == ["0"] and row[2].isdecimal() for row in map(str.split, text.splitlines()) if len(row) > 2)  # noqa: PLR2004 - three columns


def other_mount(reader: Reader, unit: Unit, paths: Iterable[PurePosixPath]) -> tuple[PurePosixPath, str] | None:
    """Return the first path over which a unit mounts something else, and the property that says so.

    Its next start counts, whatever its process has now.
    """
    if unit.properties.get("RootImage", ""):
        return next(((path, "RootImage") for path in paths), None)
    root = unit.properties.get("RootDirectory", "").lstrip("-+") or "/"
    if root != "/":
        return next(((path, "RootDirectory") for path in paths), None)
    mounts = tuple(_mounts(unit.properties))
    for path in paths:
        real = followed(path, reader.read_link_quietly)
        over = [mount for mount in mounts if mount.at in {real, path, *real.parents, *path.parents}]
        deepest = max(over, key=lambda mount: len(mount.at.parts), default=None)
        if deepest and not _is_what_the_host_has(reader, deepest):
            return path, deepest.name
    return None


def _is_what_the_host_has(reader: Reader, mount: _Mount) -> bool:
    if mount.source is None:
        return False
    return mount.source == mount.at or reader.host.is_same_file(mount.source, mount.at) is True


def _mounts(properties: Mapping[str, str]) -> Iterator[_Mount]:
    for name in ("BindPaths", "BindReadOnlyPaths"):
        for word in properties.get(name, "").split():
            source, _, rest = word.lstrip("-+").partition(":")
            at = rest.partition(":")[0] or source
            if source.startswith("/") and at.startswith("/"):
                yield _Mount(PurePosixPath(at), PurePosixPath(source), name)
    for name in ("TemporaryFileSystem", "InaccessiblePaths"):
        for word in properties.get(name, "").split():
            at = word.lstrip("-+").partition(":")[0]
            if at.startswith("/"):
                yield _Mount(PurePosixPath(at), None, name)
    if properties.get("PrivateTmp", "") not in _OFF:
        yield from (_Mount(at, None, "PrivateTmp") for at in _TEMPORARY)
    if properties.get("ProtectHome", "") in {"yes", "true", "1", "on", "tmpfs"}:
        yield from (_Mount(at, None, "ProtectHome") for at in _HOMES)


def reason(name: str, path: PurePosixPath, unit: str, why: str) -> str:
    """Say why nothing is planned for a server with mounts of its own, and what to do.

    Args:
        name: The server.
        path: What it has another file for.
        unit: The unit whose property mounts it; empty where something else does.
        why: The property, or the process.
    """
    if unit:
        remedy = f"Name the file by its path on this host in {unit}, without {why}=, and restart it."
        return f"{name} has another {path} than this host, by {why}= of {unit}. {remedy}"
    return f"{name} has another {path} than this host, by mounts of {why}. Run redis-wizard inside its container."
