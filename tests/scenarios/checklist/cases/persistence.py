"""Items 21 to 23: persistence and backups."""

from datetime import datetime
from pathlib import PurePosixPath

from tests.scenarios.checklist.cases.hosts import (
    ATTESTED,
    FAIL,
    HARD,
    NOT_APPLICABLE,
    PASS,
    STOPPED,
    UNKNOWN,
    attestation,
    attested,
    case,
    with_role,
)
from tests.scenarios.checklist.cases.memory import setting, using
from tests.support.facts_builder import (
    CONF,
    GIB,
    TAKEN_AT,
    acl,
    directory,
    file_status,
    space,
    unreadable,
    with_both,
    with_file,
    with_instance,
    with_live,
)
from wizard.model.facts.files import FileKind
from wizard.model.facts.host import BackupJob, HostFacts
from wizard.model.facts.service import Role
from wizard.model.value import replace

TIMER = BackupJob(
    name="redis-backup.timer",
    tool="restic",
    directories=(PurePosixPath("/var/lib/redis"),),
    active=True,
    enabled="enabled",
    result="success",
    last_run="2026-05-04 03:00:00",
    waiting_since="2026-04-20 10:00:00",
)
CRON = BackupJob(name="/etc/cron.d/backup:3", tool="rsync", directories=(PurePosixPath("/var/lib/redis"),), active=True)


def with_jobs(*jobs: BackupJob) -> HostFacts:
    """The hardened host with these timers and cron entries."""
    return replace(HARD, backup_jobs=jobs)


_DUMP, _AOF = "/var/lib/redis/dump.rdb", "/var/lib/redis/appendonlydir"
_NOON = int(datetime.fromisoformat(TAKEN_AT).timestamp())
_CHANGED = {"rdb_changes_since_last_save": "17"}


def copied(
    days: int, *, append_only: bool = False, info: dict[str, str] = _CHANGED, job: BackupJob = TIMER
) -> HostFacts:
    """A host whose data files were written so many days ago, copied every night."""
    when = _NOON - days * 86400
    facts = with_both(with_jobs(job), appendonly="yes" if append_only else "no")
    facts = with_live(facts, keys=10, info=info)
    files = {"dump": file_status(_DUMP, modified=when), "append_only": directory(_AOF, modified=when)}
    return with_instance(facts, **files)


_CACHE = with_both(HARD, appendonly="no", save='""', maxmemory_policy="allkeys-lru")
_JOBS = with_live(_CACHE, command_calls={"brpop": 7})
_EXPIRING = {"appendonly": "no", "save": '""', "maxmemory_policy": "volatile-lru"}

