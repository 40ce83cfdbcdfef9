"""Timers and cron entries that copy the data of servers: what they copy, and how they ended last.

Source:
    systemd.timer(5), ``LastTriggerUSec``; systemd.service(5), ``Result``. cron keeps no result.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from wizard.config import configuration_of
from wizard.detect.machine.client_commands import CLIENTS
from wizard.detect.machine.scheduled import Scheduled
from wizard.detect.reader import Reader
from wizard.detect.systemd.unit_files import DIRECTORIES
from wizard.host.reader import ProcessFacts
from wizard.host.services import ServiceState
from wizard.model.facts.host import BackupJob
from wizard.model.facts.instance import Instance
from wizard.model.network import is_loopback
from wizard.model.value import replace

_BACKUP_TOOLS = frozenset(
    ("restic", "rustic", "autorestic", "resticprofile", "borg", "borgmatic", "duplicity", "duply", "kopia")
) | frozenset(("rsnapshot", "rdiff-backup", "tarsnap", "bacula-fd", "bareos-fd"))
"""Each copies what its own configuration names, too."""
_COPIERS = frozenset(
    ("rsync", "rclone", "cp", "scp", "sftp", "tar", "cpio", "zip", "aws", "s3cmd", "s5cmd", "gsutil", "gcloud")
) | frozenset(("az", "azcopy", "ossutil", "ossutil64", "mc", "lftp"))
_OF_TREES = _BACKUP_TOOLS | {"rsync", "tar", "rclone"}
"""They copy a directory with all below it."""
_WORD = re.compile(r"[^\s\"'`$(){}|;&<>=,]+")
_NAMED = re.compile(r"(?=.*(?:redis|valkey))(?=.*(?:backup|dump|rdb|snapshot))", re.IGNORECASE | re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_CRON = frozenset({"cron", "crond", "fcron", "cronie"})
_ANACRON = "anacron.timer"
_SYSTEMD_CRON = "cron.target"
_PORT = "6379"
_ENDED = "ExecMainExitTimestamp"


def read_backup_jobs(
    reader: Reader, entries: Sequence[Scheduled], instances: Iterable[Instance], processes: Iterable[ProcessFacts]
) -> tuple[BackupJob, ...]:
    """Return the jobs that copy data, with the last run of each; of a tree only that they are there."""
    directories = _data_directories(instances)
    cron = _cron_runs(reader, [process.name for process in processes], [each.name for each in entries])
    found = []
    for each in entries:
        job = recognise(each, directories)
        if job is not None:
            found.append(job if reader.host.tree else _with_state(reader, each, job, cron=cron))
    return tuple(sorted(found, key=lambda job: job.name))


def _cron_runs(reader: Reader, running: Sequence[str], entries: Sequence[str]) -> bool | None:
    """Return whether something runs cron entries; ``None`` where that is not seen.

    Anacron has no daemon, its timer runs what cron would; systemd-cron makes timers of the entries at boot.
    """
    if not _CRON.isdisjoint(running) or _ANACRON in entries:
        return True
    return None if not running or any(reader.exists(place / _SYSTEMD_CRON) for place in DIRECTORIES) else False


def _data_directories(instances: Iterable[Instance]) -> tuple[PurePosixPath, ...]:
    texts = (configuration_of(each).value("dir").rstrip("/") for each in instances)
    return tuple(dict.fromkeys(PurePosixPath(text) for text in texts if text.startswith("/")))


# --- what it copies ------------------------------------------------------------------------------


def recognise(each: Scheduled, directories: Sequence[PurePosixPath]) -> BackupJob | None:
    """Return the backup that a scheduled command is, ``None`` for another command.

    Args:
        each: The command, with the text of its scripts.
        directories: The data directories of this host's servers.
    """
    lines = [_WORD.findall(line) for line in each.text.splitlines() if not line.lstrip().startswith("#")]
    names = [_name(word) for line in lines for word in line]
    tool = next((name for name in names if name in _BACKUP_TOOLS), "")
    tool = tool or next((name for name in names if name in _COPIERS), "")
    copied = tuple(each for each in directories if tool and _copies(lines, each))
    servers = tuple(dict.fromkeys(_asked(lines)))
    named = _NAMED.match(each.name) is not None
    if not (copied or servers or named or tool in _BACKUP_TOOLS):
        return None
    program = tool or ("redis-cli" if servers else next(iter(names), ""))
    return BackupJob(name=each.name, tool=program, directories=copied, servers=servers, named=named)


def _name(word: str) -> str:
    return PurePosixPath(word).name if "/" in word else word


def _copies(lines: Iterable[Sequence[str]], directory: PurePosixPath) -> bool:
    """Return whether a data directory is named; one above it counts on the line of a tool that takes whole trees."""
    found = False
    for line in lines:
        trees = any(_name(word) in _OF_TREES for word in line)
        for before, word in zip(("", *line), line, strict=False):
            if not word.startswith("/"):
                continue
            path = PurePosixPath(word)
            if not (path.is_relative_to(directory) or (trees and path in directory.parents)):
                continue
            if before.startswith("--exclude"):
                return False
            found = True
    return found


def _asked(lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """Return the port or socket of each server of this host that is asked for a dump."""
    for line in lines:
        if "--rdb" not in line or not any(PurePosixPath(word).name in CLIENTS for word in line):
            continue
        options = dict(pairwise(line))
        if "-s" in options:
            yield options["-s"]
        elif is_loopback(options.get("-h", "localhost")):
            yield options.get("-p", _PORT)


# --- how it went ---------------------------------------------------------------------------------


def _with_state(reader: Reader, each: Scheduled, job: BackupJob, *, cron: bool | None) -> BackupJob:
    if not each.service:
        return replace(job, active=cron and each.executable)
    services = reader.host.services
    asked = ("LastTriggerUSec", "ActiveEnterTimestamp")
    timer = reader.ask(f"unit {each.name}", lambda: services.show(each.name, asked))
    service = reader.ask(f"unit {each.service}", lambda: services.show(each.service, ("Result", _ENDED)))
    if not isinstance(timer, ServiceState) or not isinstance(service, ServiceState):
        return job
    ended = _time(service, _ENDED)
    return replace(
        job,
        active=timer.active == "active",
        enabled=timer.enabled,
        # To systemd a service that never ran since the boot is a success, too.
        result=service.properties.get("Result", "") if ended else "",
        last_run=_time(timer, "LastTriggerUSec") or ended,
        waiting_since=_time(timer, "ActiveEnterTimestamp"),
    )


def _time(state: ServiceState, name: str) -> str:
    found = _TIME.search(state.properties.get(name, ""))
    return found[0] if found else ""
