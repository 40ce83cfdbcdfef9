from pathlib import PurePosixPath

import pytest

from tests.support.facts_builder import instance
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from wizard.detect.machine.backup_jobs import read_backup_jobs, recognise
from wizard.detect.machine.scheduled import Scheduled, scheduled
from wizard.detect.reader import Reader
from wizard.host.reader import ProcessFacts
from wizard.model.facts.host import BackupJob
from wizard.model.value import replace

DATA = PurePosixPath("/var/lib/redis")
OTHER = PurePosixPath("/srv/cache")
UNITS = PurePosixPath("/etc/systemd/system")
CROND = ProcessFacts(pid=2, parent=1, name="cron", arguments=("cron",), user="root", resident=0, started=0.0)


@pytest.mark.parametrize(
    ("text", "tool", "directories", "servers"),
    [
        ("/usr/bin/restic backup /var/lib/redis", "restic", (DATA,), ()),
        ("restic backup / --exclude /proc", "restic", (DATA, OTHER), ()),
        ("restic backup /var/lib/ -e x", "restic", (DATA,), ()),
        ("restic backup / --exclude=/var/lib/redis", "restic", (OTHER,), ()),
        ("borg create ::now /var/lib/redis/dump.rdb", "borg", (DATA,), ()),
        ("borgmatic --verbosity -1", "borgmatic", (), ()),
        ('SRC="/var/lib/redis"\nrsync -a "$SRC" backup:/redis', "rsync", (DATA,), ()),
        ("redis-cli BGSAVE; sleep 60; cp /var/lib/redis/dump.rdb /mnt/b/", "cp", (DATA,), ()),
        ("aws s3 cp /srv/cache/dump.rdb s3://b/k", "aws", (OTHER,), ()),
        ("tar czf /b/all.tgz /var", "tar", (DATA,), ()),
        ("redis-cli --rdb /b/d.rdb && ls /b", "redis-cli", (), ("6379",)),
        ("valkey-cli -p 7000 --rdb /b/d.rdb", "redis-cli", (), ("7000",)),
        ("redis-cli -s /run/redis/s.sock --rdb /b/d.rdb", "redis-cli", (), ("/run/redis/s.sock",)),
    ],
)
def test_a_command_that_copies_the_data_is_a_backup(
    text: str, tool: str, directories: tuple[PurePosixPath, ...], servers: tuple[str, ...]
) -> None:
    found = recognise(Scheduled(name="x.timer", text=text), (DATA, OTHER))
    assert found == BackupJob(name="x.timer", tool=tool, directories=directories, servers=servers)


@pytest.mark.parametrize(
    "text",
    [
        "# restic backup /var/lib/redis",
        "redis-cli -h 10.0.0.9 --rdb /b/d.rdb",
        "redis-cli BGSAVE",
        "find /var/lib/redis -name '*.rdb'",
        "cp /var/lib/dpkg/status /var/backups/",
        "cp -a / /mnt",
        "rsync -a /home/ backup:",
        "",
    ],
)
def test_a_command_that_does_not_is_none(text: str) -> None:
    assert recognise(Scheduled(name="x.timer", text=text), (DATA, OTHER)) is None


def test_a_job_that_is_called_a_backup_of_the_server_is_one() -> None:
    found = recognise(Scheduled(name="redis-backup.timer", text="/opt/b/run"), (DATA,))
    assert found == BackupJob(name="redis-backup.timer", tool="run", named=True)


def test_no_word_of_a_command_but_the_program_is_a_fact() -> None:
    text = "RESTIC_PASSWORD=hunter2 restic -r s3:https://key:hunter2@s3/b backup /var/lib/redis"
    assert "hunter2" not in repr(recognise(Scheduled(name="x.timer", text=text), (DATA,)))


# --- on a host -----------------------------------------------------------------------------------


