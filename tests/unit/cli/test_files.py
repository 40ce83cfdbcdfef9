"""Files that the operator asked for."""

from pathlib import Path, PurePosixPath

import pytest

from wizard.cli.files import check_new, write_new
from wizard.errors import InputError, NotFoundError


def test_creates_with_the_final_mode(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    write_new(PurePosixPath(path), "x", mode=0o600)
    assert path.read_text() == "x\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        write_new(PurePosixPath(path), "x", mode=0o600)
    with pytest.raises(InputError, match="exists already"):
        check_new(PurePosixPath(path))
    assert path.read_text() == "mine"


def test_follows_no_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    with pytest.raises(InputError):
        write_new(PurePosixPath(link), "x", mode=0o600)
    assert not (tmp_path / "target").exists()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        check_new(PurePosixPath(tmp_path / "nowhere" / "file"))
