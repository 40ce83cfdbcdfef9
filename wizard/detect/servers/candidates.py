"""Which servers there are: units, processes and configuration files.

A file is a server's only on evidence: its unit or its command line names it, or the server says so itself
(`instances`). A port that fits proves nothing.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import msgspec

from wizard.config import server_arguments
from wizard.detect.commandline import config_of, flavour_of, is_sentinel, program_of
from wizard.detect.machine.storage import resolved
from wizard.detect.reader import Reader
from wizard.detect.servers.claims import believed
from wizard.detect.servers.own_unit import ownership
from wizard.detect.servers.processes import control_group, directory_of, program, server_processes, unit_of
from wizard.detect.systemd.units import read_units
from wizard.host.reader import ProcessFacts
from wizard.model.facts.files import FileKind
from wizard.model.facts.service import Flavour, Unit
from wizard.model.login import Endpoint

USUAL_FILES = tuple(
    PurePosixPath(path)
    for path in (
        "/etc/redis/redis.conf",
        "/etc/redis.conf",
        "/etc/valkey/valkey.conf",
        "/etc/valkey.conf",
        "/etc/keydb/keydb.conf",
        "/etc/redis6/redis6.conf",
        "/etc/redis-stack.conf",
        "/opt/redis-stack/etc/redis-stack.conf",
        "/opt/bitnami/redis/etc/redis.conf",
        "/opt/bitnami/valkey/etc/valkey.conf",
        "/var/snap/redis/common/etc/redis/redis.conf",
    )
)
_FOLDERS = ((PurePosixPath("/etc/redis"), "redis-"), (PurePosixPath("/etc/valkey"), "valkey-"))

_HOME = 5
"""Column of the home directory (passwd(5))."""

_PROGRAMS = {Flavour.REDIS: "redis-server", Flavour.VALKEY: "valkey-server", Flavour.KEYDB: "keydb-server"}
_PROGRAM_PLACES = tuple(
    PurePosixPath(path)
    for path in (
        *("/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/redis/bin"),
        *("/opt/redis-stack/bin", "/opt/bitnami/redis/bin", "/opt/bitnami/valkey/bin", "/snap/redis/current/usr/bin"),
    )
)


class Candidate(msgspec.Struct, kw_only=True, eq=False):
    """One server that was found, by one or more of its three traces. Filled in as more becomes known."""

    unit: Unit | None = None
    process: ProcessFacts | None = None
    config: PurePosixPath | None = None
    """The file it was started with, where its unit, its command line or the server itself tells."""
    program: PurePosixPath | None = None
    flavour: Flavour = Flavour.REDIS
    sentinel: bool = False
    """It is started as a Sentinel."""
    working: PurePosixPath | None = None
    """The directory in which it was started."""
    shared_unit: str = ""
    """Why the unit that has started it is not its own; empty where there is none."""
    other_units: tuple[Unit, ...] = ()
    """Further units that name its file."""
    other_processes: tuple[int, ...] = ()
    """Further servers that were started with its file."""
    own_mounts: str = ""
    """Why its paths are not this host's; empty when they are."""
    apart: bool = False
    """Its configuration file is not the one that this host has by that name."""
    inside: Reader | None = None
    """Reads its files by the names that it has for them, where they are not this host's and may be looked at."""
    other_names: tuple[PurePosixPath, ...] = ()
    """Further paths that lead to its file."""
    endpoint: Endpoint | None = None
    """It is known by this endpoint alone: no process of this host is proven to listen there."""

    @property
    def name(self) -> str:
        """What ``--instance`` calls it."""
        if self.unit is not None:
            return self.unit.name.removesuffix(".service")
        if self.endpoint is not None:
            return str(self.endpoint)
        if self.config is not None and not self.apart:
            return str(self.config)
        return f"process-{self.process.pid}" if self.process else ""


def find_candidates(
    reader: Reader, config: PurePosixPath | None, processes: Sequence[ProcessFacts]
) -> tuple[Candidate, ...]:
    """List units, processes and files, each process once.

    Args:
        reader: The host.
        config: A file that the operator names; its server comes first, running or not.
        processes: All processes of the host.
    """
    running = {process.pid: process for process in server_processes(reader, processes)}
    found = [_of_unit(reader, unit, running) for unit in read_units(reader)]
    taken = {candidate.process.pid for candidate in found if candidate.process}
    found += [_of_process(reader, each, found, processes) for pid, each in sorted(running.items()) if pid not in taken]
    claimed = {candidate.config for candidate in found}
    found += [_of_file(reader, path) for path in _files(reader, config) if path not in claimed]
    return tuple(sorted(found, key=lambda candidate: (candidate.config != config or config is None, candidate.name)))


