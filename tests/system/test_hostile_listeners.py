"""A local user binds every port that the server leaves, and hears no password: before, during and after a restart."""

import hashlib
import time
from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost
from tests.support.hostile_host import (
    GIVEN,
    LOG,
    LOGIN,
    PLACES,
    SECRETS,
    apply,
    attacked,
    beside,
    heard,
    hostile_host,
    no_secret,
    recovers,
    require_password,
    with_client,
)
from tests.support.waiting import poll

pytestmark = pytest.mark.racing

NAMED = """\
import os, sys
os.execv("/usr/bin/python3", ["redis-server", *sys.argv[1:]])
"""


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[DebianHost]:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:6]
    with hostile_host(f"hostile-{name}") as made:
        yield made


def roll_back(host: DebianHost, *options: str) -> None:
    """Begin a rollback; whether it can end while its port is held is not asked here."""
    snapshot = host.shell("ls -t /var/lib/redis-wizard/snapshots").split()[0]
    login = ("--user", "admin", "--password-file", SECRETS)
    given = " ".join(("redis-wizard", "rollback", "--yes", *login, snapshot, *options))
    host.shell(f"timeout 25 {given} || :", seconds=90)


def test_a_port_that_the_apply_closes_is_held_before_and_after_the_restart_and_through_a_rollback(
    host: DebianHost,
) -> None:
    with attacked(host, "hold", *PLACES):
        assert apply(host) == 0
        no_secret(host)
        roll_back(host)
        no_secret(host)


@pytest.mark.parametrize(("user", "how"), [("op", "hit"), ("op", "silent"), ("redis", "hit")])
def test_a_port_that_stays_is_taken_in_the_gap_of_the_restart(host: DebianHost, user: str, how: str) -> None:
    """The service account binds with SO_REUSEPORT, as the same user as the server's own sockets."""
    with with_client(host), attacked(host, how, *PLACES, "127.0.0.1,6380", "::1,6380", user=user):
        time.sleep(1)
        apply(host)
        no_secret(host)
    recovers(host)


@pytest.mark.parametrize("place", PLACES)
def test_a_port_that_is_kept_by_answer_is_held_with_the_default_user_off(host: DebianHost, place: str) -> None:
    change = 's/^plaintext = .*/plaintext = "keep"/; s/^default_user = .*/default_user = "off"/'
    host.shell(f"redis-wizard answers init >/root/answers.toml; sed -i '{change}' /root/answers.toml")
    with attacked(host, "hold", place):
        apply(host, "--answers", "/root/answers.toml")
        no_secret(host)
    recovers(host)
    assert host.shell("grep -c '^port 6379' /etc/redis/redis.conf").strip() == "1"


def test_the_operators_own_login_and_the_new_one_are_kept_from_a_held_port(host: DebianHost) -> None:
    require_password(host)
    with with_client(host), attacked(host, "hold", *PLACES):
        apply(host, *LOGIN)
        # Whatever becomes of the apply; a stopped server leaves its port to the attacker for good.
        host.shell("systemctl stop redis-server; sleep 1")
        for command in ("check", "plan", "detect"):
            host.wizard(command, *LOGIN, check=False)
        no_secret(host)


def test_a_program_named_like_the_server_gets_no_login(host: DebianHost) -> None:
    require_password(host)
    host.shell("systemctl stop redis-server")
    host.run("sh", "-euc", 'printf %s "$1" >/opt/named.py', "-", NAMED)
    host.shell("chmod 644 /opt/named.py")
    command = ("python3", "-I", "/opt/named.py", "-I", "/opt/hostile.py", LOG, "hold", *PLACES, "/etc/redis/redis.conf")
    for _ in ("with its unit", "without any unit"):
        with beside(host, "runuser", "-u", "op", "--", *command):
            poll(lambda: "got " in heard(host))
            for options in ((), ("--config", "/etc/redis/redis.conf"), ("--port", "6379"), ("--host", "::1")):
                for what in ("check", "plan"):
                    said = host.wizard(what, *LOGIN, *options, check=False)
                    assert GIVEN not in said.stdout + said.stderr
            no_secret(host)
        host.shell("rm /lib/systemd/system/redis-server.service; systemctl daemon-reload", check=False)
