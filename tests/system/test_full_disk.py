"""A disk that is full when it matters: every file that was there comes back, no key is lost, and it is said."""

from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import HostState, picture
from tests.support.in_host import PRELUDE

KEYS = 500

FILL = r"""
import os, sys


def fill(place):
    # Blocks first, in ever smaller files. What a big write leaves over goes to small ones, each synced:
    # only then is there not one block left that a rollback could use without our seeing it.
    for size in (1 << 20, 1 << 16, 1 << 12, 1 << 10):
        for number in range(1 << 20):
            try:
                descriptor = os.open(f"{place}/fill.{size}.{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except OSError:
                break
            try:
                os.write(descriptor, b"x" * size)
                os.fsync(descriptor)
            except OSError:
                break
            finally:
                os.close(descriptor)
    space = os.statvfs(place)
    print(f"free blocks: {space.f_bavail}, free inodes: {space.f_ffree > 100}", flush=True)


if __name__ == "__main__" and len(sys.argv) == 2:
    fill(sys.argv[1])
"""

DRIVER = (
    FILL
    + PRELUDE
    + r"""
place, moment = sys.argv[1:]


class Host(InHost):
    filled = False

    def write(self, path, data, **rights):
        if moment == f"before {path}":
            self.fill_once()
        super().write(path, data, **rights)
        if moment == f"after {path}":
            self.fill_once()

    def append(self, path, data, **more):
        super().append(path, data, **more)
        if moment == "confirm" and b'"phase":"confirm"' in data or moment == "kept" and b'"kind":"confirmed"' in data:
            self.fill_once()

    def fill_once(self):
        if not self.filled:
            self.filled = True
            fill(place)


host = Host()
apply = begin(host, recommended(host), seconds=2 if moment == "confirm" else 0)
try:
    print(to_line(apply.outcome()))
except Exception as error:
    print(type(error).__name__, error)
"""
)


@pytest.fixture
def host() -> Iterator[DebianHost]:
    with debian_host("full-disk", "--disk", "64M") as made:
        script = f"for i in $(seq {KEYS}); do echo set key:$i value:$i; done | redis-cli >/dev/null"
        made.shell(script + "; redis-cli save >/dev/null")
        yield made


@pytest.fixture
def own_disk(host: DebianHost, request: pytest.FixtureRequest) -> DebianHost:
    """One directory of the host on a small file system of its own."""
    place = str(request.param)
    host.shell(
        f"systemctl stop redis-server; cp -a {place} /root/was; mount -t tmpfs -o size=4m tmpfs {place}; "
        f"cp -a /root/was/. {place}/; chown --reference=/root/was {place}; chmod --reference=/root/was {place}; "
        "rm -r /root/was; systemctl start redis-server"
    )
    return host


def drive(host: DebianHost, place: str, moment: str) -> str:
    """Apply with the file system of a directory full from some moment on."""
    said = host.run("python3", "-I", "-c", DRIVER, place, moment).stdout
    assert "free blocks: 0" in said, said
    assert "free inodes: True" in said, said
    return said


def expect_first_state(host: DebianHost, before: HostState, said: str) -> None:
    assert not before.difference(picture(host)), said
    assert host.shell("redis-cli dbsize").split()[-1] == str(KEYS), said
    assert host.shell("redis-cli get key:7").strip() == "value:7"
    assert not host.shell("find /etc /var -name '.*.rw-*' -o -path /var/lib/redis-wizard/applies/*/reserve")


@pytest.mark.parametrize("moment", ["after /etc/redis/users.acl", "after /etc/redis/redis.conf", "confirm"])
def test_a_full_disk_is_no_obstacle_to_going_back(host: DebianHost, moment: str) -> None:
    before = picture(host)
    said = drive(host, "/var", moment)
    host.shell("rm /var/fill.*")
    assert '"ending":"rolled-back"' in said, said
    assert "SAME" in said
    expect_first_state(host, before, said)


def test_a_disk_that_is_full_after_the_decision_takes_nothing_back(host: DebianHost) -> None:
    before = picture(host)
    said = drive(host, "/var", "kept")
    assert '"ending":"applied"' in said, said
    host.shell("rm /var/fill.*")
    assert "is already confirmed" in host.wizard("confirm").stdout
    # Its driver kept no password: the server is restarted with the old files.
    host.wizard("rollback", "--yes")
    expect_first_state(host, before, said)