def _of_unit(reader: Reader, unit: Unit, running: dict[int, ProcessFacts]) -> Candidate:
    words = server_arguments(unit.properties.get("ExecStart", ""))
    working = _working_directory(reader, unit)
    process = running.get(unit.main_pid) or _only_process(reader, unit, running)
    return Candidate(
        unit=unit,
        process=process,
        config=resolved(config_of(words[1:]), working),
        program=_program(reader, words[0], process),
        flavour=flavour_of(words[0]) or Flavour.OTHER,
        sentinel=is_sentinel(words),
        working=working,
    )


def _program(reader: Reader, word: str, process: ProcessFacts | None) -> PurePosixPath | None:
    """Return the program that a unit names; a shell finds it by its search path."""
    if word.startswith("/"):
        return PurePosixPath(word)
    return program(reader, process) if process is not None else find_program(reader, word)


def _only_process(reader: Reader, unit: Unit, running: dict[int, ProcessFacts]) -> ProcessFacts | None:
    """Return the one server in the control group of a unit; of several nothing tells which its file belongs to."""
    here = [process for process in running.values() if unit_of(control_group(reader, process.pid)) == unit.name]
    return here[0] if len(here) == 1 else None


def _working_directory(reader: Reader, unit: Unit) -> PurePosixPath:
    """Return ``WorkingDirectory=``; ``~`` is the home of the unit's user (systemd.exec(5))."""
    text = unit.properties.get("WorkingDirectory", "").lstrip("-!") or "/"
    if text != "~":
        return PurePosixPath(text)
    user = unit.properties.get("User", "") or "root"
    rows = (line.split(":") for line in reader.lines(PurePosixPath("/etc/passwd")))
    home = next((row[_HOME] for row in rows if row[0] == user and len(row) > _HOME), "/")
    return PurePosixPath(home)


def _of_process(
    reader: Reader, process: ProcessFacts, found: Iterable[Candidate], processes: Sequence[ProcessFacts]
) -> Candidate:
    working = directory_of(reader, process.pid)
    started = program(reader, process)
    known = {candidate.unit.name for candidate in found if candidate.unit}
    # A unit of another name that runs a server, found by its process.
    owned = ownership(reader, process, processes)
    unit = owned.unit if owned.unit and owned.unit.name not in known else None
    by_unit = server_arguments(unit.properties.get("ExecStart", "")) if unit else ()
    named = resolved(config_of((by_unit or process.arguments)[1:]), working)
    return Candidate(
        unit=unit,
        shared_unit=owned.why_not,
        process=process,
        config=named if named and (by_unit or believed(reader, process.user, named)) else None,
        program=started,
        flavour=flavour_of(str(started)) or flavour_of(program_of(process.name)) or Flavour.OTHER,
        sentinel=is_sentinel((str(started), *process.arguments)),
        working=working,
    )


def _of_file(reader: Reader, path: PurePosixPath) -> Candidate:
    named = next((flavour for flavour in (Flavour.VALKEY, Flavour.KEYDB) if flavour in str(path)), Flavour.REDIS)
    order = (named, *(flavour for flavour in _PROGRAMS if flavour is not named))
    for flavour in order:
        started = find_program(reader, _PROGRAMS[flavour])
        if started is not None:
            return Candidate(config=path, program=started, flavour=flavour)
    return Candidate(config=path, flavour=named)


def find_program(reader: Reader, name: str) -> PurePosixPath | None:
    """Find a server program by name, in a tree by its usual places."""
    found = reader.ask(name, lambda: reader.host.find_program(name)) if reader.host.tree is None else None
    if isinstance(found, PurePosixPath):
        return found
    return next((place / name for place in _PROGRAM_PLACES if reader.exists(place / name)), None)


# --- configuration files ---------------------------------------------------------------------


def _files(reader: Reader, config: PurePosixPath | None) -> tuple[PurePosixPath, ...]:
    """The file named, and the usual ones that exist."""
    usual = [path for path in USUAL_FILES if _exists(reader, path)]
    for folder, beginning in _FOLDERS:
        names = (name for name in reader.entries(folder) if name.startswith(beginning) and name.endswith(".conf"))
        usual += [folder / name for name in names]
    return tuple(dict.fromkeys((*((config,) if config else ()), *usual)))


def _exists(reader: Reader, path: PurePosixPath) -> bool:
    """A file or link; one that may not be looked at counts as well, because it may be there."""
    return reader.kind(path) in {FileKind.FILE, FileKind.LINK}
