"""Two servers on one host: one is named, the other is left alone, and each is undone by itself, in any order."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.debian import TESTHOST, DebianHost, debian_host
from tests.support.host_state import HostState, picture

FIRST, SECOND = "redis-server", "redis-server@two"
SECRETS = {FIRST: "/root/first.toml", SECOND: "/root/second.toml"}
MAIN = {FIRST: "/etc/redis/redis.conf", SECOND: "/etc/redis/redis-two.conf"}
PORTS = {FIRST: "6379", SECOND: "6390"}
KEYS = {FIRST: 3, SECOND: 2}
CLIENT = "/var/lib/redis-wizard/clients/admin"

# As the comments of Debian's template unit say: both keep their data in one directory.
SET_UP = r"""
sed 's/^port .*/port 6390/; s|^pidfile .*|pidfile /run/redis-two/redis-server.pid|
  s|^logfile .*|logfile /var/log/redis/redis-two.log|; s/^dbfilename .*/dbfilename two.rdb/' \
  /etc/redis/redis.conf >/etc/redis/redis-two.conf
chown redis:redis /etc/redis/redis-two.conf
chmod 640 /etc/redis/redis-two.conf
systemctl enable --quiet --now redis-server@two
for i in 1 2 3; do redis-cli set first:$i 1 >/dev/null; done
for i in 1 2; do redis-cli -p 6390 set second:$i 2 >/dev/null; done
redis-cli save >/dev/null
redis-cli -p 6390 save >/dev/null
"""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("instances") as booted:
        booted.shell(SET_UP)
        yield booted


@pytest.fixture(scope="module")
def first_state(host: DebianHost) -> list[HostState]:
    return whole(host)


def whole(host: DebianHost) -> list[HostState]:
    return [picture(host, unit=instance, cli=f"redis-cli -p {PORTS[instance]}") for instance in (FIRST, SECOND)]


def expect_first_state(host: DebianHost, before: list[HostState]) -> None:
    assert [was.difference(now) for was, now in zip(before, whole(host), strict=True)] == [[], []]
    for instance, port in PORTS.items():
        assert host.shell(f"redis-cli -p {port} dbsize").strip() == str(KEYS[instance])


def process(host: DebianHost, instance: str) -> str:
    return host.shell(f"systemctl show -P MainPID {instance}").strip()


def login(instance: str) -> list[str]:
    return ["--instance", instance, "--user", "admin", "--password-file", SECRETS[instance]]


def apply(host: DebianHost, instance: str) -> str:
    host.shell(f"rm -f {SECRETS[instance]}")
    return host.wizard("apply", "--yes", "--instance", instance, "--secrets-to", SECRETS[instance]).stdout


def back(host: DebianHost, instance: str) -> str:
    return host.wizard("rollback", "--yes", "--verbose", *login(instance)).stdout


def pending(host: DebianHost, instance: str) -> set[str]:
    """What a new plan would still change."""
    return {each["id"] for each in json.loads(host.wizard("plan", "--json", *login(instance)).stdout)["changes"]}


def keys(host: DebianHost, instance: str) -> int:
    facts = json.loads(host.wizard("detect", "--json", *login(instance)).stdout)
    (found,) = [each for each in facts["instances"] if each["name"] == instance]
    return int(found["live"]["keys"])


def kernel(host: DebianHost) -> str:
    """The kernel, and all that brings it about at the next boot."""
    return host.shell(
        "cat /proc/sys/vm/overcommit_memory /sys/kernel/mm/transparent_hugepage/enabled; "
        "cat /etc/sysctl.d/60-redis-wizard.conf; systemctl is-enabled disable-thp.service"
    )


def enters_by_tls(host: DebianHost, port: str, instance: str) -> bool:
    """The shared client certificate opens a server's door, and its authority vouches for the server."""
    password = host.shell(f'sed -n \'s/.*admin" *= *"\\(.*\\)"/\\1/p\' {SECRETS[instance]}').strip()
    said = host.shell(
        f"export REDISCLI_AUTH='{password}'; redis-cli --tls --user admin -h localhost -p {port} "
        f"--cert {CLIENT}/client.crt --key {CLIENT}/client.key --cacert {CLIENT}/ca.crt ping 2>&1 || :"
    )
    return "PONG" in said


