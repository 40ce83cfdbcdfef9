"""How long a client misses the server: an apply with a restart against a bare ``systemctl restart``, on a real host.

The rounds alternate, so that whatever else the machine does meets both.
"""

import statistics
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench.measure import Row, milliseconds
from tests.support.debian import TESTHOST, DebianHost, debian_host, why_not
from tests.support.pinger import pinging

_HOST = "bench-restart"
ROUNDS = 7
KEYS = 200_000
VALUE = "x" * 100
SECRETS = "/root/secrets.toml"
ANSWERS = "/root/answers.toml"
LOGIN = ("--user", "admin", "--password-file", SECRETS)
SOCKET = "/run/redis/redis.sock"
UNIT = "redis-server"
WANTED = "ratio at most 1.05"

FILL = f"""
password=$(sed -n 's/^"admin" = "\\(.*\\)"$/\\1/p' {SECRETS})
printf 'auth admin %s\\neval "for i=1,{KEYS} do redis.call(\\47SET\\47,\\47app:\\47..i,ARGV[1]) end" 0 {VALUE}\\n' \
    "$password" | redis-cli -s {SOCKET} | grep -v -i err
"""
_RIGHTS = ("700", "770")


def rows() -> Iterator[Row]:
    """Measure without data, and with some of it kept in either way, for readers and for writers."""
    if reason := why_not():
        yield Row("restart on a real host", "left out", "", 0.0, reason)
        return
    with _taken_down(), debian_host(_HOST) as host:
        host.wizard("apply", "--yes", "--secrets-to", SECRETS)
        host.wizard(*LOGIN, "answers", "init", ANSWERS)
        yield _row(host, "restart, empty server")
        host.shell(FILL)
        yield _row(host, f"restart, {KEYS} keys in the append-only file")
        yield _row(host, "restart, the same for a client that writes", command="SET app:1 x")
        _answer(host, "durability", "snapshots")
        yield _row(host, f"restart, {KEYS} keys in the RDB file")
        yield _row(host, "restart, the same for a client that writes", command="SET app:1 x")
        # Only while no key ever went the count can do without a pause.
        yield _row(host, "restart, the same for one whose keys expire", command="SET app:1 x EX 3600")


@contextmanager
def _taken_down() -> Iterator[None]:
    """Take the host down where this is cut off before it is up."""
    try:
        yield
    except KeyboardInterrupt:
        subprocess.run([TESTHOST, "down", _HOST], check=False, timeout=60)
        raise


def _row(host: DebianHost, what: str, *, command: str = "PING") -> Row:
    ours, bare = [], []
    _apply(host, _RIGHTS[0])
    for turn in range(ROUNDS):
        bare.append(_gap(host, command, lambda: host.run("systemctl", "restart", UNIT)))
        rights = _RIGHTS[(turn + 1) % 2]
        ours.append(_gap(host, command, lambda: _apply(host, rights)))  # noqa: B023 - called before the next round
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return Row(what, milliseconds(mine), milliseconds(theirs), mine / theirs, WANTED)


def _apply(host: DebianHost, rights: str) -> None:
    """Apply what a running server cannot take: other rights of its unix socket."""
    _answer(host, "unix_socket_permissions", rights)
    host.run("systemctl", "reset-failed", UNIT)
    host.wizard(*LOGIN, "apply", "--answers", ANSWERS, "--yes", "--confirm-within", "0")


def _answer(host: DebianHost, name: str, value: str) -> None:
    host.run("sed", "-i", f's/^{name} = .*/{name} = "{value}"/', ANSWERS)


def _gap(host: DebianHost, command: str, act: Callable[[], object]) -> float:
    within = (str(TESTHOST), "exec", host.name, "--")
    with pinging(SOCKET, user="admin", secrets=SECRETS, command=command, within=within) as seen:
        act()
    return seen.longest
