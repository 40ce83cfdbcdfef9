"""Persistence and Backup: items 21 to 23."""

from wizard.acl.replay import loses_on_replay
from wizard.checklist.context import CheckContext
from wizard.checklist.item import Item
from wizard.checklist.manual import attestable, attested
from wizard.checklist.result import Judgement, all_of, failed, not_applicable, observed, passed, unknown
from wizard.checklist.sections.backups import backups
from wizard.checklist.setting import LIVE, judge, setting
from wizard.checklist.users import file_users, user_evidence
from wizard.config import nearly_all_expire, queue_evidence
from wizard.model.facts.service import Role
from wizard.model.finding import Evidence, Severity, State

_IN_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_STATUS = ("aof_last_write_status", "aof_last_bgrewrite_status")


def append_only(subject: CheckContext) -> Judgement:
    """Judge the switch, the rhythm, and that the last write and rewrite went well."""
    if evidence := _cache(subject):
        return not_applicable("This is a cache: nothing is kept on disk, and keys are evicted.", *evidence)
    parts = [
        judge(subject, "appendonly", lambda value: value.lower() == "yes", wanted="yes"),
        judge(
            subject, "appendfsync", lambda value: value.lower() in ("everysec", "always"), wanted="everysec or always"
        ),
    ]
    summary = "The append-only file is on, and its last write and rewrite succeeded."
    if not subject.running:
        summary = "The file switches the append-only file on. The server does not run: no write of it was seen."
    return all_of((*parts, _written(subject), _read_again(subject), _lasts(subject)), summary=summary)


def _cache(subject: CheckContext) -> tuple[Evidence, ...]:
    """Return what shows that the data may be lost by intent, live and in the file; nothing where any of it is missing.

    A primary that starts empty empties its replicas, so a cache with replicas still needs the file.
    """
    if subject.role is not Role.STANDALONE or queue_evidence(subject.instance):
        return ()
    evicting = ("allkeys-", "volatile-") if nearly_all_expire(subject.instance) else ("allkeys-",)
    parts = (
        judge(subject, "appendonly", lambda value: value.lower() == "no", wanted="no"),
        judge(subject, "save", lambda value: not value.strip('"'), wanted="empty"),
        judge(subject, "maxmemory-policy", lambda value: value.lower().startswith(evicting), wanted="eviction"),
    )
    shown = all(each.state is State.PASS for each in parts)
    return tuple(each for part in parts for each in part.evidence) if shown else ()


def _written(subject: CheckContext) -> Judgement:
    """What the server says of its last writes."""
    if not subject.live:
        return not_applicable("") if not subject.running else subject.cannot_ask("INFO")
    info = subject.live.info
    if "aof_enabled" not in info:
        return subject.cannot_ask("INFO persistence")
    evidence = tuple(observed(name, f"{LIVE}, INFO", info[name]) for name in ("aof_enabled", *_STATUS) if name in info)
    bad = [name for name in _STATUS if info.get(name, "ok") != "ok"]
    if bad:
        return failed(f"{bad[0]} is {info[bad[0]]}: see the server's log and the free space of its disk.", *evidence)
    if info["aof_enabled"] != "1":
        return failed("The server does not write the append-only file.", *evidence)
    return passed("", *evidence)


def _lasts(subject: CheckContext) -> Judgement:
    """Whether the data directory is on a disk."""
    if subject.facts.tree is not None:
        return not_applicable("")  # its file systems are those of the machine that holds it
    disk = subject.data_disk
    if disk is None or not disk.filesystem:
        return unknown(
            "The file system of the data directory is not known.", fix=subject.look_again("the data directory")
        )
    evidence = observed("file system", str(disk.path), disk.filesystem)
    if disk.filesystem in _IN_MEMORY:
        words = f"{disk.path} is a {disk.filesystem}: a reboot loses all data."
        return failed(
            words, evidence, *setting(subject, "dir").evidence, fix="Move the data directory to a disk (dir)."
        )
    return passed("", evidence)


def _read_again(subject: CheckContext) -> Judgement:
    """What the next start leaves out of the file."""
    users = file_users(subject)
    default = users.named("default") if users else None
    if default is None or users is None or (setting(subject, "appendonly").file or "").lower() != "yes":
        return not_applicable("")
    if not loses_on_replay(default, flavour=subject.instance.flavour, version=subject.version):
        return not_applicable("")
    return failed(
        "The next start loses transactions and scripts: it loads them as user default, which lacks the rights.",
        *user_evidence(users, [default]),
        fix="Give default every right and leave it off: user default off ~* &* +@all",
    )


ITEMS = (
    Item(
        id="21",
        title="The append-only file is on",
        sentence="AOF is enabled (appendonly yes) with appendfsync everysec for production data safety.",
        severity=Severity.HIGH,
        step="persistence",
        check=append_only,
        not_on_sentinel="A Sentinel keeps no data.",
        fix="Switch it on in the running server first (CONFIG SET appendonly yes), wait, then change the file.",
        source="Chapter 9, item 21, corrected: with appendonly yes in the file, an RDB server loses its data at a "
        "restart (measured on five servers); a default user without rights loses what transactions wrote "
        "(redis issue 14541, valkey issue 3983, measured). A cache that keeps nothing loses nothing.",
    ),
    Item(
        id="22",
        title="Backups leave this host every day",
        sentence="RDB snapshots are shipped to remote object storage (S3 / OSS) daily; 7-day retention minimum.",
        severity=Severity.HIGH,
        check=attestable(22, backups),
        not_on_sentinel="A Sentinel keeps no data.",
        fix="Copy a snapshot off this host every day and keep seven.",
        source="Chapter 9, item 22. A host shows that a job ran, not what its target holds: no timer alone is a pass.",
    ),
    Item(
        id="23",
        title="A restore is tested every quarter",
        sentence="Backup restoration drill is performed quarterly; RTO and RPO targets are documented and validated.",
        severity=Severity.MEDIUM,
        not_on_sentinel="A Sentinel keeps no data.",
        check=attested(23, "that a restore was tested in the last quarter and met its targets"),
        fix="Restore the newest backup into a temporary server, record time and data loss, and attest it.",
        source="Chapter 9, item 23.",
    ),
)
