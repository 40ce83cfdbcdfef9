"""Where the recovery kit may lie: a directory that only root can change and from which machine code runs.

The state directory comes first. Where it is mounted ``noexec``, a directory of the system's own libraries
takes its place: it is there before ``/home``, and a package that is removed takes nothing of it along.

Source:
    mount(8) on noexec; FHS 3.0, 4.7 (/usr/lib) and 4.9 (/usr/local); proc(5), /proc/PID/mountinfo.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.errors import HostError, UnsupportedError
from wizard.host.reader import HostReader
from wizard.jobs.bundle.seal import WRITABLE
from wizard.model.facts.files import FileKind

_ELSEWHERE = (PurePosixPath("/usr/lib/redis-wizard"), PurePosixPath("/usr/local/lib/redis-wizard"))
_KIT = re.compile(r"[0-9a-f]{16}")
"""The name of a kit's directory. What else is in `_ELSEWHERE` belongs to a package or to the administrator."""
LOCK, PROVEN = "lock", "proven"
"""Beside the kits in the first of these: held while one is made, and the last one that ran in this boot."""
_MOUNTS = PurePosixPath("/proc/self/mountinfo")
_POINT, _OPTIONS = 4, 5
"""Fields of a line of mountinfo, counted from 0."""


def bases(host: HostReader) -> tuple[PurePosixPath, ...]:
    """Return the directories that may hold the kit, the preferred one first."""
    own = host.state / "recovery"
    return (own, *_ELSEWHERE) if host.tree is None and host.reopen_arguments == () else (own,)


def kits(host: HostReader, base: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Return the kits in a directory; a package may keep its own files beside them."""
    return tuple(base / name for name in host.entries(base) if _KIT.fullmatch(name))


def kits_elsewhere(host: HostReader) -> tuple[PurePosixPath, ...]:
    """Return the kits outside of the state directory."""
    return tuple(kit for base in _ELSEWHERE for kit in kits(host, base))


def is_trusted(host: HostReader, base: PurePosixPath) -> bool:
    """Return whether only root can replace a directory outside of the state directory."""
    for place in (base, *base.parents):
        status = host.status(place)
        if status.kind is FileKind.ABSENT:
            continue
        if status.kind is not FileKind.DIRECTORY or status.owner != "root" or status.mode & WRITABLE:
            return False
    return True


def refusal(host: HostReader, refused: list[str]) -> UnsupportedError:
    """Return the error for a host on which no place runs the kit: which mount, and what to do."""
    point = mount_of(_mounts(host), host.state)
    remount = f"remount it (mount -o remount,exec {point})" if point else f"mount {host.state} without noexec"
    others = "; ".join(refused)
    return UnsupportedError(
        f"the recovery program cannot run from {host.state}: {point or 'its file system'} is mounted noexec; "
        f"{remount} or make one of these usable: {others}"
    )


def mount_of(mountinfo: str, path: PurePosixPath) -> str:
    """Return the mount point that holds a path where it is mounted noexec, else an empty text."""
    found, options = "", ""
    for line in mountinfo.splitlines():
        fields = line.split()
        if len(fields) <= _OPTIONS:
            continue
        point = _unescaped(fields[_POINT])
        if path.is_relative_to(point) and len(point) >= len(found):
            found, options = point, fields[_OPTIONS]
    return found if "noexec" in options.split(",") else ""


def _mounts(host: HostReader) -> str:
    try:
        return host.read(_MOUNTS).decode(errors="replace")
    except HostError:
        return ""


def _unescaped(text: str) -> str:
    r"""Return a mount point as it is named; the kernel writes space, tab, line feed and backslash as octal."""
    return "".join(_letters(text))


def _letters(text: str) -> Iterator[str]:
    first, *rest = text.split("\\")
    yield first
    for part in rest:
        yield chr(int(part[:3], 8)) + part[3:] if part[:3].isdecimal() else f"\\{part}"
