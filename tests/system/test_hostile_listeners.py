"""A local user binds every port that the server leaves, and hears no password: before, during and after a restart."""

import hashlib
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import hostile
from tests.support.debian import TESTHOST, DebianHost, debian_host

LOG = "/home/op/heard"
PLACES = ("127.0.0.1,6379", "::1,6379")
GIVEN = "given-p4ssw0rd-of-the-operator-0123456789"
LOGIN = ("--user", "default", "--password-file", "/root/given")
SECRETS = "/root/secrets.toml"
KEYS = 1000
SET_UP = f"""
id op >/dev/null 2>&1 || useradd --create-home op
printf '%s\\n' '{GIVEN}' >/root/given
chmod 600 /root/given
for i in $(seq {KEYS}); do echo set key:$i $i; done | redis-cli >/dev/null
"""
HOLD_A_CONNECTION = """\
import socket, time
link = socket.create_connection(("127.0.0.1", 6379))
link.sendall(b"SET old client\\r\\n")
time.sleep(3600)
"""
REQUIRE = "redis-cli config set requirepass {0} >/dev/null; echo 'requirepass {0}' >>/etc/redis/redis.conf"
NAMED = """\
import os, sys
os.execv("/usr/bin/python3", ["redis-server", *sys.argv[1:]])
"""


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[DebianHost]:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:6]
    with debian_host(f"access-{name}") as made:
        made.copy_to(Path(hostile.__file__), "/opt/hostile.py")
        made.shell(f"chmod 644 /opt/hostile.py; {SET_UP}")
        yield made


@contextmanager
def beside(host: DebianHost, *command: str) -> Iterator[None]:
    """Run a program inside the host meanwhile."""
    arguments = [str(TESTHOST), "exec", host.name, "--", *command]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            host.shell(f"test -e {LOG}.pid && kill -KILL $(cat {LOG}.pid); rm -f {LOG}.pid", check=False)
            process.kill()
            process.wait()


@contextmanager
def attacked(host: DebianHost, how: str, *places: str) -> Iterator[None]:
    """Let the local user attack."""
    with beside(host, "runuser", "-u", "op", "--", "python3", "-I", "/opt/hostile.py", LOG, how, *places):
        until(lambda: host.run("test", "-e", f"{LOG}.pid", check=False).returncode == 0)
        yield


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def heard(host: DebianHost) -> str:
    return host.shell(f"cat {LOG} 2>/dev/null || :")


def no_secret(host: DebianHost) -> None:
    """Nothing that the attacker heard is a login, or a part of one."""
    log = heard(host)
    made = re.findall(r'= "([^"]+)"', host.shell(f"cat {SECRETS} 2>/dev/null || :"))
    for secret in (GIVEN, *made):
        assert secret not in log
        assert secret[:12] not in log
    assert not re.search(r"AUTH", log, re.IGNORECASE), log[-2000:]
    assert "got " in log, "the attacker never got a place: nothing was tried"


def apply(host: DebianHost, *options: str) -> int:
    """Apply for as long as it may take; a port that is held for ever can keep it from its end."""
    given = ("redis-wizard", "apply", "--yes", "--secrets-to", SECRETS, "--confirm-within", "0", *options)
    return host.run("timeout", "60", *given, check=False, seconds=300).returncode


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


@pytest.mark.parametrize("how", ["hit", "silent"])
def test_a_port_that_stays_is_taken_in_the_gap_of_the_restart(host: DebianHost, how: str) -> None:
    with (
        beside(host, "runuser", "-u", "nobody", "--", "python3", "-I", "-c", HOLD_A_CONNECTION),
        attacked(host, how, *PLACES, "127.0.0.1,6380", "::1,6380"),
    ):
        time.sleep(1)
        apply(host)
        no_secret(host)


def test_the_operators_own_login_and_the_new_one_are_kept_from_a_held_port(host: DebianHost) -> None:
    host.shell(REQUIRE.format(GIVEN))
    with (
        beside(host, "runuser", "-u", "nobody", "--", "python3", "-I", "-c", HOLD_A_CONNECTION),
        attacked(host, "hold", *PLACES),
    ):
        apply(host, *LOGIN)
        # Whatever becomes of the apply; a stopped server leaves its port to the attacker for good.
        host.shell("systemctl stop redis-server; sleep 1")
        for command in ("check", "plan", "detect"):
            host.wizard(command, *LOGIN, check=False)
        no_secret(host)


def test_a_program_named_like_the_server_gets_no_login(host: DebianHost) -> None:
    host.shell(f"{REQUIRE.format(GIVEN)}; systemctl stop redis-server")
    host.run("sh", "-euc", 'printf %s "$1" >/opt/named.py', "-", NAMED)
    host.shell("chmod 644 /opt/named.py")
    command = ("python3", "-I", "/opt/named.py", "-I", "/opt/hostile.py", LOG, "hold", *PLACES, "/etc/redis/redis.conf")
    for _ in ("with its unit", "without any unit"):
        with beside(host, "runuser", "-u", "op", "--", *command):
            until(lambda: "got " in heard(host))
            for options in ((), ("--config", "/etc/redis/redis.conf"), ("--port", "6379"), ("--host", "::1")):
                for what in ("check", "plan"):
                    said = host.wizard(what, *LOGIN, *options, check=False)
                    assert GIVEN not in said.stdout + said.stderr
            no_secret(host)
        host.shell("rm /lib/systemd/system/redis-server.service; systemctl daemon-reload", check=False)
