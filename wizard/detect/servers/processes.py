"""Server processes: which ones there are, and what /proc tells of each."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from wizard.detect.commandline import flavour_of, masked_arguments, program_of
from wizard.detect.machine.memory import huge_pages_of
from wizard.detect.reader import Reader
from wizard.host.reader import ProcessFacts
from wizard.model.facts.service import DELETED, ServerProcess, Unit
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import number
from wizard.model.value import Memory

_PASSWORD_NAME = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|REDISCLI_AUTH|_AUTH$|API_?KEY", re.IGNORECASE)
_NOT_PASSWORDS = frozenset({"SSH_AUTH_SOCK", "XAUTHORITY"})
_CHECKERS = ("check-rdb", "check-aof")
"""Debian's server is a link to one of these; the name by which it is started decides what it does."""


def server_processes(reader: Reader, processes: Sequence[ProcessFacts]) -> tuple[ProcessFacts, ...]:
    """Keep the servers: no forks that save, nothing that runs in a container of its own."""
    servers = {process.pid: process for process in processes if _is_server(process)}
    own = _namespace(reader, 1) if reader.host.root else ""
    return tuple(
        process
        for process in servers.values()
        if process.parent not in servers and not _elsewhere(reader, process, own)
    )


def _is_server(process: ProcessFacts) -> bool:
    first = process.arguments[0] if process.arguments else ""
    return flavour_of(first) is not None or (not first.startswith("/") and flavour_of(process.name) is not None)


def _namespace(reader: Reader, pid: int) -> str:
    return reader.read_link_quietly(PurePosixPath(f"/proc/{pid}/ns/pid"))


def _elsewhere(reader: Reader, process: ProcessFacts, own: str) -> bool:
    its = _namespace(reader, process.pid) if own else ""
    if (not its or its == own) and not _is_nested(reader, process.pid):
        return False
    reader.note(
        Unreadable(
            what=f"{process.name} with process id {process.pid}",
            why="it runs in a container; run redis-wizard inside that container" + _way_in(reader, process.pid),
        )
    )
    return True


def _is_nested(reader: Reader, pid: int) -> bool:
    """Return whether a process has ids in further namespaces; any user may read that, other than the link of one."""
    ids = (line.split()[1:] for line in reader.lines(PurePosixPath(f"/proc/{pid}/status")) if line.startswith("NSpid:"))
    return len(next(ids, [])) > 1


_COMMANDS_TO_ENTER = (
    (re.compile(r"/docker[-/]([0-9a-f]{12})[0-9a-f]*"), "docker exec -it {} sh"),
    (re.compile(r"/libpod-([0-9a-f]{12})[0-9a-f]*"), "podman exec -it {} sh"),
    (re.compile(r"(?:/cri-containerd|/crio|:cri-containerd)[-:]([0-9a-f]{12})[0-9a-f]*"), "crictl exec -it {} sh"),
    (re.compile(r"/kubepods[^:]*/([0-9a-f]{12})[0-9a-f]{52}(?:/|$)"), "crictl exec -it {} sh"),
    (re.compile(r"/lxc(?:\.payload\.|/)([\w-]+)"), "lxc-attach --name {}"),
    (re.compile(r"/machine-([\w\\-]+)\.scope"), "machinectl shell {}"),
    (re.compile(r"/systemd-nspawn@([\w\\-]+)\.service"), "machinectl shell {}"),
)
"""What the control group of a container is called by each runtime, and the command that leads into it."""


def _way_in(reader: Reader, pid: int) -> str:
    group = control_group(reader, pid).replace("\\x2d", "-")
    found = ((pattern.search(group), command) for pattern, command in _COMMANDS_TO_ENTER)
    return next((f": {command.format(match[1])}" for match, command in found if match), "")


def read_process(reader: Reader, process: ProcessFacts, unit: Unit | None = None) -> ServerProcess:
    """Read what /proc tells of one server, and the unit that starts it."""
    return ServerProcess(
        pid=process.pid,
        program=program(reader, process),
        arguments=masked_arguments(process.arguments[1:]),
        user=process.user,
        started=process.started,
        open_files=_open_files(reader, process.pid),
        resident=Memory(process.resident),
        anonymous_huge_pages=huge_pages_of(reader, process.pid),
        control_group=control_group(reader, process.pid),
        executable=_executable(reader, process.pid),
        secrets_in_environment=_secrets_in_environment(reader, process.pid, unit),
    )


