"""A server with much data gets the time to save and to load it, for one restart."""

import math
from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from wizard.model.facts.files import FileKind
from wizard.persistence.unit_timeouts import NAME, parse_span, raised_timeouts

UNIT = "redis-server.service"
DIRECTORY = PurePosixPath("/run/systemd/system/redis-server.service.d")


def host(limit: str, *, stop: str = "infinity") -> MemoryHost:
    properties = {"TimeoutStartUSec": limit, "TimeoutStopUSec": stop}
    made = MemoryHost(services=MemoryServices({UNIT: MemoryUnit(properties=properties)}))
    made.put_directory(DIRECTORY.parent)
    return made


def test_a_limit_that_is_too_low_is_raised_and_given_back() -> None:
    on = host("1min 30s")
    with raised_timeouts(on, UNIT, 200.4):
        assert on.read(DIRECTORY / NAME) == b"[Service]\nTimeoutStartSec=201\n"
        assert on.services.calls == ["daemon-reload"]
    assert on.status(DIRECTORY).kind is FileKind.ABSENT
    assert on.services.calls == ["daemon-reload"] * 2


@pytest.mark.parametrize(
    ("start", "stop", "text"),
    [
        ("infinity", "1min 30s", b"[Service]\nTimeoutStopSec=200\n"),
        ("1min 30s", "1min 30s", b"[Service]\nTimeoutStartSec=200\nTimeoutStopSec=200\n"),
    ],
)
def test_a_stop_that_saves_is_not_cut_off_either(start: str, stop: str, text: bytes) -> None:
    on = host(start, stop=stop)
    with raised_timeouts(on, UNIT, 200):
        assert on.read(DIRECTORY / NAME) == text


def test_a_directory_of_somebody_else_stays() -> None:
    on = host("5s")
    on.put(DIRECTORY / "theirs.conf", b"")
    with raised_timeouts(on, UNIT, 60):
        pass
    assert on.entries(DIRECTORY) == ("theirs.conf",)


@pytest.mark.parametrize("limit", ["infinity", "10min", ""])
def test_a_limit_that_is_enough_is_left_alone(limit: str) -> None:
    on = host(limit)
    with raised_timeouts(on, UNIT, 200):
        assert on.status(DIRECTORY).kind is FileKind.ABSENT
    assert on.services.calls == []


def test_reads_spans() -> None:
    assert parse_span("1min 30s") == 90
    assert parse_span("1h 500ms") == 3600.5
    assert parse_span("infinity") == math.inf
