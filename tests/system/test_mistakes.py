"""A host that somebody hardened by hand, with the chapter's own mistakes: each is explained, and mended."""

import json
from collections.abc import Iterator

import pytest

from tests.support.clients import python_client
from tests.support.debian import DebianHost, debian_host

SECRETS = "/root/secrets.toml"

# What the chapter shows, as an operator would paste it at the end of the stock file.
PASTED = r"""
timeout 300 # close idle client connections after 5 minutes
maxmemory 256mb
maxmemory-policy allkeys-lru # evict least-recently-used keys
rename-command DEBUG ""
rename-command DEBUG "DEBUG_x9y8z7w6v5u4"
requirepass "YourStr0ng!Password#2024"
aclfile /etc/redis/users.acl
"""

# The chapter's hash has 63 digits, and ACL files know no continued lines.
USERS = r"""user default off
user app_user on #5e884898da28047151d0e56f8dc629277b7b1ad36601f39a6e4c6a40f5e0a16 \
~cache:* ~session:* +get +set +del +expire
user admin_user on >AdminPass#789 ~* &* +@all
"""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("mistakes") as booted:
        booted.shell("redis-cli set kept 1 >/dev/null; redis-cli save >/dev/null; systemctl stop redis-server")
        booted.run("sh", "-euc", 'printf %s "$1" >>/etc/redis/redis.conf', "-", PASTED)
        booted.run(
            "sh", "-euc", 'printf %s "$1" >/etc/redis/users.acl; chown redis:redis /etc/redis/users.acl', "-", USERS
        )
        yield booted


def test_each_mistake_is_explained_with_its_line(host: DebianHost) -> None:
    facts = json.loads(host.wizard("detect", "--json").stdout)
    (instance,) = facts["instances"]
    config = {problem["code"] for problem in instance["config"]["problems"]}
    assert {"trailing-comment", "duplicate-rename", "requirepass-beside-aclfile"} <= config
    acl = {problem["code"] for problem in instance["acl"]["problems"]}
    assert {"hash-length", "continuation"} <= acl
    for problem in [*instance["config"]["problems"], *instance["acl"]["problems"]]:
        assert problem["line"] > 0
        assert problem["what"]
        assert problem["remedy"]


def test_no_planted_password_is_shown(host: DebianHost) -> None:
    for command in (["detect", "--json"], ["detect"], ["check"], ["plan"], ["plan", "--json"]):
        said = host.wizard(*command, check=False)
        for secret in ("YourStr0ng", "AdminPass", "5e884898da28047151d0e56f8dc62927"):
            assert secret not in said.stdout + said.stderr, command


def test_the_server_does_not_start_with_them(host: DebianHost) -> None:
    assert host.run("systemctl", "start", "redis-server", check=False).returncode != 0
    host.shell("systemctl stop redis-server; systemctl reset-failed redis-server")


def test_apply_mends_them_all_and_keeps_the_data(host: DebianHost) -> None:
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    assert python_client(host, "app_user", SECRETS) == "refused: NoPermissionError"  # PING is not among its rights
    lines = host.shell("cat /etc/redis/redis.conf").splitlines()
    assert {"timeout 300", "maxmemory-policy allkeys-lru", "maxmemory 256mb"} <= set(lines)
    assert [line for line in lines if line.startswith("rename-command")] == ['rename-command DEBUG ""']
    assert not [line for line in lines if line.startswith("requirepass")]
    host.run("sh", "-c", "umask 077; printf 'AdminPass#789\n' >/root/admin")
    login = ["--user", "admin_user", "--password-file", "/root/admin"]
    facts = json.loads(host.wizard("detect", "--json", *login).stdout)
    assert facts["instances"][0]["config"]["problems"] == []
    assert facts["instances"][0]["live"]["keys"] == 1


def test_rollback_brings_even_the_broken_files_back(host: DebianHost) -> None:
    host.wizard("rollback", "--yes", check=False)
    assert PASTED in host.shell("cat /etc/redis/redis.conf")
    assert host.shell("cat /etc/redis/users.acl") == USERS
