"""The recovery kit runs from its own files alone, is the same afterwards, and is trusted only when it is sound."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from tests.support.memory_host.host import MemoryHost
from wizard.errors import UnsupportedError
from wizard.host.rooted import RootedHost
from wizard.jobs.bundle import archive as bundle_archive
from wizard.jobs.bundle import location
from wizard.model.facts.files import FileKind

NOTHING = ("recover", "asked", "20260101-000000")


def run(command: tuple[str, ...], root: Path) -> str:
    """Run the kit for an apply that is not there: it gets as far as to say so, with its own library."""
    done = subprocess.run((*command, *NOTHING, "--root", str(root)), capture_output=True, text=True, check=False)
    return done.stderr


def test_whoever_runs_it_writes_nothing_beside_it(tmp_path: Path) -> None:
    host = RootedHost(PurePosixPath(tmp_path))
    command = bundle_archive.command(host)
    made = sorted(tmp_path.rglob("*"))
    assert "there is no apply 20260101-000000" in run(command, tmp_path)
    assert [path for path in sorted(tmp_path.rglob("*")) if "recovery" in path.parts] == [
        path for path in made if "recovery" in path.parts
    ]
    assert {path.suffix for path in made if path.parent.name == "msgspec"} == {".pyc", ".so"}


def test_a_sound_kit_is_not_made_again(tmp_path: Path) -> None:
    host = RootedHost(PurePosixPath(tmp_path))
    archive = Path(bundle_archive.command(host)[-1])
    before = archive.stat().st_ino
    assert bundle_archive.command(host)[-1] == str(archive)
    assert archive.stat().st_ino == before


def truncate(directory: Path) -> None:
    archive = directory / "redis-wizard.pyz"
    archive.write_bytes(archive.read_bytes()[:1000])


def flip(directory: Path) -> None:
    archive = directory / "redis-wizard.pyz"
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)


def lose_the_library(directory: Path) -> None:
    next(directory.glob("msgspec/*.so")).unlink()


def lose_the_seal(directory: Path) -> None:
    (directory / "seal.json").unlink()


def break_the_seal(directory: Path) -> None:
    (directory / "seal.json").write_text('{"files": 1}')


def add_a_module(directory: Path) -> None:
    (directory / "json.py").write_text("raise SystemExit(3)")


def let_others_write(directory: Path) -> None:
    (directory / "redis-wizard.pyz").chmod(0o666)


def link_the_archive(directory: Path) -> None:
    (directory / "redis-wizard.pyz").rename(directory.parent / "elsewhere")
    (directory / "redis-wizard.pyz").symlink_to(directory.parent / "elsewhere")


def open_the_base(directory: Path) -> None:
    directory.parent.chmod(0o777)


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        flip,
        lose_the_library,
        lose_the_seal,
        break_the_seal,
        add_a_module,
        let_others_write,
        link_the_archive,
        open_the_base,
    ],
)
def test_a_damaged_kit_is_made_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    host = RootedHost(PurePosixPath(tmp_path))
    archive = Path(bundle_archive.command(host)[-1])
    damage(archive.parent)
    command = bundle_archive.command(host)
    assert "there is no apply" in run(command, tmp_path)
    assert not (archive.parent / "json.py").exists()
    assert {path.stat().st_mode & 0o022 for path in archive.parent.parent.rglob("*")} == {0}
    before = archive.stat().st_ino
    bundle_archive.command(host)
    assert archive.stat().st_ino == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
@pytest.mark.parametrize("name", ["redis-wizard.pyz", ".", ".."])
def test_a_kit_of_another_account_is_made_again(tmp_path: Path, name: str) -> None:
    host = RootedHost(PurePosixPath(tmp_path))
    directory = Path(bundle_archive.command(host)[-1]).parent
    os.chown(directory / name, 65534, 65534)
    bundle_archive.command(host)
    assert (directory / name).stat().st_uid == 0


# --- noexec --------------------------------------------------------------------------------------


@pytest.fixture
def host() -> MemoryHost:
    made = MemoryHost()
    made.reopen_arguments = ()
    made.put_directory(made.state)
    made.noexec.add(made.state)
    for place in ("/usr/lib", "/usr/local/lib"):
        made.put_directory(PurePosixPath(place))
    return made


def test_where_the_state_directory_is_noexec_it_lies_among_the_systems_libraries(host: MemoryHost) -> None:
    archive = bundle_archive.command(host)[-1]
    assert archive.startswith("/usr/lib/redis-wizard/")
    host.noexec.clear()
    assert bundle_archive.command(host)[-1].startswith(f"{host.state}/recovery/")
    assert host.entries(PurePosixPath("/usr/lib/redis-wizard")) == ()


@pytest.mark.parametrize("noexec", [True, False])
def test_files_of_a_package_beside_the_kits_stay(host: MemoryHost, noexec: bool) -> None:  # noqa: FBT001 - a case
    programs = [PurePosixPath(f"{base}/redis-wizard/site-packages/x.py") for base in ("/usr/lib", "/usr/local/lib")]
    for program in programs:
        host.put(program, b"of a package")
    former = PurePosixPath(bundle_archive.command(host)[-1]).parent
    if noexec:
        host.noexec.add(PurePosixPath("/usr/lib"))
    else:
        host.noexec.clear()
    assert PurePosixPath(bundle_archive.command(host)[-1]).parent != former
    assert host.status(former).kind is FileKind.ABSENT
    assert [host.read(program) for program in programs] == [b"of a package"] * 2


def test_a_place_that_others_can_write_is_not_used(host: MemoryHost) -> None:
    host.set_mode(PurePosixPath("/usr/lib"), owner="root", group="root", mode=0o775)
    assert bundle_archive.command(host)[-1].startswith("/usr/local/lib/redis-wizard/")


def test_a_host_on_which_it_runs_nowhere_is_refused_with_the_mount(host: MemoryHost) -> None:
    host.noexec.add(PurePosixPath("/usr"))
    host.put(
        PurePosixPath("/proc/self/mountinfo"),
        b"29 1 8:1 / / rw shared:1 - ext4 /dev/sda rw\n30 29 8:2 / /var rw,noexec - ext4 x rw\n",
    )
    with pytest.raises(UnsupportedError, match="/var is mounted noexec; remount it") as error:
        bundle_archive.command(host)
    assert "/usr/lib/redis-wizard (noexec)" in str(error.value)
    assert host.entries(PurePosixPath("/usr/lib")) == ()


@pytest.mark.parametrize(
    ("path", "point"),
    [("/var/lib/x", "/var/lib"), ("/var/log", ""), ("/mnt/a b/c", "/mnt/a b"), ("/variety", ""), ("/", "")],
)
def test_the_mount_that_forbids_it_is_the_innermost(path: str, point: str) -> None:
    text = (
        "1 0 8:1 / / rw - ext4 a rw\n"
        "2 1 8:2 / /var rw,nosuid - ext4 b rw\n"
        "3 2 8:3 / /var/lib rw,nosuid,noexec shared:4 - ext4 c rw\n"
        "4 1 8:4 / /mnt/a\\040b rw,noexec - ext4 d rw\n"
        "broken\n"
    )
    assert location.mount_of(text, PurePosixPath(path)) == point
