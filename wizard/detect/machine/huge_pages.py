"""Transparent huge pages: the words in force, and who sets them at the next boot."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.detect.machine.boot_units import BootCommand, boot_commands
from wizard.detect.machine.shell_writes import written
from wizard.detect.reader import Reader
from wizard.model.facts import KernelSetting, Space, Unreadable
from wizard.model.value import Value

KNOBS = ("enabled", "defrag")

_LIVE = PurePosixPath("/sys/kernel/mm/transparent_hugepage")
_LOOSEST_FIRST = ("always", "defer", "defer+madvise", "madvise", "never")
_TMPFILES = tuple(PurePosixPath(path) for path in ("/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"))
_RUNNING = PurePosixPath("/proc/cmdline")
_KERNEL_INSTALL = PurePosixPath("/etc/kernel/cmdline")
_GRUB_CONFIGURATIONS = (PurePosixPath("/boot/grub/grub.cfg"), PurePosixPath("/boot/grub2/grub.cfg"))
_GRUB_DEFAULT = PurePosixPath("/etc/default/grub")
_GRUB_VARIABLES = ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")
_ACTIVE_PROFILE = PurePosixPath("/etc/tuned/active_profile")
_PROFILES = tuple(
    PurePosixPath(path) for path in ("/etc/tuned/profiles", "/etc/tuned", "/usr/lib/tuned/profiles", "/usr/lib/tuned")
)
_TUNED_UNIT = "tuned.service"
_TUNED_WANTED = tuple(
    PurePosixPath("/etc/systemd/system") / f"{target}.target.wants" for target in ("multi-user", "graphical", "basic")
)
_BOOT_SCRIPT = PurePosixPath("/etc/rc.local")
_TMPFILES_FIELDS = 7


class Setter(Value, frozen=True, kw_only=True):
    """Something that sets one knob at boot."""

    value: str
    source: str
    """``path:line``."""


def read_huge_pages(reader: Reader) -> tuple[KernelSetting, ...]:
    """Read both knobs."""
    commands = tuple(boot_commands(reader))
    return tuple(_setting(reader, knob, commands) for knob in KNOBS)


def _setting(reader: Reader, knob: str, commands: Sequence[BootCommand]) -> KernelSetting:
    first = (*_kernel_command_line(reader, knob), *_tmpfiles(reader, knob))
    unordered = (*_units(commands, knob), *_script(reader, knob), *_tuned(reader, knob))
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


def _kernel_command_line(reader: Reader, knob: str) -> Iterator[Setter]:
    """``transparent_hugepage=never`` sets ``enabled`` alone, before anything else runs."""
    if knob != "enabled":
        return
    for source, line in _next_command_line(reader):
        for word in line.replace('"', " ").replace("'", " ").split():
            name, _, value = word.partition("=")
            if name == "transparent_hugepage" and value:
                yield Setter(value=value, source=source)


def _next_command_line(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Return what the boot loader gives to the kernel, from the first place that says it.

    ``/etc/default/grub`` is what the next ``update-grub`` writes into grub.cfg: it speaks only where that is not there.
    """
    for path in _GRUB_CONFIGURATIONS:
        entries = _numbered(reader, path, ("linux", "linuxefi", "linux16"))
        if entries:
            return entries[:1]
    if reader.exists(_KERNEL_INSTALL):
        return ((f"{_KERNEL_INSTALL}:1", reader.text(_KERNEL_INSTALL)),)
    if reader.host.tree is None:
        return ((f"{_RUNNING}:1", reader.text(_RUNNING)),)
    folder = _GRUB_DEFAULT.with_suffix(".d")
    files = (_GRUB_DEFAULT, *(folder / name for name in sorted(reader.entries(folder)) if name.endswith(".cfg")))
    return tuple(each for path in files for each in _numbered(reader, path, _GRUB_VARIABLES))


def _numbered(reader: Reader, path: PurePosixPath, words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the lines of a file that begin with one of these words, or set one of these variables."""
    return tuple(
        (f"{path}:{number}", rest)
        for number, line in enumerate(reader.lines(path), 1)
        for word in words
        if line.lstrip().startswith((f"{word} ", f"{word}\t", f"{word}="))
        for rest in [line.lstrip().removeprefix(word).lstrip("=")]
    )


def _tmpfiles(reader: Reader, knob: str) -> Iterator[Setter]:
    """Lines of type ``w`` of tmpfiles.d(5): of equal names the first directory, of equal paths the first file."""
    found: dict[str, PurePosixPath] = {}
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


def _units(commands: Sequence[BootCommand], knob: str) -> Iterator[Setter]:
    """Enabled services whose command writes the knob. One that may not run counts only where it switches pages on."""
    for command in commands:
        value = written(command.script, str(_LIVE / knob))
        if value in _LOOSEST_FIRST and not (command.conditional and value == _LOOSEST_FIRST[-1]):
            yield Setter(value=value, source=command.source)


def _script(reader: Reader, knob: str) -> Iterator[Setter]:
    """``/etc/rc.local``, where it may be executed."""
    status = reader.status(_BOOT_SCRIPT)
    if isinstance(status, Unreadable) or not status.mode & 0o100:
        return
    lines = reader.lines(_BOOT_SCRIPT)
    value = written("\n".join(lines), str(_LIVE / knob))
    if value in _LOOSEST_FIRST:
        number = next((at for at, line in enumerate(lines, 1) if f"{_LIVE.name}/" in line and value in line), 1)
        yield Setter(value=value, source=f"{_BOOT_SCRIPT}:{number}")


def _tuned(reader: Reader, knob: str) -> Iterator[Setter]:
    """The active profile of tuned and those that it includes, where its service is enabled."""
    if knob != "enabled" or not any(_TUNED_UNIT in reader.entries(place) for place in _TUNED_WANTED):
        return
    names, seen = reader.text(_ACTIVE_PROFILE).split(), set[str]()
    found: Setter | None = None
    while names:
        name = names.pop()
        path = next((path for each in _PROFILES if reader.exists(path := each / name / "tuned.conf")), None)
        if name in seen or path is None or "/" in name:
            continue
        seen.add(name)
        for number, line in enumerate(reader.lines(path), 1):
            key, _, value = (word.strip() for word in line.partition("="))
            if key == "include":
                names[:0] = value.replace(",", " ").split()
            if key in ("transparent_hugepages", "transparent_hugepage") and value and found is None:
                found = Setter(value=value, source=f"{path}:{number}")
    if found:
        yield found
