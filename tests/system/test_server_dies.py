"""A server that would not start again, or dies a little after it: it is not left like that."""

import json
from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.host_state import picture

KEYS = 100
APPLY = "redis-wizard apply --yes --secrets-to /root/secrets.toml --confirm-within 600"
ANSWERS = "/root/answers.toml"
LOGIN = "--user admin --password-file /root/secrets.toml"
KILL = "systemctl kill -s KILL redis-server"
# Three seconds after the process is another one, once.
KILLER = (
    "before=$(systemctl show -P MainPID redis-server); "
    "while now=$(systemctl show -P MainPID redis-server); [ $now = $before -o $now = 0 ]; do sleep 0.02; done; "
    f"sleep 3; {KILL}"
)


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("server-dies") as made:
        made.shell(f"for i in $(seq {KEYS}); do echo set key:$i x; done | redis-cli >/dev/null; redis-cli save")
        yield made


def ended(host: DebianHost) -> str:
    host.wait_for_stage("ended")
    assert int(host.shell("redis-cli dbsize").split()[-1]) == KEYS
    return " ".join(host.wizard("status").stdout.split())


def test_one_that_dies_three_seconds_after_its_start_is_rolled_back(host: DebianHost) -> None:
    before = picture(host)
    host.run("systemd-run", "--quiet", "--collect", "--unit=killer", "sh", "-c", KILLER)
    host.shell(f"{APPLY} >/root/said 2>&1 </dev/null || :")
    assert "does not keep running" in ended(host)
    assert not before.difference(picture(host))


def test_one_that_dies_in_the_window_is_rolled_back_and_one_that_the_operator_restarts_is_not(
    host: DebianHost,
) -> None:
    before = picture(host)
    host.shell(f"{APPLY} >/root/said 2>&1 </dev/null &")
    host.wait_for_stage("waiting")
    host.shell("systemctl restart redis-server; sleep 3")
    assert host.status()["stage"] == "waiting"
    host.shell(KILL)
    said = ended(host)
    assert "stopped and was started again by systemd while the apply waited for a confirmation" in said, said
    assert not before.difference(picture(host))


def test_a_restart_for_the_limits_of_its_unit_alone_is_rehearsed_too(host: DebianHost) -> None:
    host.shell(
        "redis-wizard apply --yes --secrets-to /root/secrets.toml --confirm-within 0 >/dev/null; "
        f"redis-wizard answers init {ANSWERS} {LOGIN}; sed -i 's/^open_files = .*/open_files = 200000/' {ANSWERS}; "
        # Somebody has edited it, and has not restarted the server since.
        "echo 'loadmodule /usr/lib/absent.so' >>/etc/redis/redis.conf"
    )
    plan = json.loads(host.shell(f"redis-wizard plan --json --answers {ANSWERS} {LOGIN}"))
    kinds = {change["kind"] for change in plan["changes"]}
    assert "restart" in kinds
    assert not kinds & {"directive", "user", "certificate"}, kinds
    before = host.shell("systemctl show -P InvocationID redis-server")
    done = host.shell(f"redis-wizard apply --yes --answers {ANSWERS} {LOGIN} 2>&1 || :")
    assert "the server does not start with the planned configuration" in done, done
    assert "absent.so" in done, done
    assert host.shell("systemctl show -P InvocationID redis-server") == before
