"""A client of the apply that a test makes up."""

from pathlib import Path

import pytest

from tests.support.fake_client import FakeClient
from wizard import app


@pytest.fixture
def fake_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """A host on which nothing was ever applied."""
    root = tmp_path / "host"
    root.mkdir()
    made = FakeClient(root)
    for name in ("status", "attach", "start_rollback", "pending_passwords", "recover", "abandon"):
        monkeypatch.setattr(app, name, getattr(made, name))
    return made
