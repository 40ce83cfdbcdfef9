"""Files that the operator asked for."""

from pathlib import Path, PurePosixPath

import pytest

from wizard.errors import InvalidValueError, NotFoundError
from wizard.host.files import exclusive_create


def test_creates_with_the_final_mode(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    exclusive_create.create(PurePosixPath(path), "x", mode=0o600)
    assert path.read_text() == "x\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    with pytest.raises(InvalidValueError, match="already exists"):
        exclusive_create.create(PurePosixPath(path), "x", mode=0o600)
    with pytest.raises(InvalidValueError, match="already exists"):
        exclusive_create.check(PurePosixPath(path))
    assert path.read_text() == "mine"


def test_follows_no_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    with pytest.raises(InvalidValueError):
        exclusive_create.create(PurePosixPath(link), "x", mode=0o600)
    assert not (tmp_path / "target").exists()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    path = PurePosixPath(tmp_path / "nowhere" / "file")
    with pytest.raises(NotFoundError, match="nowhere does not exist"):
        exclusive_create.check(path)
    with pytest.raises(NotFoundError, match="nowhere does not exist"):
        exclusive_create.create(path, "x", mode=0o600)


def test_a_relative_path_is_refused() -> None:
    for refuse in (exclusive_create.check, lambda path: exclusive_create.create(path, "x", mode=0o600)):
        with pytest.raises(InvalidValueError, match="not an absolute path"):
            refuse(PurePosixPath("x"))


def test_takes_back_what_it_made_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    made = exclusive_create.create(PurePosixPath(path), "x", mode=0o600)
    exclusive_create.discard(made)
    assert not path.exists()
    exclusive_create.discard(made)
    made = exclusive_create.create(PurePosixPath(path), "x", mode=0o600)
    other = tmp_path / "other"
    other.write_text("somebody else's")
    other.rename(path)
    exclusive_create.discard(made)
    assert path.read_text() == "somebody else's"