def program(reader: Reader, process: ProcessFacts) -> PurePosixPath:
    """Return the path by which the server is started, never what its links lead to."""
    first = program_of(process.arguments[0]) if process.arguments else process.name
    if first.startswith("/"):
        return PurePosixPath(first)
    executable = _executable(reader, process.pid).removesuffix(DELETED)
    if executable.startswith("/") and not executable.endswith(_CHECKERS):
        return PurePosixPath(executable)
    if executable.startswith("/"):
        return PurePosixPath(executable).with_name(PurePosixPath(first).name)
    found = reader.ask(first, lambda: reader.host.find_program(PurePosixPath(first).name))
    return found if isinstance(found, PurePosixPath) else PurePosixPath(first)


def _executable(reader: Reader, pid: int) -> str:
    return reader.target(PurePosixPath(f"/proc/{pid}/exe"))


def directory_of(reader: Reader, pid: int) -> PurePosixPath | None:
    """Return the directory in which a process works, ``None`` when it cannot be read."""
    target = reader.target(PurePosixPath(f"/proc/{pid}/cwd"))
    return PurePosixPath(target) if target.startswith("/") else None


def control_group(reader: Reader, pid: int) -> str:
    """Return the control group of a process: of version 2, else the one of systemd or of memory (cgroups(7))."""
    groups = {}
    for line in reader.lines(PurePosixPath(f"/proc/{pid}/cgroup")):
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        for controller in controllers.split(","):
            groups[controller] = path
    candidates = (groups.get(name, "") for name in ("", "name=systemd", "memory"))
    return next((path for path in candidates if path not in ("", "/")), "/" if groups else "")


def unit_of(group: str) -> str:
    """Return the unit that a control group belongs to, empty when it is none's.

    Below a user's own service manager every name is that user's to choose, so it names no unit of the host.
    """
    names = [part for part in PurePosixPath(group).parts if part.endswith(".service")]
    users = [name for name in names if name.startswith("user@")]
    return (users or names or [""])[-1]


def _open_files(reader: Reader, pid: int) -> int | Unreadable:
    path = PurePosixPath(f"/proc/{pid}/limits")
    data = reader.read(path)
    if isinstance(data, Unreadable):
        return data
    for line in data.decode(errors="replace").splitlines():
        words = line.removeprefix("Max open files").split()
        most = number(words[0]) if line.startswith("Max open files") and words else None
        if most is not None:
            return most
    return Unreadable(what=f"open files of {path}", why="there is no such line")


def _secrets_in_environment(reader: Reader, pid: int, unit: Unit | None) -> tuple[str, ...] | Unreadable:
    """Name the passwords that a server was started with: by the kernel, else by the files of its unit.

    Source:
        redis ``src/setproctitle.c``: a server writes its title over its arguments and its environment, and leaves
        zeros (measured on five servers).
    """
    data = reader.read(PurePosixPath(f"/proc/{pid}/environ"))
    if isinstance(data, Unreadable):
        return data
    entries = [entry.decode(errors="backslashreplace") for entry in data.split(b"\0") if b"=" in entry]
    if entries or not data:
        return _secret_names(entries)
    if unit is None:
        return Unreadable(what=f"/proc/{pid}/environ", why="the server has overwritten it, and no unit starts it")
    return _secret_names(_environment_of(reader, unit))


def _environment_of(reader: Reader, unit: Unit) -> Iterator[str]:
    """What the files of a unit put into the environment (systemd.exec(5), Environment= and EnvironmentFile=)."""
    for path in (*((unit.fragment,) if unit.fragment else ()), *unit.drop_ins):
        for line in reader.lines(path):
            name, _, value = line.strip().partition("=")
            if name == "Environment":
                yield from (word.strip("\"'") for word in re.findall(r"\"[^\"]*\"|'[^']*'|\S+", value))
            elif name == "EnvironmentFile" and value.lstrip("-").startswith("/"):
                yield from reader.lines(PurePosixPath(value.lstrip("-")))


def _secret_names(entries: Iterable[str]) -> tuple[str, ...]:
    pairs = (entry.strip().partition("=") for entry in entries)
    names = {name for name, _, value in pairs if value and _PASSWORD_NAME.search(name)}
    return tuple(sorted(names - _NOT_PASSWORDS))
