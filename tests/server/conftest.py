"""What tests on a real server start from: a directory of its own, a build, and a sandbox with both."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.apply_bench import Bench, bench
from tests.support.servers import SERVERS, Server, need
from wizard.changes.handlers import restart


@pytest.fixture
def place() -> Iterator[Path]:
    # A unix socket path has at most 107 bytes, so the test's own directory is too deep.
    with tempfile.TemporaryDirectory(prefix="rw-") as directory:
        inner = Path(directory, "s")
        inner.mkdir(mode=0o700)
        yield inner


@pytest.fixture(params=[key for key, server in SERVERS.items() if server.tls])
def tls_server(request: pytest.FixtureRequest) -> Server:
    """Each build with TLS."""
    return need(request.param)


@pytest.fixture
def build(request: pytest.FixtureRequest) -> Server | None:
    """One that the test is parametrised with; else the one that a sandbox finds, which has all that it wants."""
    return need(request.param) if hasattr(request, "param") else None


@pytest.fixture
def box(build: Server | None, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A sandbox whose server an apply looks at for a moment only."""
    monkeypatch.setattr(restart, "STEADY_SECONDS", 0.2)
    with bench(place, build) as made:
        yield made
