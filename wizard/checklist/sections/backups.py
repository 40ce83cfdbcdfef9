"""Which jobs of a host copy the data of a server, and how they went (item 22).

Why a job that runs well is no pass: ``docs/decisions/0038-evidence-before-attestation.md``.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from wizard.checklist.context import AS_ROOT, CheckContext
from wizard.checklist.exposure import ports
from wizard.checklist.result import Judgement, failed, observed, unknown
from wizard.checklist.setting import LIVE, setting
from wizard.model.facts.files import FileKind, FileStatus
from wizard.model.facts.host import BackupJob
from wizard.model.finding import Evidence
from wizard.model.text import counted, number

_LATEST_DAYS = 2
"""A daily job may be under way, and the host's time zone may be another one than the report's."""
_YEAR_2242 = 1 << 33
"""Seconds since 1970; a server of another kind may write anything."""
_CRON_PLACES = ("/var/spool/cron", "/etc/cron")
_NOT_SEEN = "A host cannot prove that seven daily copies are kept elsewhere."
_OFF = frozenset({"disabled", "masked", "masked-runtime"})
_SAVE = "Let the server save: save points, appendonly yes, or redis-cli --rdb in the job."
_REPAIR = "Repair the job, run it once, and look at its copy."


def backups(subject: CheckContext) -> Judgement:
    """Judge the timers and cron entries that copy the data; their target is not on this host."""
    jobs = [each for each in subject.facts.backup_jobs if _concerns(subject, each)]
    evidence = (*_evidence(jobs), *_last_save(subject), *_written(subject))
    if subject.facts.tree is not None:
        return unknown("A directory tree shows no run of a backup.", *evidence, fix=subject.look_again("the backups"))
    failures = {each.name: text for each in jobs if (text := _failure(each))}
    idle = {each.name: text for each in jobs if each.name not in failures and (text := _idle(subject, each))}
    good = [each for each in jobs if each.name not in failures and each.name not in idle and each.active is not None]
    if failures or (idle and not good):
        return failed(" ".join((failures or idle).values()), *evidence, fix=_REPAIR)
    if good and all(each.directories for each in good) and (stale := _stale(subject)):
        return failed(f"{good[0].name} copies old data: {stale}", *evidence, fix=_SAVE)
    if good:
        return unknown(f"{_NOT_SEEN} {' '.join(map(_ran, good))}", *evidence)
    if jobs:
        return unknown(f"{_NOT_SEEN} The state of {jobs[0].name} could not be read.", *evidence)
    return _none(subject, evidence)


def _none(subject: CheckContext, seen: Iterable[Evidence]) -> Judgement:
    """Return why no job was found: one that is not seen may run elsewhere, or copy more than its command says."""
    closed = [each for each in subject.facts.unreadable if each.what.startswith(_CRON_PLACES)]
    if closed:
        return unknown(f"{closed[0].what} could not be read ({closed[0].why}), so jobs may be missing.", fix=AS_ROOT)
    others = [each for each in subject.facts.backup_jobs if not (each.directories or each.servers)]
    named = "".join(f" What {each.name} copies ({each.tool}) is not known." for each in others[:1])
    words = "No timer or cron entry was found that copies the data."
    return unknown(f"{_NOT_SEEN} {words}{named}", *seen, *_evidence(others))


def _concerns(subject: CheckContext, job: BackupJob) -> bool:
    """Return whether a job copies the data of this server."""
    directory = PurePosixPath(subject.configuration.value("dir").rstrip("/") or "/")
    own = {str(each.port) for each in subject.tcp} | set(ports(subject)) | {each.address for each in subject.sockets}
    own.add(setting(subject, "unixsocket").file or "")
    alone = sum(each.in_use for each in subject.facts.instances) <= 1
    return directory in job.directories or bool(own & set(job.servers)) or (job.named and alone)


def _evidence(jobs: Iterable[BackupJob]) -> Iterator[Evidence]:
    for each in jobs:
        said = (each.tool, each.enabled, f"last run {each.last_run}" if each.last_run else "", each.result)
        yield observed("backup job", each.name, ", ".join(word for word in said if word))


def _last_save(subject: CheckContext) -> Iterator[Evidence]:
    """Return when the server saved last: a copy of its dump is as old."""
    saved = number((subject.live.info if subject.live else {}).get("rdb_last_save_time"))
    if saved and saved < _YEAR_2242:
        yield observed("last save", f"{LIVE}, INFO", _date(saved))


def _data_file(subject: CheckContext) -> FileStatus | None:
    """Return the file or directory that holds the newest data on disk: the append-only one where it is on."""
    on = subject.configuration.value("appendonly", "no").lower() == "yes"
    return subject.instance.append_only if on else subject.instance.dump


def _written(subject: CheckContext) -> Iterator[Evidence]:
    data = _data_file(subject)
    if data is not None and data.modified:
        yield observed("written last", str(data.path), _date(data.modified))


def _stale(subject: CheckContext) -> str:
    """Return how the files on disk lag behind the keys of the server; empty where nothing shows it.

    A file that is old holds every key as long as no key has changed since the last save.
    """
    data, live = _data_file(subject), subject.live
    if data is None or live is None or not live.keys:
        return ""
    if data.kind is FileKind.ABSENT:
        return f"{data.path} does not exist, and the server has {counted(live.keys, 'key')}."
    changes = number(live.info.get("rdb_changes_since_last_save"))
    days = (subject.today - date.fromisoformat(_date(data.modified)[:10])).days if data.modified else 0
    if days <= _LATEST_DAYS or changes == 0:
        return ""
    since = f", and {counted(changes, 'change')} came since the last save" if changes else ""
    return f"{data.path} was written last {days} days ago{since}."


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(min(seconds, _YEAR_2242), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- one job -----------------------------------------------------------------------------------------


def _failure(job: BackupJob) -> str:
    """Return how its last run failed; empty where it did not."""
    if job.result in {"", "success"}:
        return ""
    return f"The last run of {job.name} failed ({job.result}, {job.last_run})."


def _idle(subject: CheckContext, job: BackupJob) -> str:
    """Return why a job does not run every day; empty where nothing shows it."""
    if job.active is None:
        return ""
    return _off(job) or _late(subject, job)


def _off(job: BackupJob) -> str:
    if not job.active and job.name.endswith(".timer"):
        return f"{job.name} is {job.enabled if job.enabled in _OFF else 'stopped'}: nothing runs it."
    if not job.active:
        return f"cron does not run {job.name}."
    return f"{job.name} is {job.enabled}: the next boot does not start it." if job.enabled in _OFF else ""


def _late(subject: CheckContext, job: BackupJob) -> str:
    if job.last_run:
        days = _days(subject.today, job.last_run)
        return f"{job.name} ran last on {job.last_run}, {days} days ago." if days > _LATEST_DAYS else ""
    if job.waiting_since and _days(subject.today, job.waiting_since) > _LATEST_DAYS:
        return f"{job.name} has never run since it was started on {job.waiting_since}."
    return ""


def _ran(job: BackupJob) -> str:
    if not job.last_run:
        timer = job.name.endswith(".timer")
        return f"{job.name} has not run yet." if timer else f"cron runs {job.name} ({job.tool}) and keeps no result."
    return f"{job.name} ({job.tool}) ran last on {job.last_run}, {'with success' if job.result else 'result unknown'}."


def _days(today: date, when: str) -> int:
    """Return the days since a time as systemd writes it; 0 where it is none."""
    try:
        return (today - date.fromisoformat(when[:10])).days
    except ValueError:
        return 0
