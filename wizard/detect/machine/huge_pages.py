"""Transparent huge pages: the words in force, and who sets them at the next boot."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.detect.machine.boot_sources import BOOT_SCRIPT, WANTED, BootSources, skips
from wizard.detect.machine.shell_writes import commands_of, written
from wizard.detect.reader import Reader
from wizard.model.facts.files import Space
from wizard.model.facts.machine import KernelSetting
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Value

KNOBS = ("enabled", "defrag")
SIZES = "thp.sizes"
_SIZE = "hugepages-"
_ON = frozenset({"always", "madvise"})

_LIVE = PurePosixPath("/sys/kernel/mm/transparent_hugepage")
_LOOSEST_FIRST = ("always", "defer", "defer+madvise", "madvise", "never")
_TMPFILES = tuple(PurePosixPath(path) for path in ("/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"))
_TMPFILES_FIELDS = 7
_TMPFILES_UNIT = "systemd-tmpfiles-setup.service"
_SYSFS = PurePosixPath("/etc/sysfs.conf")
_SYSFS_MORE = PurePosixPath("/etc/sysfs.d")
_SYSFS_UNIT = "sysfsutils.service"


class Setter(Value, frozen=True, kw_only=True):
    """Something that sets one knob at boot."""

    value: str
    source: str
    """``path:line``."""


def read_huge_pages(reader: Reader, boot: BootSources) -> tuple[KernelSetting, ...]:
    """Read both knobs, and what overrides the first one where a size of its own is on."""
    return (*(_setting(reader, knob, boot) for knob in KNOBS), *_sizes(reader))


def _sizes(reader: Reader) -> Iterator[KernelSetting]:
    """Return the sizes that are on by themselves: only ``inherit`` and ``never`` leave it to the knob for all.

    Source:
        kernel ``Documentation/admin-guide/mm/transhuge.rst``, since 6.8.
    """
    if reader.host.tree is not None:
        return
    sizes = [name for name in reader.entries(_LIVE) if name.startswith(_SIZE)]
    words = {name.removeprefix(_SIZE): chosen(reader.text(_LIVE / name / "enabled")) for name in sizes}
    on = " ".join(f"{size}={word}" for size, word in words.items() if word in _ON)
    if on:
        yield KernelSetting(key=SIZES, live=on, next_boot=None, next_boot_source="", writable=False)


def _setting(reader: Reader, knob: str, boot: BootSources) -> KernelSetting:
    first = (*_kernel_command_line(boot, knob), *_tmpfiles(reader, knob))
    unordered = (*_units(boot, knob), *_script(boot, knob), *_tuned(boot, knob), *_sysfs(reader, knob))
    # Nothing says which of these is the last: the one that leaves most huge pages counts.
    late = sorted(unordered, key=lambda setter: -_looseness(setter.value))
    setters = (*first, *late)
    last = setters[-1] if setters else None
    return KernelSetting(
        key=f"thp.{knob}",
        live=_live(reader, knob),
        next_boot=last.value if last else None,
        next_boot_source=last.source if last else "",
        overridden=tuple(f"{setter.source} = {setter.value}" for setter in setters[:-1]),
        writable=_writable(reader, knob),
    )


def _looseness(value: str) -> int:
    return _LOOSEST_FIRST.index(value) if value in _LOOSEST_FIRST else 0


def _live(reader: Reader, knob: str) -> str | Unreadable:
    if reader.host.tree is not None:
        return Unreadable(what=str(_LIVE / knob), why="a directory tree has no running kernel")
    data = reader.read(_LIVE / knob)
    return data if isinstance(data, Unreadable) else chosen(data.decode(errors="replace"))


def chosen(text: str) -> str:
    """Return the word in brackets, ``never`` of ``always madvise [never]``; a single word stands for itself.

    Source:
        kernel ``Documentation/admin-guide/mm/transhuge.rst``.
    """
    found = re.search(r"\[([^\]]+)\]", text)
    return found[1] if found else text.strip()


def _writable(reader: Reader, knob: str) -> bool:
    if reader.host.tree is not None or not reader.exists(_LIVE / knob):
        return False
    space = reader.space(_LIVE / knob)
    return isinstance(space, Space) and not space.read_only


# --- who sets it at boot, in the order in which they act ---------------------------------------


def _kernel_command_line(boot: BootSources, knob: str) -> Iterator[Setter]:
    """``transparent_hugepage=never`` sets ``enabled`` alone, before anything else runs."""
    if knob != "enabled":
        return
    for source, line in boot.command_line:
        for word in line.replace('"', " ").replace("'", " ").split():
            name, _, value = word.partition("=")
            if name == "transparent_hugepage" and value:
                yield Setter(value=value, source=source)


def _tmpfiles(reader: Reader, knob: str) -> Iterator[Setter]:
    """Lines of type ``w`` of tmpfiles.d(5): of equal names the first directory, of equal paths the first file."""
    found: dict[str, PurePosixPath] = {}
    if skips(reader, _TMPFILES_UNIT, "systemd-tmpfiles-setup"):
        return
    for directory in _TMPFILES:
        for name in reader.entries(directory):
            if name.endswith(".conf"):
                found.setdefault(name, directory / name)
    first: Setter | None = None
    for name in sorted(found):
        for number, line in enumerate(reader.lines(found[name]), 1):
            value = _tmpfiles_value(line, knob)
            if value and first is None:
                first = Setter(value=value, source=f"{found[name]}:{number}")
    if first:
        yield first


def _tmpfiles_value(line: str, knob: str) -> str:
    fields = line.split(None, _TMPFILES_FIELDS - 1)
    if len(fields) < _TMPFILES_FIELDS or not fields[0].startswith("w") or fields[1] != str(_LIVE / knob):
        return ""
    return fields[-1].strip().strip("\"'")


def _units(boot: BootSources, knob: str) -> Iterator[Setter]:
    """Services and scripts that write the knob. One that may not run counts only where it leaves pages on."""
    for command in (*boot.commands, *boot.later):
        value = written(commands_of(command.script), str(_LIVE / knob))
        if value in _LOOSEST_FIRST and not (command.conditional and value == _LOOSEST_FIRST[-1]):
            yield Setter(value=value, source=command.source)


def _script(boot: BootSources, knob: str) -> Iterator[Setter]:
    """``/etc/rc.local``, where it may be executed."""
    lines = boot.script
    value = written(commands_of("\n".join(lines)), str(_LIVE / knob))
    if value in _LOOSEST_FIRST:
        number = next((at for at, line in enumerate(lines, 1) if f"{_LIVE.name}/" in line and value in line), 1)
        yield Setter(value=value, source=f"{BOOT_SCRIPT}:{number}")


def _sysfs(reader: Reader, knob: str) -> Iterator[Setter]:
    """Lines of sysfs.conf, which the service of sysfsutils reads (Debian and Ubuntu)."""
    if not any(_SYSFS_UNIT in reader.entries(place) for place in WANTED):
        return
    files = (_SYSFS, *(_SYSFS_MORE / name for name in sorted(reader.entries(_SYSFS_MORE)) if name.endswith(".conf")))
    for path in files:
        for number, line in enumerate(reader.lines(path), 1):
            key, _, value = (word.strip() for word in line.partition("="))
            if key == str(_LIVE / knob).removeprefix("/sys/") and value in _LOOSEST_FIRST:
                yield Setter(value=value, source=f"{path}:{number}")


def _tuned(boot: BootSources, knob: str) -> Iterator[Setter]:
    """The active profile of tuned and those that it includes."""
    names = ("transparent_hugepages", "transparent_hugepage") if knob == "enabled" else ()
    found = (each for each in boot.tuned if each.name in names and each.value)
    if first := next(found, None):
        yield Setter(value=first.value, source=first.source)
