"""What an apply relies on gets stuck: the service manager, and the server itself."""

import time
from collections.abc import Iterator
from zlib import crc32

import pytest

from tests.faults.stage import Stage, stage

UNIT = "redis-server.service"
LONG = ("--confirm-within", "600")
MANAGER_SECONDS = 40.0
"""Longer than any look at the service manager waits."""
END_SECONDS = 240.0
ROLLED_BACK = 4
"""The exit status."""


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage(f"stuck-{crc32(request.node.name.encode()) % 10000}") as made:
        yield made


@pytest.mark.parametrize("record", [30, 80])
def test_a_service_manager_that_hangs_is_outlasted(host: Stage, record: int) -> None:
    front = host.held(record, *LONG)
    host.shell("kill -STOP 1")
    host.go_on()
    try:
        time.sleep(MANAGER_SECONDS)
    finally:
        host.shell("kill -CONT 1")
    assert host.wait('redis-wizard status --json | grep -qE \'"stage": *"(waiting|ended)"\'', seconds=END_SECONDS)
    if host.status()["stage"] == "waiting":
        host.host.wizard("confirm")
    assert front.wait(timeout=END_SECONDS) in {0, ROLLED_BACK}
    verdict = host.judge()
    assert verdict.passed, verdict


@pytest.mark.parametrize("how", ["kill -STOP $(systemctl show -P MainPID redis-server)", f"systemctl freeze {UNIT}"])
def test_a_server_that_is_frozen_in_the_window_is_rolled_back(host: Stage, how: str) -> None:
    front = host.begin("--confirm-within", "10")
    host.wait_for_window()
    host.shell(how)
    assert front.wait(timeout=END_SECONDS) == ROLLED_BACK
    host.expect_first()