def of_another(host: DebianHost, instance: str) -> str:
    """Picture what belongs to one instance: its process, its configuration, its drop-ins and its port."""
    unit = f"/etc/systemd/system/{instance}.service.d"
    return process(host, instance) + host.shell(
        f"sha256sum {MAIN[instance]}; stat -c '%a %U %G' {MAIN[instance]}; ls {unit} 2>/dev/null || :"
    )


def test_without_a_name_one_sentence_lists_both(host: DebianHost, first_state: list[HostState]) -> None:
    for command in (["check"], ["plan"], ["apply", "--yes"], ["answers", "show"]):
        done = host.wizard(*command, check=False)
        assert done.returncode == 1, command
        assert done.stdout == ""
        (sentence,) = done.stderr.splitlines()
        assert FIRST in sentence
        assert SECOND in sentence
        assert "--instance" in sentence


def test_each_is_hardened_without_touching_the_other(host: DebianHost) -> None:
    for instance, other in ((FIRST, SECOND), (SECOND, FIRST)):
        before = of_another(host, other)
        apply(host, instance)
        assert of_another(host, other) == before
    for instance in (FIRST, SECOND):
        assert pending(host, instance) == set()
        assert keys(host, instance) == KEYS[instance]
    for port in PORTS.values():
        assert "refused" in host.shell(f"redis-cli -p {port} ping 2>&1 || :")


def test_each_comes_up_with_its_own_keys(host: DebianHost) -> None:
    """The second would have put its append-only files over those of the first."""
    said = host.wizard("plan", *login(SECOND)).stdout
    assert "redis-server keeps its append-only files in /var/lib/redis/appendonlydir too" in " ".join(said.split())
    for instance in (FIRST, SECOND):
        host.shell(f"systemctl restart {instance}")
        assert keys(host, instance) == KEYS[instance]


def test_the_way_back_of_the_first_keeps_what_the_second_rests_on(host: DebianHost) -> None:
    hardened, settings = of_another(host, SECOND), kernel(host)
    said = " ".join(back(host, FIRST).split())
    assert f"vm.overcommit_memory stays 1: {SECOND} depends on it (apply " in said
    assert f"disable-thp.service stays: {SECOND} depends on it" in said
    assert host.shell("redis-cli dbsize").strip() == str(KEYS[FIRST])
    assert of_another(host, SECOND) == hardened
    assert kernel(host) == settings
    # Nobody is in the way of its append-only file any more.
    assert pending(host, SECOND) == {"directive:appendonly"}
    assert keys(host, SECOND) == KEYS[SECOND]
    port = host.shell(f"sed -n 's/^tls-port //p' {MAIN[SECOND]}").strip()
    assert enters_by_tls(host, port, SECOND)


def test_the_last_one_takes_everything_with_it(host: DebianHost, first_state: list[HostState]) -> None:
    back(host, SECOND)
    expect_first_state(host, first_state)


def test_one_that_comes_again_in_between(host: DebianHost, first_state: list[HostState]) -> None:
    apply(host, FIRST)
    apply(host, SECOND)
    back(host, FIRST)
    apply(host, FIRST)
    hardened, settings = of_another(host, FIRST), kernel(host)
    back(host, SECOND)
    assert of_another(host, FIRST) == hardened
    assert kernel(host) == settings
    assert pending(host, FIRST) == set()
    back(host, FIRST)
    expect_first_state(host, first_state)


def test_one_apply_a_host_at_a_time_whatever_the_instance(host: DebianHost, first_state: list[HostState]) -> None:
    host.shell(f"rm -f {SECRETS[FIRST]} {SECRETS[SECOND]}")
    waiting = ["apply", "--yes", "--instance", FIRST, "--secrets-to", SECRETS[FIRST], "--confirm-within", "120"]
    with subprocess.Popen(
        [TESTHOST, "exec", host.name, "--", "redis-wizard", *waiting],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as first:
        host.wait_for_stage("waiting")
        second = host.wizard("apply", "--yes", "--instance", SECOND, "--secrets-to", SECRETS[SECOND], check=False)
        assert second.returncode == 5, second.stdout + second.stderr
        assert not host.shell(f"ls {SECRETS[SECOND]} 2>/dev/null || :")
        host.wizard("rollback", "--yes")
        first.wait(timeout=60)
    expect_first_state(host, first_state)
