"""What a transient unit can take over from a unit with a file, so that a program meets the same sandbox.

Pure. A transient unit shares directories, names and helpers with the real one, so what would create,
remove, restart, log or kill stays behind.

Source:
    systemd.exec(5), systemd.service(5), systemd.resource-control(5). Measured on systemd 252 and 257:
    ``RuntimeDirectory=`` in a transient unit removes the real unit's directory, socket included, when it stops.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from wizard.errors import InvalidValueError
from wizard.formats.unitfile import Assignment, UnitFile, expand_specifiers, in_effect, merged
from wizard.model.value import Value, field, replace

SERVICE = "Service"

_OWN = re.compile(
    r"Type|Exec(Start|Stop|Reload|Condition).*|PIDFile|Restart.*|Timeout.*|Runtime(MaxSec|RandomizedExtraSec)"
    r"|Watchdog.*|StartLimit.*|SuccessAction|FailureAction|RebootArgument|RemainAfterExit|GuessMainPID|BusName"
    r"|NotifyAccess|Sockets|FileDescriptor.*|USBFunction.*|OOMPolicy|ManagedOOM.*|OpenFile|NonBlocking|NFTSet"
    r"|(Reload|Final|Watchdog|RestartKill)Signal|FinalKillSignal|SuccessExitStatus|Kill(Mode|Signal)|Send(SIG.*)"
    r"|Standard.*|TTY.*|Syslog.*|Log(?!s).*|Utmp.*|PAMName|Slice|Delegate.*|WorkingDirectory|RootDirectoryStartOnly"
    r"|PermissionsStartOnly|(Set|Load|Import)Credential.*"
)
"""How a service is started, ended, watched and heard: a transient one says all of that itself."""

_MANAGED = {
    "RuntimeDirectory": "/run",
    "StateDirectory": "/var/lib",
    "CacheDirectory": "/var/cache",
    "LogsDirectory": "/var/log",
}
"""Directories that systemd makes, gives away and removes with a service; its program only finds that it can write."""
_MANAGED_MORE = re.compile(
    r"(Runtime|State|Cache|Logs|Configuration)Directory(Mode|Preserve|Accounting|Quota)?|ConfigurationDirectory.*"
)

NETWORK = re.compile(
    r"PrivateNetwork|NetworkNamespacePath|IPAddress(Allow|Deny)|IP(In|E)gressFilterPath|SocketBind(Allow|Deny)"
    r"|RestrictNetworkInterfaces|BPFProgram|IPAccounting"
)
"""They limit who can reach a service, and would cut us off from one that listens on another port."""

_ELSEWHERE = re.compile(
    r"DynamicUser|Root(Directory|DirectoryFD|Image|ImageOptions|ImagePolicy|Hash.*|Verity|Ephemeral|MStack)|MountImages"
    r"|Extension(Images|Directories|ImagePolicy)|MountImagePolicy|AppArmorProfile|SELinuxContext|SmackProcessLabel"
)
"""With them a service lives in another tree, under a name of the moment, or under rules that name its own files."""
_NO = frozenset({"", "no", "false", "off", "0", "n", "f"})

_HIDDEN = {"ProtectHome": ("/home", "/root", "/run/user"), "PrivateTmp": ("/tmp", "/var/tmp")}  # noqa: S108 - named only
"""What hides what (systemd.exec(5))."""

_WRITABLE = frozenset({"ReadWritePaths", "ReadWriteDirectories"})
_ENVIRONMENT = re.compile(
    r"LD_LIBRARY_PATH|LD_PRELOAD|LANG|LANGUAGE|LC_[A-Z]+|TZ|PATH|HOME|TMPDIR|GLIBC_TUNABLES|MALLOC_[A-Z_]+|JE_MALLOC_CONF"
    r"|OPENSSL_[A-Z_]+|SSL_CERT_(FILE|DIR)"
)
"""Variables that decide how a server starts. A transient unit's lines are arguments of systemd-run, which every
user can read, so any other variable is left out: it may hold a secret."""
_WORD = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'])+""")


class SandboxSettings(Value, frozen=True, kw_only=True):
    """What a transient unit takes over."""

    lines: tuple[str, ...]
    """``Key=value`` in the order of the files, specifiers filled in."""
    unsupported: tuple[str, ...] = field(default=(), name="left_out")
    """Keys of a sandbox that stay behind, each once."""
    notifies: bool = False
    """The service says by itself when it is ready (``Type=notify``)."""

    def with_lines(self, *lines: str) -> "SandboxSettings":
        """Add lines behind those of the unit."""
        return replace(self, lines=(*self.lines, *lines))

    def drop(self, key: str) -> "SandboxSettings":
        """Leave one key more behind."""
        kept = tuple(line for line in self.lines if line.partition("=")[0] != key)
        return SandboxSettings(lines=kept, unsupported=(*self.unsupported, key), notifies=self.notifies)

    @property
    def settings(self) -> tuple[str, ...]:
        """The keys taken over, each once."""
        return tuple(dict.fromkeys(line.partition("=")[0] for line in self.lines))

    def read_only(self) -> "SandboxSettings":
        """Take every right to write away: nothing but what is added later can be written."""
        kept = (line for line in self.lines if line.partition("=")[0] not in {*_WRITABLE, "ProtectSystem"})
        lines = (re.sub(r"^BindPaths=(?=.)", "BindReadOnlyPaths=", line) for line in kept)
        return SandboxSettings(
            lines=(*lines, "ProtectSystem=strict"), unsupported=self.unsupported, notifies=self.notifies
        )


