"""Commands that services run at boot: those of enabled units whose conditions hold.

Source:
    systemd.unit(5), "Conditions and Asserts"; systemd.service(5), "Command lines".
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_files import DIRECTORIES, drop_ins, fragment_of
from wizard.errors import InvalidValueError
from wizard.formats.unitfile import Assignment, UnitFile, expand_specifiers, in_effect, merged
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.unreadable import Unreadable
from wizard.model.value import Value

_AT_EVERY_BOOT = frozenset(
    f"{name}.target"
    for name in (
        *("default", "multi-user", "basic", "sysinit", "sockets", "timers", "paths", "slices", "getty"),
        *("local-fs-pre", "local-fs", "remote-fs", "network-pre", "network", "network-online", "cloud-init"),
    )
)
_GRAPHICAL = "graphical.target"
_DEFAULT = "default.target"
_SERVERS = ("redis", "valkey", "keydb")
"""What the unit of a server wants runs before that server."""
_NOT_AT_BOOT = frozenset(
    f"{name}.target" for name in ("rescue", "emergency", "shutdown", "reboot", "poweroff", "halt", "kexec", "sleep")
)
_STARTING = ("ExecStartPre", "ExecStart", "ExecStartPost")
_ACCOUNTS = frozenset({"", "root", "0"})
_SHUTS_KERNEL = ("ProtectKernelTunables", "DynamicUser", "PrivateUsers", "ExecCondition", "RootDirectory", "RootImage")
_CLOSED_PATHS = ("ReadOnlyPaths", "InaccessiblePaths", "TemporaryFileSystem")
_OF_KERNEL = frozenset({"", "/sys", "/proc", "/proc/sys"})
"""Without a slash at the end, the root too."""
_NO = frozenset({"no", "false", "off", "0"})
_PULLS = ("Requires", "Requisite", "BindsTo")
_SURE = frozenset({"true", "sleep", "echo", "udevadm"})
"""Programs after which systemd goes on; behind another one that is no shell script the next may not run."""
_CONDITIONS = ("Condition", "Assert")
_PREFIXES = "-@:+!|"
_FAILS = re.compile(r"(?:^|[;&|\n])\s*(?:exit\s+[^0\s;]|(?:/bin/|/usr/bin/)?false\b)")
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
    """The command may not run, or may not write to the kernel: for its unit's conditions, account or sandbox."""


def boot_commands(reader: Reader) -> Iterator[BootCommand]:
    """Return what the enabled services run, in the order of their names."""
    started = _started(reader)
    for name in enabled_services(reader, instances=True):
        fragment = fragment_of(reader, name)
        if fragment is not None:
            yield from _commands(reader, name, fragment, started=name in started)


def enabled_services(reader: Reader, *, instances: bool = False) -> tuple[str, ...]:
    """Services that a target of a normal boot or another service wants; those of templates where `instances` says."""
    names = {name for wanting, wanted in _wants(reader) if wanting not in _NOT_AT_BOOT for name in wanted}
    return tuple(sorted(name for name in names if instances or "@" not in name))


def _wants(reader: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return each unit that wants services, with these."""
    top = DIRECTORIES[0]
    for folder in reader.entries(top):
        wanting, _, kind = folder.rpartition(".")
        if kind in ("wants", "requires"):
            yield wanting, tuple(name for name in reader.entries(top / folder) if name.endswith(".service"))


def _started(reader: Reader) -> frozenset[str]:
    """Return the services that every boot starts: wanted by its targets, by servers, or by such a service.

    Nothing else says whether a target of another name, or one for a screen, is ever reached.
    """
    default = next((target for place in DIRECTORIES if (target := reader.target(place / _DEFAULT))), _GRAPHICAL)
    reached = {*_AT_EVERY_BOOT, PurePosixPath(default).name}
    wants = tuple(_wants(reader))
    started: set[str] = set()
    while True:
        more = {name for wanting, names in wants if wanting in reached or _is_server(wanting) for name in names}
        if more <= started:
            return frozenset(started)
        started |= more
        reached |= more


def _is_server(unit: str) -> bool:
    return unit.startswith(_SERVERS) and unit.endswith(".service")


def _commands(reader: Reader, name: str, fragment: PurePosixPath, *, started: bool) -> Iterator[BootCommand]:
    paths = (fragment, *drop_ins(reader, name))
    files = [(path, UnitFile.parse("\n".join(reader.lines(path)).encode())) for path in paths]
    units = [file for _, file in files]
    conditions = [item for item in merged(units, "Unit") if item.key.startswith(_CONDITIONS)]
    holds, conditional = _judge(reader, conditions)
    if not holds:
        return
    conditional = conditional or not started or _lacks_a_unit(reader, units)
    closed, sure = _is_closed(units), True
    for path, item in _executed(files):
        command = _specified(item.value, name)
        script = shell_text(reader, command)
        prefix = command[: len(command) - len(command.lstrip(_PREFIXES))]
        yield BootCommand(
            unit=name,
            command=command,
            script=script,
            source=f"{path}:{item.first}",
            conditional=conditional or not sure or (closed and "+" not in prefix),
        )
        sure = sure and ("-" in prefix or _goes_on(command, script))


def _specified(command: str, unit: str) -> str:
    try:
        return expand_specifiers(command, unit)
    except InvalidValueError:
        return command


def _is_closed(units: list[UnitFile]) -> bool:
    """Return whether the account or the sandbox of a unit may keep its commands from writing to the kernel."""
    last = {key: (in_effect(units, "Service", key) or ("",))[-1] for key in ("User", *_SHUTS_KERNEL)}
    if last.pop("User") not in _ACCOUNTS or any(value and value.lower() not in _NO for value in last.values()):
        return True
    closed = (word for key in _CLOSED_PATHS for value in in_effect(units, "Service", key) for word in value.split())
    return any(word.lstrip("-+").partition(":")[0].rstrip("/") in _OF_KERNEL for word in closed)


def _lacks_a_unit(reader: Reader, units: list[UnitFile]) -> bool:
    """Return whether a service that this unit needs is absent or masked: systemd does not start it then."""
    needed = (name for key in _PULLS for value in in_effect(units, "Unit", key) for name in value.split())
    return any(name.endswith(".service") and fragment_of(reader, name) is None for name in needed)


def _goes_on(command: str, script: str) -> bool:
    """Return whether systemd goes on to the next command, as far as that is seen."""
    words = command.lstrip(_PREFIXES).split()
    program = PurePosixPath(words[0]).name if words else ""
    if script:
        return not _FAILS.search(script)
    return program in _SURE


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
