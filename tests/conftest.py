"""What holds for all tests."""

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.host_scheduling import HostScheduling

# No deadline: a slow machine is no defect. In CI the examples are the same in every run, so that a change
# is judged by itself; elsewhere each run looks at new ones.
COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("local", **COMMON)
settings.register_profile("ci", derandomize=True, database=None, **COMMON)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True, scope="session")
def _no_wait_for_the_disk() -> Iterator[None]:
    """Let this process write without a wait for the disk: an apply waits a hundred times, and no test cuts the power.

    The product as a process of its own still waits, on the hosts of the system tests too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", _sync_nothing)
        yield


def _sync_nothing(descriptor: int) -> None:
    # One that is closed fails here too.
    os.fstat(descriptor)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> HostScheduling | None:
    """Distribute the system tests by their hosts: ``--dist loadscope`` is theirs alone."""
    return HostScheduling(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_collectstart() -> None:
    """Collect tests without collecting garbage: all of them stay."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep ten thousand collected tests out of every garbage collection, and collect less often."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
