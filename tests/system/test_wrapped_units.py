"""Units that start the server by a script or by a program before it: planned, applied and rolled back like others."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.debian import PROJECT, TESTHOST, DebianHost, debian_host
from tests.support.waiting import poll

SECRETS = "/root/secrets.toml"
CLIENT = "/var/lib/redis-wizard/clients/admin"
LOGIN = (
    "--user",
    "admin",
    "--password-file",
    SECRETS,
    "--cert",
    f"{CLIENT}/client.crt",
    "--key",
    f"{CLIENT}/client.key",
)
SERVER = "/usr/bin/redis-server /etc/redis/redis.conf --daemonize no"
SCRIPT = "/usr/local/bin/start-redis.sh"
AS_REDIS = "User=redis\\nGroup=redis\\n"
WAITS = f"#!/bin/sh\n{SERVER} &\nchild=$!\ntrap 'kill $child; wait $child' TERM\nwait $child\n"
DAEMON = f"#!/bin/sh\n{SERVER.replace(' no', ' yes')}\nexec sleep infinity\n"
MORE = f"#!/bin/sh\npython3 -m http.server 9999 >/dev/null 2>&1 &\n{SERVER}\n"


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("wrapped-units") as booted:
        booted.shell("systemctl disable --quiet --now redis-server; cp -a /etc/redis /root/first")
        yield booted


def start(host: DebianHost, line: str, more: str = AS_REDIS, script: str = "") -> None:
    """Start a unit of the operator's own with the first files."""
    host.shell(f"""
        systemctl stop cache 2>/dev/null || true
        rm -rf /etc/redis {SECRETS}; cp -a /root/first /etc/redis
        rm -rf /etc/systemd/system/cache.service.d /var/lib/redis/*
        cat >{SCRIPT} <<'SCRIPT'\n{script}\nSCRIPT
        chmod 755 {SCRIPT}
        printf '[Service]\\nRuntimeDirectory=redis\\n{more}ExecStart=%s\\n' '{line}' >/etc/systemd/system/cache.service
        systemctl daemon-reload; systemctl reset-failed; systemctl start cache
        for i in $(seq 100); do redis-cli set kept value 2>/dev/null | grep -q OK && exit 0; sleep 0.1; done; exit 1
    """)


@pytest.mark.parametrize(
    ("line", "more", "script"),
    [
        (SCRIPT, AS_REDIS, WAITS),
        (SCRIPT, AS_REDIS, DAEMON),
        (f'/bin/sh -c "{SERVER} | systemd-cat -t redis"', AS_REDIS, ""),
        (f"/usr/bin/setpriv --reuid=redis --regid=redis --init-groups {SERVER}", "", ""),
        (f"/usr/sbin/runuser -u redis -- {SERVER}", "", ""),
    ],
    ids=["waits", "daemon", "pipe", "setpriv", "runuser"],
)
def test_a_wrapped_server_is_hardened_with_its_unit_and_rolled_back(
    host: DebianHost, line: str, more: str, script: str
) -> None:
    start(host, line, more, script)
    done = host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    assert "1 restart; verified from outside" in done.stdout
    assert host.wizard("plan", "--detailed-exitcode", *LOGIN).returncode == 0
    host.wizard("rollback", "--yes", *LOGIN)
    assert host.shell("systemctl is-active cache; redis-cli get kept") == "active\nvalue\n"
    host.shell("diff -r /root/first /etc/redis")


def test_a_script_that_goes_on_without_its_server_has_nothing_to_save(host: DebianHost) -> None:
    """The server cannot take its old port back, and its script does not notice: a second try has a script to stop."""
    start(host, SCRIPT, script=DAEMON)
    host.wizard("apply", "--yes", "--secrets-to", SECRETS)
    host.copy_to(PROJECT / "tests/support/impostor.py", "/opt/impostor.py")
    impostor = "python3 -I /opt/impostor.py /run/stop 127.0.0.1 6379"
    host.shell(f"systemd-run --quiet --collect --unit=impostor --uid=nobody {impostor}")
    poll(lambda: ":6379" in host.shell("ss -Hltn"), "nobody took the port")
    command = [str(TESTHOST), "exec", host.name, "--", "redis-wizard", "rollback", "--yes", *LOGIN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as begun:
        tries = "cat /var/lib/redis-wizard/applies/*/tries.json 2>/dev/null || :"
        poll(lambda: "user nobody) listens on 127.0.0.1 port 6379" in host.shell(tries), "it was not named")
        host.shell("systemctl stop impostor")
        said, _ = begun.communicate(timeout=120)
    assert "the host is as it was" in said
    assert host.shell("systemctl is-active cache; redis-cli get kept") == "active\nvalue\n"
    host.shell("diff -r /root/first /etc/redis")


def test_a_unit_that_runs_more_is_not_restarted_and_named(host: DebianHost) -> None:
    start(host, SCRIPT, script=MORE)
    plan = json.loads(host.wizard("plan", "--json").stdout)
    assert "restart" not in {change["id"] for change in plan["changes"]}
    (note,) = (note["text"] for note in plan["notes"] if note["subject"] == "open files")
    assert note.startswith("not changed: cache.service runs more than this server (python3), and a restart ")
