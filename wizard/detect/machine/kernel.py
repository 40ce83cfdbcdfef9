"""Kernel settings: the value in force, and what the next boot will make of it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.detect.machine.boot_sources import BOOT_SCRIPT, BootSources, skips
from wizard.detect.machine.huge_pages import read_huge_pages
from wizard.detect.machine.shell_writes import ShellCommand, commands_of, written
from wizard.detect.reader import Reader
from wizard.formats.sysctl import effective_source
from wizard.model.facts.files import Space
from wizard.model.facts.machine import KernelSetting
from wizard.model.facts.unreadable import Unreadable

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
_AGAIN = ("/etc/sysctl", "/run/sysctl")
_SYSCTL = re.compile(r"(?:/usr)?(?:/s?bin/)?\bsysctl(?: +-[a-zA-Z]+)* +([a-z0-9_./]+)=[\"']?([^\s;&|\"']+)[\"']?")
"""``sysctl -w vm.overcommit_memory=1`` in a script."""


class BootScript(NamedTuple):
    """A text that a shell runs at boot."""

    commands: tuple[ShellCommand, ...]
    source: str
    """``path:line``."""
    conditional: bool


def read_kernel(reader: Reader, boot: BootSources) -> tuple[KernelSetting, ...]:
    """Read every setting of the chapter, huge pages last."""
    sources = _Sources(sysctl_files(reader), boot, boot_scripts(boot))
    return (*(_setting(reader, key, sources) for key in KEYS), *read_huge_pages(reader, boot))


class _Sources(NamedTuple):
    """What sets kernel values at boot."""

    files: tuple[tuple[PurePosixPath, bytes], ...]
    boot: BootSources
    scripts: tuple[BootScript, ...]


def sysctl_files(reader: Reader) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """Read every file that may set a value at boot; one that cannot be read is noted.

    ``/etc/sysctl.conf`` counts where the distribution links it into sysctl.d, and where no systemd
    reads sysctl.d alone: procps reads both (sysctl(8), ``--system``). None counts where the boot skips them.
    """
    if skips(reader, _SYSTEMD_SYSCTL.name + ".service", "sysctl"):
        return ()
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


def _setting(reader: Reader, key: str, sources: _Sources) -> KernelSetting:
    value, source, overridden = effective_source(key, sources.files)
    path = live_path(key)
    setters = [(value, source)] if value is not None else []
    setters = sorted((*_command_line(sources.boot, key), *setters, *_tuned(sources.boot, key)), key=_order)
    setters += _late(key, sources.scripts, before=setters[-1][0] if setters else None)
    return KernelSetting(
        key=key,
        live=_live(reader, path),
        next_boot=setters[-1][0] if setters else None,
        next_boot_source=setters[-1][1] if setters else "",
        overridden=(*overridden, *(f"{where} = {text}" for text, where in setters[:-1])),
        writable=writable(reader, path),
    )


def _order(setter: tuple[str, str]) -> bool:
    """Put what is read again behind tuned (tuned-main.conf(5), ``reapply_sysctl``)."""
    return setter[1].startswith(_AGAIN)


def _command_line(boot: BootSources, key: str) -> Iterator[tuple[str, str]]:
    """What the kernel itself sets first (kernel ``Documentation/admin-guide/kernel-parameters.txt``, ``sysctl.*``)."""
    for source, line in boot.command_line:
        for word in line.replace('"', " ").replace("'", " ").split():
            name, _, value = word.partition("=")
            if name.removeprefix("sysctl.").replace("/", ".") == key and name.startswith("sysctl.") and value:
                yield value, source


def _tuned(boot: BootSources, key: str) -> Iterator[tuple[str, str]]:
    """The active profile of tuned."""
    found = (each for each in boot.tuned if each.section == "sysctl" and each.name.replace("/", ".") == key)
    if first := next(found, None):
        yield first.value, first.source


def boot_scripts(boot: BootSources) -> tuple[BootScript, ...]:
    """Return what runs after the files were read: commands of services, and ``/etc/rc.local``."""
    texts = [(each.script, each.source, each.conditional) for each in (*boot.commands, *boot.later)]
    texts.append(("\n".join(boot.script), f"{BOOT_SCRIPT}:1", False))
    return tuple(
        BootScript(tuple(commands_of(_SYSCTL.sub(_as_write, text))), source, conditional)
        for text, source, conditional in texts
        if text
    )


def _late(key: str, scripts: Iterable[BootScript], *, before: str | None) -> Iterator[tuple[str, str]]:
    """What a script writes; one that may not run counts only where it changes what the others set."""
    found = [(written(each.commands, str(live_path(key))), each) for each in scripts]
    sure = [(value, each.source) for value, each in found if value and not each.conditional]
    last = sure[-1][0] if sure else before
    yield from sure
    yield from (
        (value, each.source) for value, each in found if each.conditional and value and last not in (None, value)
    )


def _as_write(found: re.Match[str]) -> str:
    return f"echo {found[2]} > {live_path(found[1].replace('/', '.'))}"


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
