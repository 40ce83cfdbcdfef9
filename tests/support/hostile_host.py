"""A host on which a local user attacks: started and stopped from outside, and what was heard is judged here.

What may not live here: the attack itself (`hostile`, a program of its own inside the host).
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import hostile
from tests.support.debian import TESTHOST, DebianHost, debian_host
from tests.support.waiting import poll

LOG = "/var/tmp/heard"  # noqa: S108 - inside a test host, for any of its users
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
chmod 644 /opt/hostile.py
"""
_HOLD_A_CONNECTION = """\
import socket, time
link = socket.create_connection(("127.0.0.1", 6379))
link.sendall(b"SET key:1 1\\r\\n")
time.sleep(3600)
"""
_REQUIRE = "redis-cli config set requirepass {0} >/dev/null; echo 'requirepass {0}' >>/etc/redis/redis.conf"


@contextmanager
def hostile_host(name: str) -> Iterator[DebianHost]:
    """Boot a host with a server, its keys, a local user, and that user's program."""
    with debian_host(name) as made:
        made.copy_to(Path(hostile.__file__), "/opt/hostile.py")
        made.shell(SET_UP)
        yield made


def require_password(host: DebianHost) -> None:
    """Let the server require the password that the operator has in a file."""
    host.shell(_REQUIRE.format(GIVEN))


@contextmanager
def beside(host: DebianHost, *command: str) -> Iterator[None]:
    """Run a program inside the host in between."""
    arguments = [str(TESTHOST), "exec", host.name, "--", *command]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            host.shell(f"test -e {LOG}.pid && kill -KILL $(cat {LOG}.pid); rm -f {LOG}.pid", check=False)
            process.kill()
            process.wait()


@contextmanager
def with_client(host: DebianHost) -> Iterator[None]:
    """Let a client stay connected, so that the plaintext port is not closed."""
    with beside(host, "runuser", "-u", "nobody", "--", "python3", "-I", "-c", _HOLD_A_CONNECTION):
        yield


@contextmanager
def attacked(host: DebianHost, how: str, *places: str, user: str = "op") -> Iterator[None]:
    """Let a local user attack."""
    with beside(host, "runuser", "-u", user, "--", "python3", "-I", "/opt/hostile.py", LOG, how, *places):
        poll(lambda: host.run("test", "-e", f"{LOG}.pid", check=False).returncode == 0)
        yield


def heard(host: DebianHost) -> str:
    """Return what the attacker has written down."""
    return host.shell(f"cat {LOG} 2>/dev/null || :")


def no_secret(host: DebianHost) -> None:
    """Nothing that the attacker heard is a login, or a part of one."""
    log = heard(host)
    made = re.findall(r'= "([^"]+)"', host.shell(f"cat {SECRETS} 2>/dev/null || :"))
    for secret in (GIVEN, *made):
        assert secret not in log
        assert secret[:12] not in log
    assert hostile.SHOWN not in log
    assert not re.search(r"AUTH", log, re.IGNORECASE), log[-2000:]
    assert "got " in log, "the attacker never got a place: nothing was tried"


def apply(host: DebianHost, *options: str) -> int:
    """Apply for as long as it may take; a port that is held for ever can keep it from its end."""
    given = ("redis-wizard", "apply", "--yes", "--secrets-to", SECRETS, "--confirm-within", "0", *options)
    return host.run("timeout", "60", *given, check=False, seconds=300).returncode


def recovers(host: DebianHost) -> None:
    """Once the attacker is gone the server runs with all its keys, and no apply is open."""
    host.wizard("recover", check=False)
    poll(lambda: host.shell("systemctl is-active redis-server || :").strip() == "active")
    assert json.loads(host.wizard("status", "--json").stdout)["stage"] in {"none", "ended"}
    password = f'$(sed -n \'s/^"*admin"* = "\\(.*\\)"/\\1/p\' {SECRETS} 2>/dev/null)'
    sessions = (f"-s /run/redis/redis.sock --user admin --pass {password}", f"-a {GIVEN}", "")
    found = [host.shell(f"redis-cli {each} dbsize 2>/dev/null || :").split()[-1:] for each in sessions]
    assert [str(KEYS)] in found, found
