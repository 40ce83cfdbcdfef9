"""One clock zone and one look for every screen that is read back as text."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_engine import FakeJob
from tests.support.screen import Golden

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    FakeJob.abandon_all()
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def golden() -> Golden:
    """Compare a screen with its file; UPDATE_GOLDEN=1 writes the file anew."""
    return Golden(GOLDEN, update=bool(os.environ.get("UPDATE_GOLDEN")))
