"""The facts of each server that was found."""

from pathlib import PurePosixPath

from wizard.detect.machine.storage import read_storage, resolved
from wizard.detect.reader import Reader
from wizard.detect.servers.candidates import Candidate
from wizard.detect.servers.config import read_acl, untrusted_reason
from wizard.detect.servers.endpoints import probes_of
from wizard.detect.servers.file_access import read_writers, writers_of_files
from wizard.detect.servers.processes import read_process
from wizard.detect.servers.server_binary import read_tls_build
from wizard.detect.servers.sight import NO_PROGRAM, Setting, Sight
from wizard.detect.servers.tls import read_tls
from wizard.formats.redisconf.include import ROOT
from wizard.model.facts.configuration import AclFacts, ConfigFacts
from wizard.model.facts.files import FileStatus
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.service import Flavour
from wizard.model.facts.unreadable import MASK, Unreadable


def read_instance(sight: Sight) -> Instance:
    """Read everything else about one server that was looked at."""
    reader, candidate, config, live = sight.reader, sight.candidate, sight.config, sight.live
    setting = sight.setting
    known = not (isinstance(config, Unreadable) and isinstance(live, Unreadable))
    storage = read_storage(
        reader,
        setting,
        candidate.config,
        candidate.working if known else None,
        filed=sight.configuration.after_start("dir"),
    )
    acl = _acl(reader, setting, sight.version, candidate, config)
    sockets = [PurePosixPath(each.address) for each in sight.listeners if each.unix]
    tls = read_tls(reader, setting, sight.around.now, base=resolved(setting("dir"), candidate.working))
    return Instance(
        name=candidate.name,
        flavour=flavour_of(live, candidate.flavour),
        version=live.version
        if isinstance(sight.version, Unreadable) and isinstance(live, LiveServer)
        else sight.version,
        binary=str(candidate.program) if candidate.program else NO_PROGRAM,
        tls_build=read_tls_build(sight.host, candidate.program) if candidate.program else NO_PROGRAM,
        unit=candidate.unit,
        process=read_process(sight.host, candidate.process, candidate.unit) if candidate.process else None,
        config=config,
        acl=acl,
        live=live,
        listeners=sight.listeners,
        probes=probes_of(sight.listeners, setting, sight.around.interfaces),
        directories=storage.directories,
        tls=tls,
        sockets=tuple(status for each in sockets if isinstance(status := reader.status(each), FileStatus)),
        socket_places=writers_of_files(reader, sockets),
        data_places=writers_of_files(reader, _data_directory(setting, candidate)),
        writers=read_writers(reader, config, acl, tls),
        output_writers=writers_of_files(reader, _outputs(setting, candidate)),
        space=storage.space,
        dump=storage.dump,
        append_only=storage.append_only,
        next_directory=storage.next_directory,
        other_units=candidate.other_units,
        other_processes=candidate.other_processes,
        shared_unit=candidate.shared_unit,
        barred=candidate.own_mounts or sight.barred,
        other_names=candidate.other_names,
        own_mounts=bool(candidate.own_mounts),
    )


def _data_directory(setting: Setting, candidate: Candidate) -> tuple[PurePosixPath, ...]:
    found = resolved(setting("dir"), candidate.working)
    return (found,) if found is not None and found.is_absolute() else ()


def _outputs(setting: Setting, candidate: Candidate) -> tuple[PurePosixPath, ...]:
    """Return the paths of the log file and the pid file, as far as they are known."""
    working = resolved(setting("dir"), candidate.working) or candidate.working
    named = (resolved(setting("logfile"), working), resolved(setting("pidfile"), candidate.working))
    return tuple(path for path in named if path is not None and path.is_absolute())


def _version(sight: Sight) -> str | Unreadable:
    told = sight.live.version if isinstance(sight.live, LiveServer) else ""
    return told if told and isinstance(sight.version, Unreadable) else sight.version


def _acl(
    reader: Reader,
    setting: Setting,
    version: str | Unreadable,
    candidate: Candidate,
    config: ConfigFacts | Unreadable,
) -> AclFacts | Unreadable | None:
    # The server has changed to its data directory when it reads the file.
    working = resolved(setting("dir"), candidate.working or ROOT) or candidate.working or ROOT
    path = resolved(setting("aclfile"), working)
    if path is None or str(path) == MASK:
        return None
    if isinstance(config, ConfigFacts) and (why := untrusted_reason(config, "aclfile")):
        return Unreadable(what=str(path), why=why)
    known = "" if isinstance(version, Unreadable) else version
    return read_acl(reader, path, candidate.flavour, known, sentinel=candidate.sentinel)


def flavour_of(live: LiveServer | Unreadable, otherwise: Flavour) -> Flavour:
    """Return the flavour by what the server says, since a program can have any name."""
    if isinstance(live, Unreadable):
        return otherwise
    named = live.info.get("server_name", "")
    return Flavour.VALKEY if named == "valkey" else otherwise