UNDER_WAY = """
systemd-run --quiet --collect --unit=operator /usr/local/bin/redis-wizard apply --yes --confirm-within 20 \\
  --secrets-to /run/secrets.toml
until grep -qs '"phase":"confirm".*"deadline":[0-9]' /var/lib/redis-wizard/applies/*/journal.jsonl; do sleep 0.1; done
"""


ENDED = """
tries=0
until grep -qs '"outcome":{' /var/lib/redis-wizard/applies/*/journal.jsonl; do
  tries=$((tries + 1)); test $tries -lt 600; sleep 0.2
done
while systemctl is-active -q operator; do sleep 0.1; done
# Its nets are taken in after the last word.
until test -z "$(systemctl list-units --all --no-legend 'redis-wizard*')"; do
  tries=$((tries + 1)); test $tries -lt 600; sleep 0.2
done
"""


@pytest.mark.parametrize("then", ["silence", "systemctl kill --kill-whom=main -s KILL redis-wizard-apply"])
def test_the_detached_worker_goes_back_on_a_full_disk(host: DebianHost, then: str) -> None:
    before = picture(host)
    host.shell(UNDER_WAY)
    assert "free blocks: 0" in host.run("python3", "-I", "-c", FILL, "/var").stdout
    host.shell(then if then != "silence" else ":")
    host.shell(ENDED)
    host.shell("rm /var/fill.*")
    said = " ".join(host.wizard("status").stdout.split())
    assert "everything is as before" in said, said
    host.shell("rm -f /run/secrets.toml")
    expect_first_state(host, before, said)
    assert not host.shell("ls /etc/systemd/system | grep wizard || :")


@pytest.mark.parametrize("own_disk", ["/etc/redis"], indirect=True)
@pytest.mark.parametrize("moment", ["after /etc/redis/users.acl", "confirm"])
def test_the_old_files_come_back_into_a_full_directory(own_disk: DebianHost, moment: str) -> None:
    inodes = "stat -c '%n %i %Y %h' /etc/redis/redis.conf"
    before, files = picture(own_disk), own_disk.shell(inodes)
    said = drive(own_disk, "/etc/redis", moment)
    assert own_disk.shell("rm /etc/redis/fill.*; ls -A /etc/redis").split() == ["redis.conf"]
    assert '"ending":"rolled-back"' in said, said
    assert "SAME" in said
    expect_first_state(own_disk, before, said)
    # No copy of the file but the very same one.
    assert own_disk.shell(inodes) == files


@pytest.mark.parametrize("own_disk", ["/var/lib/redis"], indirect=True)
def test_a_server_that_cannot_save_is_not_stopped_and_goes_back_once_it_can(own_disk: DebianHost) -> None:
    before = picture(own_disk)
    said = drive(own_disk, "/var/lib/redis", "confirm")
    assert "could not save its data" in said, said
    assert "redis-wizard recover" in said
    assert own_disk.shell("systemctl is-active redis-server").strip() == "active"
    own_disk.shell("rm /var/lib/redis/fill.*")
    said = own_disk.wizard("rollback", "--yes", "--verbose").stdout
    assert "everything is as before" in " ".join(said.split())
    expect_first_state(own_disk, before, said)


@pytest.mark.parametrize("own_disk", ["/etc/redis"], indirect=True)
def test_a_directory_without_room_is_refused_before_anything_changes(own_disk: DebianHost) -> None:
    before = picture(own_disk)
    own_disk.shell("head -c 3500000 /dev/zero >/etc/redis/fill")
    said = own_disk.wizard("apply", "--yes", "--secrets-to", "/root/secrets.toml", check=False)
    own_disk.shell("rm /etc/redis/fill")
    assert said.returncode == 1
    assert "/etc/redis has" in said.stdout + said.stderr
    assert "are needed" in said.stdout + said.stderr
    expect_first_state(own_disk, before, said.stdout)


def test_a_disk_without_room_for_a_snapshot_is_refused(host: DebianHost) -> None:
    before = picture(host)
    host.run("python3", "-I", "-c", FILL, "/var")
    said = host.wizard("apply", "--yes", "--secrets-to", "/run/secrets.toml", check=False)
    host.shell("rm /var/fill.*")
    assert said.returncode == 1
    assert "no space left" in said.stdout + said.stderr
    expect_first_state(host, before, said.stdout)
