"""Detection on a real host with systemd: what is there is found, as root and as an ordinary user, and nothing changes.

The tests of this file change one host in order.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.debian import DebianHost, debian_host

Json = Any
"""What a command wrote."""

DROP_IN = "/etc/systemd/system/redis-server.service.d/limits.conf"
THP_UNIT = """[Unit]
Description=No huge pages
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo never > /sys/kernel/mm/transparent_hugepage/enabled'
[Install]
WantedBy=multi-user.target
"""


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("detect-facts") as booted:
        yield booted


def look(host: DebianHost, *options: str, user: str = "root") -> Json:
    command = " ".join(["/usr/local/bin/redis-wizard", "detect", "--json", *options])
    return json.loads(host.run("su", user, "-c", command).stdout)


def instance(facts: Json, name: str = "redis-server") -> Json:
    (found,) = [each for each in facts["instances"] if each["name"] == name]
    return found


def kernel(facts: Json) -> dict[str, Any]:
    return {setting["key"]: setting for setting in facts["kernel"]}


def test_root_sees_all_of_a_pristine_host(host: DebianHost) -> None:
    facts = look(host)
    found = instance(facts)
    main_pid = int(host.run("systemctl", "show", "-P", "MainPID", "redis-server").stdout)
    assert facts["unreadable"] == []
    assert [each["name"] for each in facts["instances"]] == ["redis-server"]
    assert (found["unit"]["active"], found["unit"]["main_pid"], found["process"]["pid"]) == (
        "active",
        main_pid,
        main_pid,
    )
    assert found["unit"]["aliases"] == ["redis.service"]
    assert "/etc/redis" in found["unit"]["properties"]["ReadWritePaths"]
    assert found["binary"] == found["process"]["program"] == "/usr/bin/redis-server"
    assert found["version"] == found["live"]["version"]
    assert found["tls_build"] is True
    assert found["config"]["main"] == "/etc/redis/redis.conf"
    assert found["config"]["problems"] == []
    assert {each["answer"] for each in found["probes"]} == {"open"}
    assert facts["os"]["virtualisation"] == "systemd-nspawn"
    assert facts["os"]["container"] is True
    names = {each["name"]: each for each in facts["interfaces"]}
    assert next(each["scope"] for each in names["eth0"]["addresses"]) == "private"


def test_the_limit_in_force_is_told_not_the_one_of_the_unit(host: DebianHost) -> None:
    found = instance(look(host))
    limits = host.shell(f"cat /proc/{found['process']['pid']}/limits")
    (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert found["process"]["open_files"] == int(line.split()[3])


def test_an_ordinary_user_sees_what_he_may_and_is_told_the_rest(host: DebianHost) -> None:
    facts = look(host, user="op")
    found = instance(facts)
    assert facts["root"] is False
    assert found["config"]["what"] == "/etc/redis/redis.conf"
    assert "run as root" in found["config"]["why"]
    assert found["live"]["user"] == "default"
    assert found["process"]["secrets_in_environment"]["type"] == "unreadable"
    assert "/etc/redis/redis.conf" in [each["what"] for each in facts["unreadable"]]
    assert kernel(facts)["net.core.somaxconn"]["live"].isdigit()


def test_looking_twice_finds_the_same_and_writes_nothing(host: DebianHost) -> None:
    host.shell("touch /root/mark; sleep 0.02")
    first, second = look(host), look(host)
    changed = host.shell(
        "find / -xdev -newer /root/mark ! -path '/var/log/*' ! -path '/root/mark' ! -path '/var/lib/systemd/*' -type f"
    )
    assert changed == ""
    for facts in (first, second):
        facts.pop("taken_at")
        facts.pop("memory")
        live = instance(facts)["live"]
        for volatile in ("info", "command_calls"):
            live.pop(volatile)
        instance(facts).pop("space")
        instance(facts)["process"].pop("resident")
    assert first == second


def test_drop_ins_kernel_files_and_a_second_instance_are_found(host: DebianHost) -> None:
    host.shell(f"mkdir -p {DROP_IN.rsplit('/', 1)[0]}; printf '[Service]\\nMemoryMax=1G\\n' > {DROP_IN}")
    host.shell("printf 'vm.overcommit_memory = 1\\n' > /etc/sysctl.d/50-a.conf")
    host.shell("printf 'vm.overcommit_memory = 0\\n' > /etc/sysctl.d/90-b.conf")
    host.shell(f"cat > /etc/systemd/system/no-thp.service <<'X'\n{THP_UNIT}X\nsystemctl enable -q no-thp.service")
    host.shell(
        "sed -e 's/^port .*/port 6399/' -e 's/redis-server/redis-server-b/' -e 's/^dbfilename .*/dbfilename b.rdb/' "
        "/etc/redis/redis.conf > /etc/redis/redis-b.conf; chown redis:redis /etc/redis/redis-b.conf; "
        "systemctl daemon-reload; systemctl start redis-server@b"
    )
    facts = look(host)
    found = instance(facts)
    assert found["unit"]["drop_ins"] == [DROP_IN]
    assert {"limit": 1 << 30, "source": "redis-server.service MemoryMax"} in facts["memory"]["limits"]
    settings = kernel(facts)
    overcommit = settings["vm.overcommit_memory"]
    assert (overcommit["next_boot"], overcommit["next_boot_source"]) == ("0", "/etc/sysctl.d/90-b.conf:1")
    assert overcommit["overridden"] == ["/etc/sysctl.d/50-a.conf:1 = 1"]
    assert settings["thp.enabled"]["next_boot"] == "never"
    assert "no-thp.service" in settings["thp.enabled"]["next_boot_source"]
    second = instance(facts, "redis-server@b")
    assert second["config"]["main"] == "/etc/redis/redis-b.conf"
    assert next((each["address"], each["port"]) for each in second["listeners"]) == ("127.0.0.1", 6399)


def test_an_open_door_is_tried_from_the_network_side(host: DebianHost) -> None:
    host.run("redis-cli", "config", "set", "bind", "*")
    assert {each["answer"] for each in instance(look(host))["probes"]} == {"protected"}
    host.run("redis-cli", "config", "set", "protected-mode", "no")
    assert {each["answer"] for each in instance(look(host))["probes"]} == {"open"}


def test_a_password_closes_the_live_values_and_is_shown_nowhere(host: DebianHost) -> None:
    host.run("redis-cli", "config", "set", "requirepass", "pl4nted-5ecret")
    assert instance(look(host))["live"]["type"] == "unreadable"
    host.shell("printf 'pl4nted-5ecret\\n' > /root/password; chmod 600 /root/password")
    one = ("--instance", "redis-server", "--user", "default", "--password-file", "/root/password")
    facts = look(host, *one)
    live = instance(facts)["live"]
    assert live.get("config") is not None, live
    assert live["config"]["requirepass"] == "********"
    assert "5ecret" not in json.dumps(facts)


def test_a_frozen_server_does_not_hold_it_up(host: DebianHost) -> None:
    host.run("systemctl", "kill", "-s", "STOP", "redis-server")
    try:
        facts = look(host)
    finally:
        host.run("systemctl", "kill", "-s", "CONT", "redis-server")
    assert "in time" in instance(facts)["live"]["why"]
    assert {each["answer"] for each in instance(facts)["probes"]} == {"silent"}


def test_a_stopped_server_is_found_by_its_unit(host: DebianHost) -> None:
    host.run("systemctl", "stop", "redis-server")
    found = instance(look(host))
    assert (found["unit"]["active"], found["process"], found["listeners"]) == ("inactive", None, [])
    assert found["config"]["main"] == "/etc/redis/redis.conf"
    assert "is not running" in found["live"]["why"]
