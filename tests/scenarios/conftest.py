"""Places in which scenarios happen."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that every user may enter; pytest's own is closed to others."""
    place = Path(tempfile.mkdtemp(prefix="scenario-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)
