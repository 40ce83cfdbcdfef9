"""A server that loads for longer than its unit allows, and an apply that is killed while it does."""

from collections.abc import Iterator

import pytest

from tests.support.debian import DebianHost, debian_host
from tests.support.waiting import poll
from wizard.persistence.unit_timeouts import NAME

KEYS = 700
LIMIT = "5s"
DROP_IN = "/run/systemd/system/redis-server.service.d"


@pytest.fixture(scope="module")
def host() -> Iterator[DebianHost]:
    with debian_host("start-limit") as made:
        # Microseconds for each key: the next start takes seven seconds.
        made.shell(
            f"for i in $(seq {KEYS}); do echo set key:$i x; done | redis-cli >/dev/null; redis-cli save >/dev/null; "
            "echo key-load-delay 10000 >>/etc/redis/redis.conf; d=/etc/systemd/system/redis-server.service.d; "
            f"mkdir $d; printf '[Service]\\nTimeoutStartSec={LIMIT}\\n' >$d/slow.conf; systemctl daemon-reload"
        )
        yield made


def shown(host: DebianHost, name: str) -> str:
    return host.shell(f"systemctl show -P {name} redis-server").strip()


def test_an_apply_that_is_killed_while_the_server_loads_leaves_neither_limits_nor_a_killed_server(
    host: DebianHost,
) -> None:
    host.shell(
        "redis-wizard apply --yes --secrets-to /root/secrets.toml --confirm-within 600 >/root/said 2>&1 </dev/null &"
    )
    poll(lambda: shown(host, "ActiveState") == "activating", "it never restarted")
    assert host.shell(f"ls {DROP_IN}").split() == [NAME]
    host.shell("systemctl kill -s KILL --kill-whom=main redis-wizard-apply")
    host.wait_for_stage("ended")
    assert host.run("test", "-e", DROP_IN, check=False).returncode == 1
    assert shown(host, "TimeoutStartUSec") == LIMIT
    # No start was cut off by the old limit.
    assert (shown(host, "ActiveState"), shown(host, "NRestarts"), shown(host, "Result")) == ("active", "0", "success")
    assert int(host.shell("redis-cli dbsize").split()[-1]) == KEYS
