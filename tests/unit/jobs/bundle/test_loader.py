"""Whose the recovery program is, is looked at before a byte of it is read."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.host.local import LocalHost
from wizard.jobs.boot_units import quote_word
from wizard.jobs.bundle import loader

OTHER = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the recovery of a host runs as root")


@pytest.fixture
def archive() -> Iterator[Path]:
    """A program in a place that is root's alone."""
    top = Path("/opt") / f"redis-wizard-loader-{os.getpid()}"
    directory = top / "recovery" / "kit"
    (directory / "library").mkdir(parents=True, mode=0o700)
    (directory / "library" / "part.so").touch(mode=0o600)
    made = directory / "program.pyz"
    with zipfile.ZipFile(made, "w") as zipped:
        zipped.writestr("__main__.py", "import sys; print(*sys.argv)\n")
    made.chmod(0o600)
    yield made
    shutil.rmtree(top)


def ran(archive: Path) -> "subprocess.CompletedProcess[str]":
    words = loader.command(LocalHost(), PurePosixPath(archive))
    return subprocess.run([sys.executable, *words, "recover", "x"], check=False, capture_output=True, text=True)


def test_a_program_of_root_is_run_with_its_arguments(archive: Path) -> None:
    assert ran(archive).stdout == f"{archive} recover x\n"


@pytest.mark.parametrize("place", [".", "..", "program.pyz", "library", "library/part.so"])
@pytest.mark.parametrize("how", ["given away", "open to its group", "open to all"])
def test_one_that_others_could_change_is_not(archive: Path, place: str, how: str) -> None:
    path = (archive.parent / place).resolve()
    if how == "given away":
        os.chown(path, OTHER, OTHER)
    else:
        path.chmod(0o770 if how == "open to its group" else 0o707)
    done = ran(archive)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{path} is refused" in done.stderr


def test_nor_one_behind_a_link_beside_it(archive: Path) -> None:
    (archive.parent / "library" / "part.so").unlink()
    (archive.parent / "library" / "part.so").symlink_to("/srv/part.so")
    assert ran(archive).stdout == ""


def test_a_link_of_root_on_the_way_is_followed(archive: Path) -> None:
    alias = archive.parents[2] / "alias"
    alias.symlink_to(archive.parents[1])
    assert ran(alias / "kit" / "program.pyz").stdout.endswith("recover x\n")
    os.lchown(alias, OTHER, OTHER)
    assert ran(alias / "kit" / "program.pyz").stdout == ""


def test_a_unit_file_can_hold_it() -> None:
    assert not {"\n", "$", "%", "\\", '"'} & set(loader.CODE)
    assert quote_word(loader.CODE) == f'"{loader.CODE}"'


def test_where_no_unit_of_the_machine_runs_it_it_is_run_as_ever() -> None:
    assert loader.command(MemoryHost(), PurePosixPath("/x.pyz")) == ("-I", "/x.pyz")
