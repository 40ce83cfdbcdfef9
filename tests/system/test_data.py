"""Keys through a power cut on a real host whose server asks for a password: after the boot nobody of ours is let in."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.debian import TESTHOST, DebianHost, debian_host
from tests.support.waiting import poll

KEYS, WINDOW = 500, 50
OPERATOR, SECRETS = "/root/operator", "/root/secrets.toml"
LOGIN = ("--user", "default", "--password-file", OPERATOR)
LOGIN_OF_OURS = ("--user", "admin", "--password-file", "/root/admin")
CLI = f'REDISCLI_AUTH="$(cat {OPERATOR})" redis-cli'
ADMIN = (
    f'REDISCLI_AUTH="$(sed -n \'s/^"admin" = "\\(.*\\)"$/\\1/p\' {SECRETS})" '
    "redis-cli -s /run/redis/redis.sock --user admin"
)


@contextmanager
def locked_host(name: str, points: str, *, before: str = ":") -> Iterator[DebianHost]:
    """Give a host with a password, these save points, and keys."""
    with debian_host(name) as made:
        made.shell(
            f"{before}; echo operators-own >{OPERATOR}; "
            f"printf '%s\\n' 'requirepass operators-own' '{points}' >>/etc/redis/redis.conf; "
            f"systemctl restart redis-server; for i in $(seq {KEYS}); do echo set key:$i x; done | {CLI} >/dev/null"
        )
        yield made


def files(host: DebianHost) -> str:
    return host.shell("find /etc -xdev -type f ! -path /etc/resolv.conf -exec sha256sum {} + | sort -k2")


def keys(host: DebianHost) -> int:
    return int(host.shell(f"{CLI} dbsize").split()[-1])


def cut_in_the_window(host: DebianHost) -> None:
    """Apply, write in the window, and cut the power before anybody keeps it."""
    host.shell(
        f"redis-wizard apply --yes {' '.join(LOGIN)} --secrets-to {SECRETS} --confirm-within 600 "
        ">/root/said 2>&1 </dev/null &"
    )
    host.wait_for_stage("waiting")
    host.shell(f"for i in $(seq {WINDOW}); do echo set window:$i x; done | {ADMIN} >/dev/null")
    assert "aof_enabled:1" in host.shell(f"{ADMIN} info persistence")
    poll(lambda: "aof_pending_bio_fsync:0" in host.shell(f"{ADMIN} info persistence"), "it is not written")
    for word in ("kill", "start"):
        subprocess.run([TESTHOST, word, host.name], check=True, timeout=300)
    host.wait_for_stage("ended")


def test_a_server_with_save_points_is_stopped_in_order_and_everything_is_as_before() -> None:
    with locked_host("data-saves", "save 900 1") as host:
        before = files(host)
        cut_in_the_window(host)
        assert keys(host) == KEYS + WINDOW
        assert files(host) == before
        assert host.shell(f"{CLI} config get appendonly").split()[-1] == "no"
        assert not host.shell("ls -d /var/lib/redis/appendonlydir 2>/dev/null || :")
        # What is on disk is all of it.
        host.shell("systemctl kill -s KILL redis-server; sleep 1; systemctl start redis-server")
        assert keys(host) == KEYS + WINDOW


def test_a_server_that_saves_nothing_keeps_its_append_only_file_until_somebody_logs_in() -> None:
    with locked_host("data-nothing", 'save ""') as host:
        before = files(host)
        cut_in_the_window(host)
        assert keys(host) == KEYS + WINDOW
        told = " ".join(host.wizard("status").stdout.split())
        assert "to finish, run redis-wizard rollback" in told, told
        snapshot = json.loads(host.wizard("status", "--json").stdout)["id"]
        assert host.shell(f"{CLI} config get appendonly").split()[-1] == "yes"
        said = host.wizard("rollback", snapshot, "--yes", "--verbose", *LOGIN).stdout
        assert "SAME" in said, said
        assert keys(host) == KEYS + WINDOW
        assert files(host) == before
        assert host.shell(f"{CLI} config get appendonly").split()[-1] == "no"


SMALL_DISK = "systemctl stop redis-server; mount -t tmpfs -o size=64m,mode=750,uid=redis,gid=redis data /var/lib/redis"
FILLED = "/var/lib/redis/fill"
LIMITED = "/etc/systemd/system/redis-server.service.d"


@pytest.fixture(scope="module")
def small() -> Iterator[DebianHost]:
    with locked_host("data-small", "save 900 1", before=SMALL_DISK) as made:
        made.shell(f"head -c 8388608 /dev/urandom | {CLI} -x set big")
        yield made


def hardened(host: DebianHost) -> None:
    host.wizard("apply", "--yes", *LOGIN, "--secrets-to", SECRETS)
    host.shell(f'sed -n \'s/^"admin" = "\\(.*\\)"$/\\1/p\' {SECRETS} >/root/admin')


def back(host: DebianHost, *login: str) -> None:
    said = host.wizard("rollback", "--yes", "--verbose", *login).stdout
    assert "SAME" in said, said
    host.shell(f"rm {SECRETS}")


def test_a_server_that_could_not_stop_for_want_of_space_is_told_once_more(small: DebianHost) -> None:
    before = files(small)
    for login in (LOGIN_OF_OURS, ()):
        hardened(small)
        # Its own stop would wait for that of the server.
        small.shell("systemctl disable --now disable-thp")
        small.shell(f"cat /dev/zero >{FILLED} 2>/dev/null || :; systemctl stop --no-block redis-server")
        poll(lambda: "can't exit" in small.shell("cat /var/log/redis/redis-server.log"), "it stopped")
        # The service manager said its word, and says no other.
        assert small.shell("systemctl show -P ActiveState redis-server").strip() == "deactivating"
        small.shell(f"rm {FILLED}; : >/var/log/redis/redis-server.log")
        back(small, *login)
        assert keys(small) == KEYS + 1
        assert files(small) == before


def test_a_stop_that_saves_for_longer_than_its_unit_may_is_not_cut_off(small: DebianHost) -> None:
    # Microseconds for each key.
    small.shell(
        f"mkdir -p {LIMITED}; printf '[Service]\nTimeoutStopSec=2\n' >{LIMITED}/slow.conf; systemctl daemon-reload; "
        "echo rdb-key-save-delay 10000 >>/etc/redis/redis.conf; systemctl restart redis-server"
    )
    hardened(small)
    small.shell(
        f"{ADMIN} config set appendonly no; sed -i 's/^appendonly .*/appendonly no/' /etc/redis/redis.conf; "
        f"for i in $(seq {WINDOW}); do echo set late:$i x; done | {ADMIN} >/dev/null"
    )
    back(small)
    assert keys(small) == KEYS + 1 + WINDOW
