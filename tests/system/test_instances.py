"""Two servers on one host: one is named, the other is left alone, and each is undone by itself."""

import json
from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host

FIRST, SECOND = "redis-server", "redis-server@two"
SECRETS = {FIRST: "/root/first.toml", SECOND: "/root/second.toml"}
MAIN = {FIRST: "/etc/redis/redis.conf", SECOND: "/etc/redis/redis-two.conf"}

# As the comments of Debian's template unit say.
SET_UP = r"""
sed 's/^port .*/port 6390/; s|^pidfile .*|pidfile /run/redis-two/redis-server.pid|
  s|^logfile .*|logfile /var/log/redis/redis-two.log|; s/^dbfilename .*/dbfilename two.rdb/' \
  /etc/redis/redis.conf >/etc/redis/redis-two.conf
chown redis:redis /etc/redis/redis-two.conf
chmod 640 /etc/redis/redis-two.conf
systemctl enable --quiet --now redis-server@two
redis-cli set first 1 >/dev/null
redis-cli -p 6390 set second 2 >/dev/null
"""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("instances") as booted:
        booted.shell(SET_UP)
        yield booted


def process(host: DebianHost, instance: str) -> str:
    return host.shell(f"systemctl show -P MainPID {instance}").strip()


def login(instance: str) -> list[str]:
    return ["--instance", instance, "--user", "admin", "--password-file", SECRETS[instance]]


def pending(host: DebianHost, instance: str) -> int:
    return host.wizard("plan", "--detailed-exitcode", *login(instance), check=False).returncode


def keys(host: DebianHost, instance: str) -> int:
    facts = json.loads(host.wizard("detect", "--json", *login(instance)[2:]).stdout)
    (found,) = [each for each in facts["instances"] if each["name"] == instance]
    return int(found["live"]["keys"])


def kernel(host: DebianHost) -> str:
    return host.shell("cat /proc/sys/vm/overcommit_memory /sys/kernel/mm/transparent_hugepage/enabled")


def of_another(host: DebianHost, instance: str) -> str:
    """Picture what belongs to one instance: its process, its configuration, its drop-ins and its port."""
    unit = f"/etc/systemd/system/{instance}.service.d"
    return process(host, instance) + host.shell(
        f"sha256sum {MAIN[instance]}; stat -c '%a %U %G' {MAIN[instance]}; ls {unit} 2>/dev/null || :"
    )


def test_without_a_name_one_sentence_lists_both(host: DebianHost) -> None:
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
        host.wizard("apply", "--yes", "--instance", instance, "--secrets-to", SECRETS[instance])
        assert of_another(host, other) == before
    for instance in (FIRST, SECOND):
        assert pending(host, instance) == 0
        assert keys(host, instance) == 1
    for port in ("6379", "6390"):
        assert "refused" in host.shell(f"redis-cli -p {port} ping 2>&1 || :")


def test_the_way_back_of_one_keeps_the_other_hardened(host: DebianHost) -> None:
    hardened, settings = of_another(host, FIRST), kernel(host)
    host.wizard("rollback", "--yes", *login(SECOND))
    assert host.shell("redis-cli -p 6390 dbsize").strip() == "1"
    assert of_another(host, FIRST) == hardened
    assert kernel(host) == settings
    assert pending(host, FIRST) == 0
    assert keys(host, FIRST) == 1
