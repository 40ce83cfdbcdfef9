"""Which servers there are: units, processes and configuration files, joined without duplicates.

What may not live here: the facts of each (`instances`).
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import msgspec

from wizard.detect.commandline import config_of, exec_start_arguments, flavour_of, is_sentinel, program_of
from wizard.detect.processes import control_group, directory_of, program, server_processes, unit_of
from wizard.detect.reader import Reader
from wizard.detect.storage import resolved
from wizard.detect.units import read_unit, read_units
from wizard.host.port import ProcessFacts
from wizard.model.facts import FileKind, Flavour, Unit, Unreadable
from wizard.model.network import Listener
from wizard.redisconf.document import Document

USUAL_FILES = tuple(
    PurePosixPath(path)
    for path in (
        "/etc/redis/redis.conf",
        "/etc/redis.conf",
        "/etc/valkey/valkey.conf",
        "/etc/valkey.conf",
        "/etc/keydb/keydb.conf",
    )
)
_FOLDERS = ((PurePosixPath("/etc/redis"), "redis-"), (PurePosixPath("/etc/valkey"), "valkey-"))

_PROGRAMS = {Flavour.REDIS: "redis-server", Flavour.VALKEY: "valkey-server", Flavour.KEYDB: "keydb-server"}
_PROGRAM_PLACES = tuple(PurePosixPath(path) for path in ("/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/redis/bin"))


class Candidate(msgspec.Struct, kw_only=True):
    """One server that was found, by one or more of its three traces. Filled in as more becomes known."""

    unit: Unit | None = None
    process: ProcessFacts | None = None
    config: PurePosixPath | None = None
    """The file it was started with, where its command line or its sockets tell."""
    program: PurePosixPath | None = None
    flavour: Flavour = Flavour.REDIS
    sentinel: bool = False
    """It is started as a Sentinel."""
    working: PurePosixPath | None = None
    """The directory in which it was started."""

    @property
    def name(self) -> str:
        """What ``--instance`` calls it."""
        if self.unit is not None:
            return self.unit.name.removesuffix(".service")
        if self.config is not None:
            return str(self.config)
        return f"process-{self.process.pid}" if self.process else ""


def find_candidates(
    reader: Reader, config: PurePosixPath | None, processes: Sequence[ProcessFacts], listeners: Sequence[Listener]
) -> tuple[Candidate, ...]:
    """Join units, processes and files.

    Args:
        reader: The host.
        config: A file that the operator names; its server comes first, running or not.
        processes: All processes of the host.
        listeners: All listeners of the host, to tell whose file is whose.
    """
    running = {process.pid: process for process in server_processes(reader, processes)}
    found = [_of_unit(reader, unit, running) for unit in read_units(reader)]
    taken = {candidate.process.pid for candidate in found if candidate.process}
    found += [_of_process(reader, process, found) for pid, process in sorted(running.items()) if pid not in taken]
    files = _files(reader, config)
    _claim_by_sockets(reader, found, files, listeners)
    claimed = {candidate.config for candidate in found}
    found += [_of_file(reader, path) for path in files if path not in claimed]
    return tuple(sorted(found, key=lambda candidate: (candidate.config != config or config is None, candidate.name)))


def _of_unit(reader: Reader, unit: Unit, running: dict[int, ProcessFacts]) -> Candidate:
    words = exec_start_arguments(unit.properties.get("ExecStart", ""))
    working = PurePosixPath(unit.properties.get("WorkingDirectory", "").lstrip("-!") or "/")
    by_group = (process for process in running.values() if unit_of(control_group(reader, process.pid)) == unit.name)
    process = running.get(unit.main_pid) or next(by_group, None)
    return Candidate(
        unit=unit,
        process=process,
        config=resolved(config_of(words[1:]), working),
        program=PurePosixPath(words[0]),
        flavour=flavour_of(words[0]) or Flavour.OTHER,
        sentinel=is_sentinel(words),
        working=working,
    )


def _of_process(reader: Reader, process: ProcessFacts, found: Iterable[Candidate]) -> Candidate:
    working = directory_of(reader, process.pid)
    started = program(reader, process)
    known = {candidate.unit.name for candidate in found if candidate.unit}
    group = unit_of(control_group(reader, process.pid))
    # A unit of another name that runs a server, found by its process.
    unit = read_unit(reader, group) if group and group not in known and reader.host.tree is None else None
    return Candidate(
        unit=unit if unit and unit.main_pid == process.pid else None,
        process=process,
        config=resolved(config_of(process.arguments[1:]), working),
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
    return next((place / name for place in _PROGRAM_PLACES if reader.there(place / name)), None)


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


def _claim_by_sockets(
    reader: Reader, found: Sequence[Candidate], files: Sequence[PurePosixPath], listeners: Sequence[Listener]
) -> None:
    """Give a process whose command line is gone the file that names exactly its sockets."""
    claimed = {candidate.config for candidate in found}
    free = [path for path in files if path not in claimed]
    for candidate in found:
        if candidate.config is None and candidate.process is not None:
            own = [listener for listener in listeners if listener.pid == candidate.process.pid]
            match = next((path for path in free if _names_sockets(reader, path, candidate, own)), None)
            if match is not None:
                candidate.config = match
                free.remove(match)
    _claim_the_only_one(reader, found, free)


def _claim_the_only_one(reader: Reader, found: Sequence[Candidate], free: Sequence[PurePosixPath]) -> None:
    """Where one file is closed to us and one process shows no file, they belong together."""
    closed = [path for path in free if isinstance(reader.read(path), Unreadable)]
    without = [candidate for candidate in found if candidate.config is None]
    if len(closed) == len(without) == len(found) == 1:
        without[0].config = closed[0]


def _names_sockets(reader: Reader, path: PurePosixPath, candidate: Candidate, own: Sequence[Listener]) -> bool:
    data = reader.read(path)
    if isinstance(data, Unreadable) or not own:
        return False
    document = Document.parse(data)
    wanted = {
        *(str(resolved(text, candidate.working)) for text in _last(document, "unixsocket")),
        *(port for name in ("port", "tls-port") for port in _last(document, name) if port != "0"),
    }
    if not document.values("port"):
        wanted.add("6379")
    return wanted == {listener.address if listener.unix else str(listener.port) for listener in own}


def _last(document: Document, name: str) -> tuple[str, ...]:
    values = document.values(name)
    return values[-1][:1] if values else ()
