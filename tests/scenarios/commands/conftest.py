"""A tree on which an apply was made: made once a process, and copied for a test that changes it."""

import subprocess
from pathlib import Path

import pytest

from tests.support.scenario import debian, owned, run


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one for all: no test changes it."""
    place = tmp_path_factory.mktemp("applied")
    root = owned(debian(place))
    ran = run("apply", "--yes", "--quiet", "--root", root, "--secrets-to", place / "secrets.toml")
    assert ran.status == 0, ran.err
    return root


@pytest.fixture
def secrets_file(applied: Path) -> Path:
    """Where that apply put its passwords."""
    return applied.with_name("secrets.toml")


@pytest.fixture
def root(applied: Path, tmp_path: Path) -> Path:
    """A test's own copy of it, with its hard links."""
    subprocess.run(["cp", "-a", applied, tmp_path], check=True)
    return tmp_path / applied.name