def host() -> MemoryHost:
    """Return a host with a timer whose script copies the data, and cron entries of every kind."""
    files = {
        UNITS / "night.timer": "[Timer]\nOnCalendar=daily\nUnit=copy.service\n",
        UNITS / "copy.service": "[Service]\nExecStart=-/usr/local/bin/copy.sh %n\n",
        UNITS / "gone.timer": "[Timer]\nOnCalendar=daily\n",
        UNITS / "redis-wizard-guard.timer": "[Timer]\nUnit=copy.service\n",
        PurePosixPath("/usr/local/bin/copy.sh"): "#!/bin/sh\nrestic backup /var/lib/redis\n",
        PurePosixPath("/etc/crontab"): "SHELL=/bin/sh\n17 * * * * root rsync -a /var/lib/redis b:\n#1 1 * * * root x\n",
        PurePosixPath("/etc/cron.d/daily"): "@daily redis /usr/local/bin/copy.sh >/dev/null\n",
        PurePosixPath("/var/spool/cron/crontabs/root"): "0 3 * * 1-5 tar cf /b.tar /var/lib/redis\n",
        PurePosixPath("/etc/cron.daily/backup"): "#!/bin/sh\ncp /var/lib/redis/dump.rdb /b\n",
        PurePosixPath("/etc/cron.daily/backup.sh"): "#!/bin/sh\ncp /var/lib/redis/dump.rdb /b\n",
        PurePosixPath("/etc/debian_version"): "13.1\n",
    }
    made = MemoryHost({path: text.encode() for path, text in files.items()}, services=MemoryServices())
    for name in ("backup", "backup.sh"):
        made.nodes[PurePosixPath("/etc/cron.daily") / name].mode = 0o755
    return made


def jobs(made: MemoryHost, *processes: ProcessFacts) -> dict[str, BackupJob]:
    reader = Reader(made)
    return {job.name: job for job in read_backup_jobs(reader, tuple(scheduled(reader)), [instance()], processes)}


def test_timers_and_cron_entries_are_read_with_their_scripts() -> None:
    found = jobs(host(), CROND)
    assert {name: job.tool for name, job in found.items()} == {
        "/etc/cron.d/daily:1": "restic",
        "/etc/cron.daily/backup": "cp",
        "/etc/cron.daily/backup.sh": "cp",
        "/etc/crontab:2": "rsync",
        "/var/spool/cron/crontabs/root:1": "tar",
        "night.timer": "restic",
    }
    assert all(job.directories == (DATA,) for job in found.values())


def test_cron_runs_what_is_executable_while_it_runs_itself() -> None:
    made = host()
    made.nodes[PurePosixPath("/etc/cron.daily/backup")].mode = 0o644
    found = jobs(made, CROND)
    assert found["/etc/crontab:2"].active is True
    assert found["/etc/cron.daily/backup"].active is False
    assert found["/etc/cron.daily/backup.sh"].active is False, "Debian's run-parts leaves out names with a dot"
    other = replace(CROND, name="sshd")
    assert not any(job.active for job in jobs(made, other).values())
    assert jobs(made)["/etc/crontab:2"].active is None, "no process was seen, not even cron"
    made.put(PurePosixPath("/usr/lib/systemd/system/cron.target"), b"")
    assert jobs(made, other)["/etc/crontab:2"].active is None, "systemd-cron makes timers of the entries"
    made.put(UNITS / "anacron.timer", b"[Timer]\nOnCalendar=hourly\n")
    assert jobs(made, other)["/etc/crontab:2"].active is True


def test_the_last_run_of_a_timer_is_that_of_its_service() -> None:
    made = host()
    made.services.units = {
        "night.timer": MemoryUnit(
            active="active",
            enabled="enabled",
            properties={"LastTriggerUSec": "Mon 2026-05-04 03:00:00 CEST", "ActiveEnterTimestamp": ""},
        ),
        "copy.service": MemoryUnit(
            properties={"Result": "exit-code", "ExecMainExitTimestamp": "Mon 2026-05-04 03:00:09 CEST"}
        ),
    }
    job = jobs(made)["night.timer"]
    assert (job.active, job.enabled, job.result, job.last_run) == (True, "enabled", "exit-code", "2026-05-04 03:00:00")
    # After a boot systemd calls a service that has not run a success.
    made.services.units["copy.service"].properties = {"Result": "success", "ExecMainExitTimestamp": ""}
    assert jobs(made)["night.timer"].result == ""


def test_a_tree_shows_the_jobs_and_no_run() -> None:
    made = host()
    made.tree = PurePosixPath("/srv/image")
    assert {job.active for job in jobs(made).values()} == {None}


def test_own_timers_are_none() -> None:
    assert all("redis-wizard" not in each.name for each in scheduled(Reader(host())))
