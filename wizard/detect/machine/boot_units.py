"""Commands that services run at boot: those of enabled units whose conditions hold.

Source:
    systemd.unit(5), "Conditions and Asserts"; systemd.service(5), "Command lines".
"""

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_files import DIRECTORIES
from wizard.formats.unitfile import Assignment, UnitFile, merged
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Value

_NOT_AT_BOOT = frozenset(
    f"{name}.target" for name in ("rescue", "emergency", "shutdown", "reboot", "poweroff", "halt", "kexec", "sleep")
)
_STARTING = ("ExecStartPre", "ExecStart", "ExecStartPost")
_NULL = "/dev/null"
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
_PATH_CONDITIONS = frozenset({"PathExists", "PathIsDirectory", "PathIsReadWrite", "FileNotEmpty", "PathExistsGlob"})
_OF_A_RUNNING_KERNEL = (("sys",), ("proc",))
_LONGEST_SCRIPT = 64 << 10


class BootCommand(Value, frozen=True, kw_only=True):
    """One command of a unit."""

    unit: str
    command: str
    """As the unit has it."""
    script: str
    """Text that a shell runs; empty for a program that is no shell script."""
    source: str
    """``path:line`` of the unit."""
    conditional: bool
    """The unit has a condition that was not looked at: the command may not run."""


def boot_commands(reader: Reader) -> Iterator[BootCommand]:
    """Return what the enabled services run, in the order of their names."""
    for name in enabled_services(reader):
        fragment = _first(reader, name)
        if fragment is not None and reader.target(fragment) != _NULL:
            yield from _commands(reader, name, fragment)


def enabled_services(reader: Reader) -> tuple[str, ...]:
    """Services that a target of a normal boot or another service wants."""
    top = DIRECTORIES[0]
    names = set()
    for folder in reader.entries(top):
        wanting, _, kind = folder.rpartition(".")
        if kind in ("wants", "requires") and wanting not in _NOT_AT_BOOT:
            names |= {name for name in reader.entries(top / folder) if name.endswith(".service")}
    return tuple(sorted(name for name in names if "@" not in name))


def _first(reader: Reader, name: str) -> PurePosixPath | None:
    return next((path for place in DIRECTORIES if reader.exists(path := place / name)), None)


def _commands(reader: Reader, name: str, fragment: PurePosixPath) -> Iterator[BootCommand]:
    paths = (fragment, *_drop_ins(reader, name))
    files = [(path, UnitFile.parse("\n".join(reader.lines(path)).encode())) for path in paths]
    conditions = [item for item in merged([file for _, file in files], "Unit") if item.key.startswith(_CONDITIONS)]
    holds, conditional = _judge(reader, conditions)
    if not holds:
        return
    for path, item in _executed(files):
        script = shell_text(reader, item.value)
        source = f"{path}:{item.first}"
        yield BootCommand(unit=name, command=item.value, script=script, source=source, conditional=conditional)


_CONDITIONS = ("Condition", "Assert")


def _drop_ins(reader: Reader, name: str) -> tuple[PurePosixPath, ...]:
    places = (place / f"{name}.d" for place in DIRECTORIES[:2])
    return tuple(
        place / entry for place in places for entry in sorted(reader.entries(place)) if entry.endswith(".conf")
    )


def _executed(files: list[tuple[PurePosixPath, UnitFile]]) -> Iterator[tuple[PurePosixPath, Assignment]]:
    """Return the commands in the order in which they run; an empty value clears those before it."""
    for key in _STARTING:
        found: list[tuple[PurePosixPath, Assignment]] = []
        for path, file in files:
            for item in file.assignments():
                if (item.section, item.key) == ("Service", key):
                    found = [*found, (path, item)] if item.value else []
        yield from found


def _judge(reader: Reader, conditions: list[Assignment]) -> tuple[bool, bool]:
    """Return whether the conditions on paths hold, and whether there are others or alternatives."""
    holds, conditional = True, False
    for item in conditions:
        kind, value = item.key.removeprefix("Condition").removeprefix("Assert"), item.value
        if kind not in _PATH_CONDITIONS or value.startswith("|") or "*" in value:
            conditional = True
            continue
        path = PurePosixPath(value.removeprefix("!").strip())
        there = reader.exists(path) or (reader.host.tree is not None and path.parts[1:2] in _OF_A_RUNNING_KERNEL)
        holds = holds and path.is_absolute() and there is not value.startswith("!")
    return holds, conditional


def shell_text(reader: Reader, command: str) -> str:
    """Return the text that a command makes a shell run: that behind ``-c``, or that of a script.

    A script is a file that the command gives to a shell, or that the kernel does.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    words = [words[0].lstrip("-@:+!|"), *words[1:]] if words else []
    while words and PurePosixPath(words[0]).name in ("env", "busybox"):
        words = words[1:]
    if not words:
        return ""
    if PurePosixPath(words[0]).name not in _SHELLS:
        return _shell_file(reader, words[0])
    for at, word in enumerate(words[1:], 1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            return words[at + 1].replace("$$", "$").replace("%%", "%") if len(words) > at + 1 else ""
        if not word.startswith("-"):
            return _shell_file(reader, word, given_to_shell=True)
    return ""


def _shell_file(reader: Reader, name: str, *, given_to_shell: bool = False) -> str:
    path = PurePosixPath(name)
    status = reader.status(path) if path.is_absolute() else None
    if not isinstance(status, FileStatus) or status.kind is not FileKind.FILE or status.size > _LONGEST_SCRIPT:
        return ""
    data = reader.read(path)
    if isinstance(data, Unreadable):
        return ""
    first = data.partition(b"\n")[0].decode(errors="replace")
    is_shell = first.startswith("#!") and bool(_SHELLS & {PurePosixPath(word).name for word in first[2:].split()})
    return data.decode(errors="replace") if given_to_shell or is_shell else ""