def extract(files: Sequence[UnitFile], unit: str) -> SandboxSettings:
    """Take over the sandbox of a unit.

    Args:
        files: The unit's file and its drop-ins, in the order systemd reads them.
        unit: Its name, with suffix.

    Raises:
        InvalidValueError: it cannot be taken over; the text says why.
    """
    lines: list[str] = []
    left_out: dict[str, None] = {}
    places = managed_directories(files, unit)
    for item in merged(files, SERVICE):
        if _ELSEWHERE.fullmatch(item.key) and item.value.lower() not in _NO:
            raise InvalidValueError(f"{unit} has {item.key}=, which the rehearsal cannot copy")
        if NETWORK.fullmatch(item.key):
            if item.value.lower() not in _NO:
                left_out[item.key] = None
            continue
        lines += _lines(item, unit, places)
    notifies = in_effect(files, SERVICE, "Type")[-1:] in {("notify",), ("notify-reload",)}
    if not notifies and _lists_families(files):
        # We ask over a unix socket; a service that notifies needs them itself. On a list they add up.
        lines.append("RestrictAddressFamilies=AF_UNIX")
    return SandboxSettings(lines=tuple(lines), unsupported=tuple(left_out), notifies=notifies)


def account(files: Sequence[UnitFile], unit: str) -> str:
    """Return the user that a unit names, empty when it names none or one of the moment."""
    names = in_effect(files, SERVICE, "User")
    dynamic = in_effect(files, SERVICE, "DynamicUser")[-1:]
    return expand_specifiers(names[-1], unit) if names and not set(dynamic) - _NO else ""


def groups(files: Sequence[UnitFile], unit: str) -> tuple[str, ...]:
    """Return the groups that a unit adds to those of its user."""
    return tuple(
        name
        for text in in_effect(files, SERVICE, "SupplementaryGroups")
        for name in expand_specifiers(text, unit).split()
    )


def managed_directories(files: Sequence[UnitFile], unit: str) -> tuple[PurePosixPath, ...]:
    """Return the directories that systemd makes when it starts a unit."""
    found = (item for item in merged(files, SERVICE) if item.key in _MANAGED)
    return tuple(PurePosixPath(place) for item in found for place in _places(item, unit))


def hiding_setting(files: Sequence[UnitFile], path: PurePosixPath) -> str:
    """Return the line of a unit that keeps a usual place out of its sight; empty where none is known to."""
    for key, places in _HIDDEN.items():
        value = "".join(in_effect(files, SERVICE, key)[-1:])
        if value.lower() not in {*_NO, "read-only"} and any(path.is_relative_to(place) for place in places):
            return f"{key}={value}"
    return ""


def forbids_exec(files: Sequence[UnitFile]) -> bool:
    """Return whether a unit runs code from named places only."""
    return bool(in_effect(files, SERVICE, "NoExecPaths"))


def _lines(item: Assignment, unit: str, places: Sequence[PurePosixPath]) -> Iterator[str]:
    if item.key in _MANAGED:
        yield from (f"ReadWritePaths=-{place}" for place in _places(item, unit))
    elif item.key == "Environment":
        yield from _environment(item, unit)
    elif item.key in _WRITABLE:
        yield f"{item.key}={' '.join(_lenient(expand_specifiers(item.value, unit), places))}"
    elif not any(each.fullmatch(item.key) for each in (_OWN, _MANAGED_MORE, _ELSEWHERE)):
        yield f"{item.key}={expand_specifiers(item.value, unit)}"


def _lenient(value: str, places: Sequence[PurePosixPath]) -> Iterator[str]:
    """Let a directory be absent that systemd makes for the real unit alone."""
    for found in _WORD.finditer(value):
        word = found[0]
        ours = any(PurePosixPath(word.lstrip("+")).is_relative_to(place) for place in places)
        yield f"-{word}" if ours else word


def _places(item: Assignment, unit: str) -> Iterator[str]:
    for word in expand_specifiers(item.value, unit).split():
        # A colon precedes a link to the directory.
        yield f"{_MANAGED[item.key]}/{word.partition(':')[0]}"


def _environment(item: Assignment, unit: str) -> Iterator[str]:
    if not item.value:
        yield "Environment="
    for found in _WORD.finditer(expand_specifiers(item.value, unit)):
        if _ENVIRONMENT.fullmatch(found[0].strip("\"'").partition("=")[0]):
            yield f"Environment={found[0]}"


def _lists_families(files: Sequence[UnitFile]) -> bool:
    values = in_effect(files, SERVICE, "RestrictAddressFamilies")
    return bool(values) and not values[0].startswith("~")
