"""Where less is allowed: a container whose kernel is not its own, and an operator who is not root."""

import json
from collections.abc import Iterator

import pytest

from tests.support.clients import python_client
from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import picture

SECRETS = "/root/secrets.toml"
LOGIN = ["--user", "admin", "--password-file", SECRETS]

# Without their stand-ins these show the kernel of the machine below, which is read-only here.
AS_IN_A_CONTAINER = """
umount /proc/sys/vm/overcommit_memory /proc/sys/vm/swappiness /proc/sys/vm/max_map_count
umount /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/transparent_hugepage/defrag
mount -o remount,bind,ro /proc/sys/net
"""


USERS = 20_000
MANY_USERS = """
{ echo 'user default on nopass ~* &* +@all'
  seq 1 USERS | sed 's|.*|user u& on #HASH ~u&:* -@all +get|'
} >/etc/redis/users.acl
chown redis:redis /etc/redis/users.acl
echo 'aclfile /etc/redis/users.acl' >>/etc/redis/redis.conf
systemctl restart redis-server
""".replace("USERS", str(USERS)).replace("HASH", "5e" * 32)


@pytest.fixture
def host() -> Iterator[DebianHost]:
    with debian_host("limits") as booted:
        yield booted


def test_a_container_is_hardened_without_its_kernel(host: DebianHost) -> None:
    host.shell(AS_IN_A_CONTAINER)
    plan = json.loads(host.wizard("plan", "--json").stdout)
    notes = " ".join(note["text"] for note in plan["notes"])
    assert "on the machine that runs this container" in notes
    assert not [change["id"] for change in plan["changes"] if change["kind"] == "kernel"]
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    assert python_client(host, "app", SECRETS) == "True"
    assert host.wizard("plan", "--detailed-exitcode", *LOGIN, check=False).returncode == 0


def test_an_ordinary_user_may_look_and_is_told_what_stayed_hidden(host: DebianHost) -> None:
    def wizard(*arguments: str) -> tuple[int, str, str]:
        done = host.run("runuser", "-u", "op", "--", "/usr/local/bin/redis-wizard", *arguments, check=False)
        return done.returncode, done.stdout, done.stderr

    before = picture(host)
    status, said, _ = wizard("detect")
    assert status == 0
    assert "no, some facts stay unknown" in said
    assert "/etc/redis/redis.conf" in said
    status, said, _ = wizard("check")
    assert status == 0
    assert "unknown" in said
    for command in (("plan",), ("apply", "--yes")):
        status, said, trouble = wizard(*command)
        assert status == 1
        assert said == ""
        (sentence,) = trouble.splitlines()
        assert "/etc/redis/redis.conf cannot be read" in sentence
        assert "as root" in sentence
    assert not picture(host).difference(before)


def test_an_ordinary_user_cannot_apply_a_plan_that_root_made(host: DebianHost) -> None:
    host.shell("redis-wizard plan --out /home/op/plan.json >/dev/null; chown op /home/op/plan.json")
    before = picture(host)
    secrets = ("--secrets-to", "/home/op/secrets.toml")
    command = ("/usr/local/bin/redis-wizard", "apply", "/home/op/plan.json", "--yes", *secrets)
    done = host.run("runuser", "-u", "op", "--", *command, check=False)
    assert done.returncode == 1
    assert "root" in done.stderr.splitlines()[-1]
    assert not picture(host).difference(before)
    assert host.run("test", "-e", "/home/op/secrets.toml", check=False).returncode == 1


def test_a_server_of_twenty_thousand_users_is_judged_planned_and_hardened(host: DebianHost) -> None:
    host.shell(MANY_USERS)
    assert f"{USERS + 1}" in host.shell("redis-cli acl list | wc -l")
    for command in ("detect", "check", "plan"):
        assert host.wizard(command).stdout
    done = host.wizard("apply", "--yes", "--secrets-to", SECRETS, seconds=900)
    assert "verified from outside" in done.stdout
    assert "more users stay as they are and were not tried one by one" in done.stderr
    assert int(host.shell("grep -c '^user u' /etc/redis/users.acl")) == USERS