PERSISTENCE = [
    case("21", NOT_APPLICABLE, _CACHE, "a cache: nothing is kept"),
    case("21", NOT_APPLICABLE, using(GIB, {"db0": "keys=2000,expires=1990,avg_ttl=1"}, **_EXPIRING), "a cache"),
    case("21", FAIL, using(GIB, {"db0": "keys=2000,expires=1000,avg_ttl=1"}, **_EXPIRING), "appendonly is no"),
    case("21", FAIL, with_both(_CACHE, maxmemory_policy="noeviction"), "appendonly is no"),
    case("21", FAIL, with_file(_CACHE, "save 900 1"), "appendonly is no"),
    case("21", FAIL, with_file(_CACHE, "maxmemory-policy noeviction"), "appendonly is no"),
    case("21", FAIL, with_role(_CACHE, Role.PRIMARY), "appendonly is no"),
    case("21", FAIL, _JOBS, "appendonly is no"),
    case("21", FAIL, with_instance(_CACHE, config=unreadable(str(CONF))), "in the running server"),
    *setting("21", "appendonly", "yes", "no"),
    *setting("21", "appendfsync", "everysec", "no"),
    case("21", PASS, with_both(HARD, appendfsync="always"), ""),
    case("21", FAIL, with_role(HARD, Role.STANDALONE, aof_last_write_status="err"), "aof_last_write_status is err"),
    case("21", FAIL, with_role(HARD, Role.STANDALONE, aof_enabled="0"), "does not write"),
    case("21", FAIL, with_instance(HARD, acl=acl(("user default off resetchannels -@all",))), "as user default"),
    case("21", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "Sentinel keeps no data"),
    case("21", PASS, STOPPED, "no write of it was seen"),
    case("21", PASS, with_both(HARD, appendonly="YES")),
    case(
        "21",
        FAIL,
        with_file(with_instance(HARD, acl=acl(("user default off resetchannels -@all",))), "appendonly YES"),
        "as user default",
    ),
    *[
        case("21", FAIL, with_instance(HARD, space=(space("/var/lib/redis", filesystem=kind),)), "reboot loses all")
        for kind in ("tmpfs", "ramfs")
    ],
    case("21", UNKNOWN, with_instance(HARD, space=()), "file system of the data directory is not known"),
    case("21", UNKNOWN, with_instance(HARD, space=(space("/etc/redis"),)), "file system of the data directory"),
    *attested(22, says="No timer or cron entry"),
    *attested(23),
    # A job that runs well shows neither its target nor a restore.
    case("22", UNKNOWN, with_jobs(TIMER), "ran last on 2026-05-04 03:00:00, with success."),
    case("22", ATTESTED, with_jobs(TIMER), "olga", [attestation(22)]),
    case("22", UNKNOWN, with_jobs(CRON), "cron runs /etc/cron.d/backup:3 (rsync) and keeps no result"),
    case("22", UNKNOWN, with_jobs(replace(TIMER, result="")), "result unknown"),
    case("22", UNKNOWN, with_jobs(replace(TIMER, last_run="2026-05-02 03:00:00")), "with success"),
    case("22", FAIL, with_jobs(replace(TIMER, last_run="2026-05-01 23:59:59")), "3 days ago"),
    case("22", FAIL, with_jobs(replace(TIMER, result="exit-code")), "redis-backup.timer failed (exit-code"),
    case("22", FAIL, with_jobs(replace(TIMER, result="timeout"), CRON), "failed (timeout"),
    case("22", FAIL, with_jobs(replace(TIMER, result="timeout")), "does not change what was seen", [attestation(22)]),
    case("22", FAIL, with_jobs(replace(TIMER, active=False, enabled="disabled")), "redis-backup.timer is disabled"),
    case("22", FAIL, with_jobs(replace(TIMER, active=False)), "redis-backup.timer is stopped"),
    case("22", FAIL, with_jobs(replace(TIMER, enabled="disabled")), "the next boot does not start it"),
    case(
        "22", FAIL, with_jobs(replace(TIMER, last_run="", waiting_since="2026-04-20 10:00:00")), "has never run since"
    ),
    case("22", UNKNOWN, with_jobs(replace(TIMER, last_run="", waiting_since=TAKEN_AT)), "has not run yet"),
    case("22", FAIL, with_jobs(replace(CRON, active=False)), "cron does not run /etc/cron.d/backup:3"),
    # The timer of a package that is not used is no failure beside a job that runs.
    case("22", UNKNOWN, with_jobs(replace(TIMER, active=False, enabled="disabled"), CRON), "cron runs"),
    case("22", UNKNOWN, with_jobs(replace(TIMER, active=None)), "could not be read"),
    # A job that succeeds copies a file that is as old as the last write of it.
    case("22", FAIL, copied(3), "copies old data: /var/lib/redis/dump.rdb was written last 3 days ago, and 17 changes"),
    case("22", FAIL, copied(40, info={}), "was written last 40 days ago."),
    case("22", FAIL, copied(40, append_only=True), "appendonlydir was written last 40 days ago"),
    case("22", UNKNOWN, copied(2), "with success"),
    case("22", UNKNOWN, copied(40, info={"rdb_changes_since_last_save": "0"}), "with success"),
    case("22", UNKNOWN, copied(40, job=replace(TIMER, directories=(), servers=("6380",))), "with success"),
    case(
        "22",
        FAIL,
        with_instance(copied(0), dump=file_status(_DUMP, kind=FileKind.ABSENT)),
        "dump.rdb does not exist, and the server has 10 keys",
    ),
    # A job of another server's data says nothing of this one; one whose sources are elsewhere is named.
    case("22", UNKNOWN, with_jobs(replace(CRON, directories=(PurePosixPath("/srv/other"),))), "No timer or cron"),
    case(
        "22", UNKNOWN, with_jobs(replace(TIMER, directories=(), name="borgmatic.timer", tool="borgmatic")), "What borg"
    ),
    case("22", UNKNOWN, with_jobs(replace(CRON, directories=(), servers=("6380",))), "cron runs"),
    case("22", UNKNOWN, with_jobs(replace(CRON, directories=(), servers=("7777",))), "No timer or cron"),
    case("22", FAIL, with_jobs(replace(TIMER, directories=(), named=True, result="signal")), "failed (signal"),
    case("22", UNKNOWN, replace(HARD, unreadable=(unreadable("/var/spool/cron/crontabs"),)), "so jobs may be missing"),
    case("22", UNKNOWN, replace(with_jobs(TIMER), tree=PurePosixPath("/srv/image")), "shows no run of a backup"),
    case("22", NOT_APPLICABLE, with_role(HARD, Role.SENTINEL), "keeps no data"),
]
