"""Whose file is it: several units of one file, mounts of a unit's own, servers without a file, endpoints."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.debian import DebianHost, debian_host

Json = dict[str, Any]

# A common way to rename a service: the distribution's unit is disabled, the operator's own has its file.
OWN_UNIT = r"""
systemctl disable --quiet --now redis-server
sed 's/^Alias=.*/Alias=redis-cache.service/' /usr/lib/systemd/system/redis-server.service \
  >/etc/systemd/system/cache-main.service
systemctl daemon-reload
systemctl enable --quiet --now cache-main
"""

BOUND_UNIT = r"""
mkdir -p /srv/alt /srv/data /etc/systemd/system/redis-alt.service.d
sed 's/^port .*/port 6390/; s|^pidfile .*|pidfile /run/redis-alt/redis.pid|' /etc/redis/redis.conf >/srv/alt/redis.conf
chown -R redis:redis /srv/alt /srv/data
sed '/^Alias=/d; /^PIDFile=/d; s/^RuntimeDirectory=.*/RuntimeDirectory=redis-alt/' \
  /usr/lib/systemd/system/redis-server.service >/etc/systemd/system/redis-alt.service
printf '[Service]\nBindPaths=/srv/alt:/etc/redis /srv/data:/var/lib/redis\n' \
  >/etc/systemd/system/redis-alt.service.d/mounts.conf
systemctl daemon-reload
systemctl start redis-alt
"""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("detect-files") as booted:
        booted.shell(OWN_UNIT)
        yield booted


def instances(host: DebianHost, *options: str) -> dict[str, Json]:
    facts = json.loads(host.wizard("detect", "--json", *options).stdout)
    return {each["name"]: each for each in facts["instances"]}


def ids(host: DebianHost, *options: str) -> set[str]:
    return {each["id"] for each in json.loads(host.wizard("plan", "--json", *options).stdout)["changes"]}


def refusal(host: DebianHost, *options: str) -> str:
    done = host.wizard("plan", *options, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    return " ".join(done.stderr.split())


def test_a_disabled_unit_of_the_file_is_no_second_server(host: DebianHost) -> None:
    (found,) = instances(host).values()
    assert found["name"] == "cache-main"
    assert [unit["name"] for unit in found["other_units"]] == ["redis-server.service"]


@pytest.mark.parametrize("limit", ["", "maxmemory 17gb\n"])
def test_such_a_host_is_hardened_and_needs_nothing_more(host: DebianHost, limit: str) -> None:
    host.shell(f"cp -a /etc/redis/redis.conf /root/first; printf '{limit}' >>/etc/redis/redis.conf")
    host.shell("systemctl restart cache-main; rm -f /root/secrets.toml")
    login = ["--user", "admin", "--password-file", "/root/secrets.toml"]
    host.wizard("apply", "--yes", "--secrets-to", "/root/secrets.toml")
    assert host.wizard("plan", "--detailed-exitcode", *login).returncode == 0
    lines = host.shell("grep -E '^(maxmemory|aclfile|tls-cert-file) ' /etc/redis/redis.conf").splitlines()
    assert {"aclfile /etc/redis/users.acl", "tls-cert-file /etc/redis/certs/server.crt"} <= set(lines)
    if limit:
        assert "maxmemory 17gb" in lines
    host.wizard("rollback", "--yes", *login)
    host.shell("cp -a /root/first /etc/redis/redis.conf; systemctl restart cache-main")


def test_two_units_that_start_with_one_file_are_named(host: DebianHost) -> None:
    host.shell("systemctl enable --quiet redis-server")
    notes = json.loads(host.wizard("plan", "--json").stdout)["notes"]
    host.shell("systemctl disable --quiet redis-server")
    (text,) = [note["text"] for note in notes if note["subject"] == "units"]
    assert "cache-main.service and redis-server.service run or start with /etc/redis/redis.conf" in text


def test_a_server_with_other_files_is_shown_and_not_planned(host: DebianHost) -> None:
    host.shell(BOUND_UNIT)
    found = instances(host)
    assert set(found) == {"cache-main", "redis-alt"}
    assert ["6390"] in [line["arguments"] for line in found["redis-alt"]["config"]["lines"] if line["name"] == "port"]
    assert "has another /etc/redis/redis.conf than this host" in refusal(host, "--instance", "redis-alt")
    assert ids(host, "--config", "/etc/redis/redis.conf") == ids(host, "--instance", "cache-main")
    host.shell("systemctl stop redis-alt")
    assert "BindPaths= of redis-alt.service" in refusal(host, "--instance", "redis-alt")
    host.shell("rm -r /etc/systemd/system/redis-alt.service* /srv/alt /srv/data; systemctl daemon-reload")


def test_a_server_in_mounts_that_were_made_by_hand(host: DebianHost) -> None:
    host.shell(
        "mkdir /srv/un; printf 'port 6391\\ndir /srv/un\\ndaemonize yes\\nlogfile /srv/un/log\\n' >/srv/un/redis.conf;"
        "unshare -m --propagation private sh -c 'mount --bind /srv/un /etc/redis; redis-server /etc/redis/redis.conf';"
        "for i in $(seq 100); do redis-cli -p 6391 ping >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1"
    )
    (name,) = set(instances(host)) - {"cache-main"}
    assert "has another /etc/redis/redis.conf than this host, by mounts of process" in refusal(host, "--instance", name)
    host.shell("redis-cli -p 6391 shutdown nosave; rm -r /srv/un")


def test_a_server_without_a_file_is_given_none_because_its_port_fits(host: DebianHost) -> None:
    host.shell(
        "systemctl stop cache-main; redis-server --port 6379 --daemonize yes --dir /tmp >/dev/null;"
        "for i in $(seq 100); do redis-cli ping >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1"
    )
    found = instances(host)
    (name,) = set(found) - {"cache-main"}
    assert "started without a file" in found[name]["config"]["why"]
    assert found["cache-main"]["process"] is None
    assert not [each for each in ids(host, "--instance", name) if each.startswith("directive:")]
    host.shell("redis-cli shutdown nosave; systemctl start cache-main")


def test_an_endpoint_never_mixes_two_servers(host: DebianHost) -> None:
    host.shell(
        "redis-server --port 6395 --daemonize yes --dir /tmp >/dev/null;"
        "for i in $(seq 100); do redis-cli -p 6395 ping >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1"
    )
    behind = next(iter(instances(host, "--port", "6395").values()))
    assert behind["live"]["endpoint"] == "127.0.0.1:6395"
    assert behind["config"]["type"] == "unreadable"
    assert "not proven to belong to cache-main" in refusal(host, "--port", "6395", "--instance", "cache-main")
    assert "proven to listen at 10.77.0.250:6379" in refusal(host, "--host", "10.77.0.250")
    host.shell("redis-cli -p 6395 shutdown nosave")
