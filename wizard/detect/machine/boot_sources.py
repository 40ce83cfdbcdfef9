"""What sets kernel values at boot beside sysctl.d and tmpfiles.d.

The boot loader, tuned, ``/etc/rc.local``, services, OpenRC's ``/etc/local.d``, udev, timers and cron.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from wizard.detect.machine.boot_units import BootCommand, boot_commands, shell_text
from wizard.detect.machine.scheduled import Scheduled
from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_files import DIRECTORIES
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Value

BOOT_SCRIPT = PurePosixPath("/etc/rc.local")

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
_LOCAL = PurePosixPath("/etc/local.d")
_RUNLEVELS = PurePosixPath("/etc/runlevels")
_BOOT_LEVELS = ("sysinit", "boot", "default")
_UDEV = tuple(PurePosixPath(path) for path in ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d"))
_UDEV_SETS = re.compile(
    r'SYSCTL\{(?P<key>[^}]+)\}\s*=\s*"(?P<value>[^"]*)"|RUN(?:\{program\})?\s*\+?=\s*"(?P<run>[^"]*)"'
)
_UDEV_MARK = re.compile("SYSCTL\\{|hugepage|sysctl|/proc/sys")
WANTED = tuple(
    PurePosixPath("/etc/systemd/system") / f"{target}.target.wants"
    for target in ("multi-user", "graphical", "basic", "sysinit")
)
"""Where the services of a normal boot are enabled."""


class TunedLine(Value, frozen=True, kw_only=True):
    """One assignment of a tuned profile."""

    section: str
    name: str
    value: str
    source: str
    """``path:line``."""


class BootSources(NamedTuple):
    """What may set a value at boot, read once for all values."""

    command_line: tuple[tuple[str, str], ...]
    """Of the kernel: ``path:line`` and text."""
    tuned: tuple[TunedLine, ...]
    script: tuple[str, ...]
    """Lines of ``/etc/rc.local``; none where it is not run."""
    commands: tuple[BootCommand, ...]
    """Of the services that are enabled."""
    later: tuple[BootCommand, ...]
    """Of OpenRC's ``local``, and of udev, timers and cron, which may run or not."""


def read_boot_sources(reader: Reader, entries: Iterable[Scheduled] = ()) -> BootSources:
    """Read them all; `entries` are what timers and cron run."""
    later = [*_local_scripts(reader), *_udev(reader), *(_later(each.text, each.name) for each in entries)]
    return BootSources(
        command_line=_next_command_line(reader),
        tuned=tuple(_tuned_lines(reader)),
        script=_boot_script(reader),
        commands=tuple(boot_commands(reader)),
        later=tuple(later),
    )


def _later(text: str, source: str, *, conditional: bool = True) -> BootCommand:
    return BootCommand(unit="", command=text, script=text, source=source, conditional=conditional)


def _local_scripts(reader: Reader) -> Iterator[BootCommand]:
    """Return OpenRC's scripts ``/etc/local.d/*.start`` where it runs them: they are executable and ``local`` is on."""
    if not runs_in_openrc(reader, "local"):
        return
    for name in reader.entries(_LOCAL):
        status = reader.status(_LOCAL / name)
        if name.endswith(".start") and not isinstance(status, Unreadable) and status.mode & 0o100:
            yield _later(reader.text(_LOCAL / name), f"{_LOCAL / name}:1", conditional=False)


def runs_in_openrc(reader: Reader, service: str) -> bool:
    """Return whether OpenRC starts a service at boot (rc-update(8))."""
    return any(service in reader.entries(_RUNLEVELS / level) for level in _BOOT_LEVELS)


def skips(reader: Reader, unit: str, service: str) -> bool:
    """Return whether a step of every boot is off here: its systemd unit is masked, or OpenRC does not start it."""
    first = next((path for place in DIRECTORIES if reader.target(path := place / unit) or reader.exists(path)), None)
    if first is not None:
        return reader.target(first) == "/dev/null"
    return bool(reader.entries(_RUNLEVELS)) and not runs_in_openrc(reader, service)


def _udev(reader: Reader) -> Iterator[BootCommand]:
    """Return what rules of udev write when a device appears: of equal names the first directory (udev(7))."""
    found = {name: place / name for place in reversed(_UDEV) for name in reader.entries(place)}
    for path in (found[name] for name in sorted(found) if name.endswith(".rules")):
        for number, line in enumerate(reader.lines(path), 1):
            if line.lstrip().startswith("#") or not _UDEV_MARK.search(line):
                continue
            for each in _UDEV_SETS.finditer(line):
                text = f"sysctl -w {each['key'].replace('/', '.')}={each['value']}" if each["key"] else each["run"]
                yield _later(shell_text(reader, text) or text, f"{path}:{number}")


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


def _boot_script(reader: Reader) -> tuple[str, ...]:
    """Return the lines of ``/etc/rc.local``, where it may be executed."""
    status = reader.status(BOOT_SCRIPT)
    if isinstance(status, Unreadable) or not status.mode & 0o100:
        return ()
    return tuple(reader.lines(BOOT_SCRIPT))


def _tuned_lines(reader: Reader) -> Iterator[TunedLine]:
    """Return the lines of tuned's active profile, then of those that it includes, where its service is enabled."""
    if not any(_TUNED_UNIT in reader.entries(place) for place in WANTED):
        return
    names, seen = reader.text(_ACTIVE_PROFILE).split(), set[str]()
    while names:
        name = names.pop()
        path = next((path for each in _PROFILES if reader.exists(path := each / name / "tuned.conf")), None)
        if name in seen or path is None or "/" in name:
            continue
        seen.add(name)
        section = ""
        for number, line in enumerate(reader.lines(path), 1):
            if line.startswith("["):
                section = line.strip().strip("[]")
            key, _, value = (word.strip() for word in line.partition("="))
            if key == "include":
                names[:0] = value.replace(",", " ").split()
            elif value and not key.startswith("#"):
                yield TunedLine(section=section, name=key, value=value, source=f"{path}:{number}")
