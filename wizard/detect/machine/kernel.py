"""Kernel settings: the value in force, and what the next boot will make of it."""

from pathlib import PurePosixPath

from wizard.detect.machine.huge_pages import read_huge_pages
from wizard.detect.reader import Reader
from wizard.formats.sysctl import effective_source
from wizard.model.facts import KernelSetting, Space, Unreadable

KEYS = (
    "vm.overcommit_memory",
    "vm.swappiness",
    "vm.max_map_count",
    "net.core.somaxconn",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "fs.file-max",
)

_DIRECTORIES = tuple(
    PurePosixPath(path)
    for path in ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
)
_MAIN = PurePosixPath("/etc/sysctl.conf")
_LINK = "99-sysctl.conf"
_NULL = "/dev/null"
"""A link to it masks the file of that name in the directories behind."""


def read_kernel(reader: Reader) -> tuple[KernelSetting, ...]:
    """Read every setting of the chapter, huge pages last."""
    files = sysctl_files(reader)
    return (*(_setting(reader, key, files) for key in KEYS), *read_huge_pages(reader))


def sysctl_files(reader: Reader) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """Read every file that may set a value at boot; one that cannot be read is noted.

    ``/etc/sysctl.conf`` counts where the distribution links it into sysctl.d, and where no systemd
    reads sysctl.d alone: procps reads both (sysctl(8), ``--system``).
    """
    paths = _listed(reader)
    if reader.exists(_MAIN) and _MAIN not in paths and (_linked(reader) or not reader.exists(_SYSTEMD_SYSCTL)):
        paths = (*paths, _MAIN)
    contents = ((path, b"" if reader.target(path) == _NULL else reader.read_source(path)) for path in paths)
    return tuple((path, data) for path, data in contents if isinstance(data, bytes))


_SYSTEMD_SYSCTL = PurePosixPath("/usr/lib/systemd/systemd-sysctl")


def _listed(reader: Reader) -> tuple[PurePosixPath, ...]:
    found = []
    merged = reader.target(PurePosixPath("/lib")).rstrip("/") in {"usr/lib", "/usr/lib"}
    for directory in _DIRECTORIES:
        if merged and directory.parts[1] == "lib":
            continue
        found += [directory / name for name in reader.entries(directory) if name.endswith(".conf")]
    return tuple(path for path in found if path.name != _LINK or not _is_main(reader, path))


def _linked(reader: Reader) -> bool:
    return any(reader.exists(directory / _LINK) and _is_main(reader, directory / _LINK) for directory in _DIRECTORIES)


def _is_main(reader: Reader, path: PurePosixPath) -> bool:
    return PurePosixPath(reader.target(path)).name == _MAIN.name


def live_path(key: str) -> PurePosixPath:
    """Return the file of /proc/sys for a key such as ``vm.overcommit_memory``."""
    return PurePosixPath("/proc/sys").joinpath(*key.split("."))


def _setting(reader: Reader, key: str, files: tuple[tuple[PurePosixPath, bytes], ...]) -> KernelSetting:
    value, source, overridden = effective_source(key, files)
    path = live_path(key)
    return KernelSetting(
        key=key,
        live=_live(reader, path),
        next_boot=value,
        next_boot_source=source,
        overridden=overridden,
        writable=writable(reader, path),
    )


def _live(reader: Reader, path: PurePosixPath) -> str | Unreadable:
    if reader.host.tree is not None:
        return Unreadable(what=str(path), why="a directory tree has no running kernel")
    data = reader.read(path)
    return data if isinstance(data, Unreadable) else " ".join(data.decode(errors="replace").split())


def writable(reader: Reader, path: PurePosixPath) -> bool:
    """Return whether the kernel takes a value there: in many containers /proc/sys is mounted read-only."""
    if reader.host.tree is not None or not reader.exists(path):
        return False
    space = reader.space(path)
    return isinstance(space, Space) and not space.read_only
