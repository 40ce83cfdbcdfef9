"""What this host runs at times: the services of timers, and cron entries.

Source:
    systemd.timer(5), ``Unit=``; crontab(5); run-parts(8): a file that is not executable is not run.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.detect.machine.boot_units import shell_text
from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_files import DIRECTORIES, read_unit_files
from wizard.formats.unitfile import expand_specifiers, in_effect
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.value import Value

_TIMER_DIRECTORIES = (*DIRECTORIES, PurePosixPath("/run/systemd/transient"))
_OWN = "redis-wizard"
_COMMANDS = ("ExecStartPre", "ExecStart", "ExecStartPost")
_CRONTAB = PurePosixPath("/etc/crontab")
_CRON_D = PurePosixPath("/etc/cron.d")
_OF_USERS = (PurePosixPath("/var/spool/cron/crontabs"), PurePosixPath("/var/spool/cron"))
_PERIODIC = tuple(PurePosixPath(f"/etc/cron.{period}") for period in ("hourly", "daily", "weekly", "monthly"))
_ENTRY = re.compile(r"\s*(?:@\w+|(?:[\d*,/A-Za-z?L#-]+\s+){4}[\d*,/A-Za-z?L#-]+)\s+(?P<rest>\S.*)")
_EXECUTABLE = 0o111
_DEBIAN = PurePosixPath("/etc/debian_version")


class Scheduled(Value, frozen=True, kw_only=True):
    """One thing that is run at times."""

    name: str
    """The timer's unit, or ``path:line`` of a cron entry."""
    text: str
    """The command, and of each shell script that it names the text. It may hold secrets: no fact."""
    service: str = ""
    """The unit that a timer starts; empty for cron."""
    executable: bool = True
    """cron runs it; a timer's state says more."""


def scheduled(reader: Reader) -> Iterator[Scheduled]:
    """Return what timers and cron run, by their files."""
    for name in _timers(reader):
        yield from _of_timer(reader, name)
    yield from _crontabs(reader)
    for directory in _PERIODIC:
        yield from _scripts(reader, directory)


def _timers(reader: Reader) -> tuple[str, ...]:
    """Names of timers; of a template the instances that are enabled."""
    folders = (top / folder for top in DIRECTORIES for folder in reader.entries(top))
    wants = (path for path in folders if path.suffix in {".wants", ".requires"})
    names = {name for place in (*_TIMER_DIRECTORIES, *wants) for name in reader.entries(place)}
    found = (name for name in names if name.endswith(".timer") and "@." not in name)
    return tuple(sorted(name for name in found if not name.startswith(_OWN)))


def _of_timer(reader: Reader, name: str) -> Iterator[Scheduled]:
    timer = read_unit_files(reader, name)
    if not timer:
        return
    service = (*in_effect(timer, "Timer", "Unit"), f"{name.removesuffix('.timer')}.service")[0]
    files = read_unit_files(reader, service)
    commands = [command for key in _COMMANDS for command in in_effect(files, "Service", key)]
    text = "\n".join(_text(reader, expand_specifiers(command, service)) for command in commands)
    yield Scheduled(name=name, text=text, service=service)


def _crontabs(reader: Reader) -> Iterator[Scheduled]:
    places = [(_CRONTAB, True), *((_CRON_D / name, True) for name in reader.entries(_CRON_D))]
    places += [(place / name, False) for place in _OF_USERS for name in reader.entries(place)]
    for path, with_user in places:
        if reader.kind(path) is not FileKind.FILE:
            continue
        for number, line in enumerate(reader.lines(path), 1):
            found = _ENTRY.fullmatch(line)
            if found:
                command = found["rest"].partition(" ")[2] if with_user else found["rest"]
                yield Scheduled(name=f"{path}:{number}", text=_text(reader, command))


def _scripts(reader: Reader, directory: PurePosixPath) -> Iterator[Scheduled]:
    """Return the scripts of a directory; Debian's run-parts leaves out names with a dot."""
    skips_dots = reader.exists(_DEBIAN)
    for name in reader.entries(directory):
        status = reader.status(directory / name)
        if isinstance(status, FileStatus) and status.kind is FileKind.FILE and not name.startswith("."):
            runs = bool(status.mode & _EXECUTABLE) and not (skips_dots and "." in name)
            yield Scheduled(name=f"{directory / name}", text=_text(reader, f"{directory / name}"), executable=runs)


def _text(reader: Reader, command: str) -> str:
    """Return a command with the text of each shell script that it names."""
    named = [word for word in command.split() if word.startswith("/")]
    texts = dict.fromkeys((command, shell_text(reader, command), *(shell_text(reader, word) for word in named)))
    return "\n".join(text for text in texts if text)
