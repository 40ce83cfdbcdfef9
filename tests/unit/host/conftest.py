"""What several tests of the port share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hosts import BENCHES, Bench


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Each adapter in turn, with an empty directory of its own."""
    # A short name: the sandbox must have room for the paths of its sockets.
    with tempfile.TemporaryDirectory(prefix="rw") as place:
        yield BENCHES[request.param](Path(place))
