"""Transparent huge pages: the words in force, and who sets them at the next boot."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.model.facts import FileKind, KernelSetting, Space, Unreadable
from wizard.model.value import Value

KNOBS = ("enabled", "defrag")

_LIVE = PurePosixPath("/sys/kernel/mm/transparent_hugepage")
_WORDS = re.compile(r"\b(always|madvise|never|defer\+madvise|defer)(?![\w+])")
_TMPFILES = tuple(PurePosixPath(path) for path in ("/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"))
_UNITS = PurePosixPath("/etc/systemd/system")
_PACKAGED_UNITS = PurePosixPath("/usr/lib/systemd/system")
_BOOT_SCRIPT = PurePosixPath("/etc/rc.local")
_TMPFILES_FIELDS = 7


class Setter(Value, frozen=True, kw_only=True):
    """Something that sets one knob at boot."""

    value: str
    source: str
    """``path:line``."""


def read_huge_pages(reader: Reader) -> tuple[KernelSetting, ...]:
    """Read both knobs."""
    return tuple(_setting(reader, knob) for knob in KNOBS)


def _setting(reader: Reader, knob: str) -> KernelSetting:
    setters = (
        *_kernel_command_line(reader, knob),
        *_tmpfiles(reader, knob),
        *_units(reader, knob),
        *_script(reader, knob),
    )
    last = setters[-1] if setters else None
    return KernelSetting(
        key=f"thp.{knob}",
        live=_live(reader, knob),
        next_boot=last.value if last else None,
        next_boot_source=last.source if last else "",
        overridden=tuple(f"{setter.source} = {setter.value}" for setter in setters[:-1]),
        writable=_writable(reader, knob),
    )


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
    path = PurePosixPath("/etc/kernel/cmdline" if reader.host.tree else "/proc/cmdline")
    for word in reader.text(path).split():
        name, _, value = word.partition("=")
        if knob == "enabled" and name == "transparent_hugepage" and value:
            yield Setter(value=value, source=f"{path}:1")


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


def _units(reader: Reader, knob: str) -> Iterator[Setter]:
    """Enabled services whose command writes the knob; they act after tmpfiles.d."""
    for name in _enabled(reader):
        own = _UNITS / name
        path = own if reader.kind(own) is FileKind.FILE else _PACKAGED_UNITS / name
        for number, line in enumerate(reader.lines(path), 1):
            if line.startswith("Exec") and (value := _written(line, knob)):
                yield Setter(value=value, source=f"{path}:{number}")


def _enabled(reader: Reader) -> tuple[str, ...]:
    """Services that a target wants, without those of the distribution that never write the knob."""
    names = set()
    for folder in reader.entries(_UNITS):
        if folder.endswith((".wants", ".requires")):
            names |= {name for name in reader.entries(_UNITS / folder) if name.endswith(".service")}
    return tuple(sorted(name for name in names if "@" not in name))


def _written(line: str, knob: str) -> str:
    """Return the word that a command writes to a knob, for example ``echo never > …/enabled``."""
    before, path, after = line.partition(f"transparent_hugepage/{knob}")
    if not path:
        # A loop over both: `for knob in enabled defrag; do echo never > …/transparent_hugepage/$knob`.
        before, path, after = line.partition("transparent_hugepage/$") if knob in line.split() else (line, "", "")
    words = _WORDS.findall(before) or _WORDS.findall(after)
    return words[-1] if path and words else ""


def _script(reader: Reader, knob: str) -> Iterator[Setter]:
    """``/etc/rc.local`` acts last, where it may be executed."""
    status = reader.status(_BOOT_SCRIPT)
    if isinstance(status, Unreadable) or not status.mode & 0o100:
        return
    for number, line in enumerate(reader.lines(_BOOT_SCRIPT), 1):
        if not line.lstrip().startswith("#") and (value := _written(line, knob)):
            yield Setter(value=value, source=f"{_BOOT_SCRIPT}:{number}")
