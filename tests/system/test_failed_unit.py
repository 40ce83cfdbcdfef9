"""The unit of the server has failed before the apply: after its rollback the unit is down again, with every key."""

from collections.abc import Iterator
from zlib import crc32

import pytest

from tests.faults.inject import Fault
from tests.faults.stage import KEYS, Stage, stage
from tests.support.host_state import FILES, KERNEL

UNIT = "redis-server.service"
DROP_IN = f"/run/systemd/system/{UNIT}.d"
# A start that is refused once; the cause is gone afterwards, the state of the unit stays.
FAIL = f"""
mkdir -p {DROP_IN}
printf '[Service]\\nExecStartPre=/bin/false\\nRestart=no\\n' >{DROP_IN}/refuse.conf
systemctl daemon-reload
systemctl restart {UNIT} || :
rm -r {DROP_IN}
systemctl daemon-reload
systemctl is-failed --quiet {UNIT}
"""


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage(f"failed-unit-{crc32(request.node.name.encode()) % 10000}") as made:
        made.shell(FAIL)
        yield made


def files(host: Stage) -> str:
    return host.shell(FILES + KERNEL)


def is_down_again(host: Stage, before: str) -> None:
    """The files are the first ones, the unit is down, and a start of it has every key."""
    host.finish()
    host.settle()
    outcome = host.status()["outcome"]
    assert isinstance(outcome, dict)
    assert outcome["ending"] == "rolled-back", outcome
    assert ("everything is as before" in outcome["summary"]) or ("the host is as it was" in outcome["summary"]), outcome
    assert host.shell(f"systemctl is-active {UNIT} || :").strip() in {"failed", "inactive"}
    assert not set(before.splitlines()) ^ set(files(host).splitlines())
    assert not host.leftovers()
    host.shell(f"systemctl reset-failed {UNIT} || :; systemctl start {UNIT}")
    assert host.shell("redis-cli dbsize").split()[-1] == str(KEYS)
    assert not host.notes


def test_silence_leaves_it_down(host: Stage) -> None:
    before = files(host)
    done = host.apply("--confirm-within", "3")
    assert done.returncode == 4, done
    is_down_again(host, before)


def test_a_worker_that_is_killed_in_the_window_leaves_it_down(host: Stage) -> None:
    before = files(host)
    host.begin("--confirm-within", "600")
    host.expect("grep -q '\"deadline\":[0-9]' /var/lib/redis-wizard/applies/*/journal.jsonl 2>/dev/null")
    host.shell("systemctl kill -s KILL --kill-whom=main redis-wizard-apply.service")
    is_down_again(host, before)


def test_a_worker_that_is_killed_in_the_commit_leaves_it_down(host: Stage) -> None:
    before = files(host)
    host.plant(Fault(record=60))
    host.apply()
    host.expect_hit()
    is_down_again(host, before)


def test_the_command_leaves_it_down(host: Stage) -> None:
    before = files(host)
    assert host.apply().returncode == 0
    assert host.shell(f"systemctl is-active {UNIT}").strip() == "active"
    host.rollback()
    is_down_again(host, before)
