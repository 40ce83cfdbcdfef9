"""A second name keeps a file, its return needs no space, and an attacker gains nothing by either."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from tests.support.hosts import Bench, digest
from wizard.errors import (
    ConcurrentChangeError,
    HostError,
    InvalidValueError,
    NoSpaceError,
    NotFoundError,
    UnsafePathError,
    UnsupportedError,
)
from wizard.host.files import replace as replacing
from wizard.host.files.attributes import is_immutable
from wizard.host.local import LocalHost
from wizard.model.facts.files import FileKind
from wizard.sandbox.host import SandboxHost

KEPT = ".a.rw-20261124-120000"
ATTACKER = 4242

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for a service account and be attacked by it")


def bring_back(bench: Bench, name: str = "a", *, old: bytes = b"old", now: bytes | None = b"new") -> None:
    """Bring the kept file back over what is there now."""
    replaces = "" if now is None else digest(now)
    bench.host.restore_backup(bench.base / name, KEPT, expected=digest(old), owner=bench.user, replaces=replaces)


def inode(bench: Bench, name: str) -> int:
    """Number of a file, 0 in memory."""
    return (bench.real / name).lstat().st_ino if bench.real else 0


# --- what every adapter does ---------------------------------------------------------------------


def test_a_kept_file_comes_back_as_the_same_file(bench: Bench) -> None:
    path = bench.write("a", b"old", mode=0o604)
    was, number = bench.host.status(path, digest=True), inode(bench, "a")
    bench.host.hard_link_backup(path, KEPT)
    assert bench.host.status(path).links == 2
    bench.write("a", b"new", mode=0o640)
    assert bench.host.status(path).links == 1
    bring_back(bench)
    assert bench.host.status(path, digest=True) == was
    assert inode(bench, "a") == number
    assert bench.host.entries(bench.base) == ("a",)


def test_times_links_and_attributes_come_back(bench: Bench) -> None:
    path = bench.write("a", b"old")
    bench.host.hard_link_backup(path, "other")
    try:
        bench.host.set_attributes(path, {"user.note": b"old"})
    except UnsupportedError:
        pytest.skip("the file system of the temporary directory keeps no attributes")
    if bench.real:
        os.utime(bench.real / "a", ns=(1, 2))
    bench.host.hard_link_backup(path, KEPT)
    bench.write("a", b"new")
    bench.host.set_attributes(path, {"user.note": b"new"})
    bring_back(bench)
    assert bench.host.attributes(path) == {"user.note": b"old"}
    assert bench.host.status(path).links == 2
    assert bench.host.read(bench.base / "other") == b"old"
    if bench.real:
        assert (bench.real / "a").stat().st_mtime_ns == 2


def test_a_file_that_was_only_kept_loses_its_second_name(bench: Bench) -> None:
    path = bench.write("a", b"old")
    bench.host.hard_link_backup(path, KEPT)
    bring_back(bench, now=b"old")
    assert bench.host.entries(bench.base) == ("a",)
    assert (bench.host.read(path), bench.host.status(path).links) == (b"old", 1)


def test_what_it_replaces_keeps_its_other_names(bench: Bench) -> None:
    path = bench.write("a", b"old")
    bench.host.hard_link_backup(path, KEPT)
    bench.write("a", b"new")
    bench.host.hard_link_backup(path, "other")
    bring_back(bench)
    other = bench.host.status(bench.base / "other", digest=True)
    assert (other.links, other.digest) == (1, digest(b"new"))


def test_comes_back_where_nothing_is(bench: Bench) -> None:
    path = bench.write("a", b"old")
    bench.host.hard_link_backup(path, KEPT)
    bench.host.remove(path)
    bring_back(bench, now=None)
    assert bench.host.entries(bench.base) == ("a",)
    assert (bench.host.read(path), bench.host.status(path).links) == (b"old", 1)


def test_a_link_of_ours_is_followed_and_the_name_lies_beside_its_target(bench: Bench) -> None:
    bench.directory("d")
    bench.write("d/real", b"old")
    bench.host.link(bench.base / "a", target="d/real")
    bench.host.hard_link_backup(bench.base / "a", KEPT)
    assert bench.host.entries(bench.base / "d") == (KEPT, "real")
    bench.write("a", b"new")
    bring_back(bench)
    assert bench.host.read(bench.base / "d" / "real") == b"old"
    assert bench.host.entries(bench.base / "d") == ("real",)
    assert bench.host.status(bench.base / "a").kind is FileKind.LINK


@pytest.mark.parametrize("put", ["file", "link", "directory"])
def test_a_taken_name_is_left_alone(bench: Bench, put: str) -> None:
    path, kept = bench.write("a", b"old"), bench.base / KEPT
    if put == "file":
        bench.write(KEPT, b"theirs")
    elif put == "link":
        bench.host.link(kept, target="a")
    else:
        bench.directory(KEPT)
    before = bench.host.status(kept, digest=True)
    with pytest.raises(ConcurrentChangeError, match=KEPT):
        bench.host.hard_link_backup(path, KEPT)
    assert bench.host.status(kept, digest=True) == before
    assert bench.host.status(path).links == 1


@pytest.mark.parametrize("name", ["", ".", "..", "d/x", "x\0", "a"])
def test_refuses_a_name_that_is_none_or_the_files_own(bench: Bench, name: str) -> None:
    path = bench.write("a", b"old")
    bench.directory("d")
    with pytest.raises(InvalidValueError, match="is not a file name beside"):
        bench.host.hard_link_backup(path, name)
    with pytest.raises(InvalidValueError, match="is not a file name beside"):
        bench.host.restore_backup(path, name, expected=digest(b"old"), owner=bench.user, replaces=digest(b"old"))
    assert bench.host.read(path) == b"old"


@pytest.mark.parametrize("what", ["absent", "d", "loose"])
def test_keeps_regular_files_alone(bench: Bench, what: str) -> None:
    bench.directory("d")
    bench.host.link(bench.base / "loose", target="absent")
    with pytest.raises(UnsafePathError if what == "d" else NotFoundError):
        bench.host.hard_link_backup(bench.base / what, KEPT)
    assert bench.host.entries(bench.base) == ("d", "loose")


def test_says_that_nothing_was_kept(bench: Bench) -> None:
    bench.write("a", b"new")
    with pytest.raises(NotFoundError):
        bring_back(bench)
    assert bench.host.read(bench.base / "a") == b"new"


@pytest.mark.parametrize("put", ["directory", "link"])
def test_brings_back_regular_files_alone(bench: Bench, put: str) -> None:
    bench.write("a", b"new")
    bench.write("old", b"old")
    if put == "directory":
        bench.directory(KEPT)
    else:
        bench.host.link(bench.base / KEPT, target="old")
    with pytest.raises(UnsafePathError):
        bring_back(bench)
    assert bench.host.read(bench.base / "a") == b"new"


@pytest.mark.parametrize(("old", "now"), [(b"other", b"new"), (b"old", b"other"), (b"old", None)])
def test_brings_nothing_back_when_either_file_is_another(bench: Bench, old: bytes, now: bytes | None) -> None:
    path = bench.write("a", b"old")
    bench.host.hard_link_backup(path, KEPT)
    bench.write("a", b"new")
    with pytest.raises(ConcurrentChangeError):
        bring_back(bench, old=old, now=now)
    assert bench.host.read(path) == b"new"
    assert bench.host.read(bench.base / KEPT) == b"old"


def test_does_not_bring_back_over_a_directory(bench: Bench) -> None:
    path = bench.write("a", b"old")
    bench.host.hard_link_backup(path, KEPT)
    bench.host.remove(path)
    bench.directory("a")
    with pytest.raises(UnsafePathError):
        bring_back(bench)
    assert bench.host.entries(bench.base) == (KEPT, "a")


@as_root
def test_does_not_bring_back_a_copy_that_belongs_to_another(bench: Bench) -> None:
    if isinstance(bench.host, SandboxHost):
        pytest.skip("a sandbox gives files away in name only")
    bench.write("a", b"new")
    bench.write(KEPT, b"old")
    bench.host.set_mode(bench.base / KEPT, owner=str(ATTACKER), group=bench.group, mode=0o666)
    with pytest.raises(ConcurrentChangeError):
        bring_back(bench)
    assert bench.host.read(bench.base / "a") == b"new"


@as_root
def test_owners_in_name_come_back_too(bench: Bench) -> None:
    path = bench.write("a", b"old")
    bench.host.set_mode(path, owner="4242", group="4243", mode=0o640)
    was = bench.host.status(path)
    bench.host.hard_link_backup(path, KEPT)
    kept = bench.host.status(bench.base / KEPT)
    assert (kept.owner, kept.group) == ("4242", "4243")
    bench.write("a", b"new")
    bench.host.restore_backup(path, KEPT, expected=digest(b"old"), owner="4242", replaces=digest(b"new"))
    assert bench.host.status(path) == was
    # Nothing of the kept name is remembered.
    bench.write(KEPT, b"")
    assert bench.host.status(bench.base / KEPT).owner == bench.user


def test_a_reserve_holds_its_size_and_is_for_us_alone(bench: Bench) -> None:
    path = bench.base / "reserve"
    bench.host.reserve(path, 1 << 16)
    status = bench.host.status(path)
    assert (status.size, status.mode, status.kind) == (1 << 16, 0o600, FileKind.FILE)
    if bench.real:
        assert (bench.real / "reserve").stat().st_blocks * 512 >= 1 << 16
    with pytest.raises(ConcurrentChangeError):
        bench.host.reserve(path, 1)
    with pytest.raises(NotFoundError):
        bench.host.reserve(bench.base / "absent" / "reserve", 1)
    assert bench.host.status(path).size == 1 << 16


# --- attacked, full, without hard links ----------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file that was kept and then replaced, in a directory of ours."""
    tmp_path.chmod(0o755)
    host, path = LocalHost(), tmp_path / "a"
    path.write_bytes(b"old")
    host.hard_link_backup(PurePosixPath(path), KEPT)
    _write(path, b"new")
    return path


def _write(path: Path, data: bytes) -> None:
    owner, group = str(os.geteuid()), str(os.getegid())
    LocalHost().write(PurePosixPath(path), data, expected=None, owner=owner, group=group, mode=0o640)


def _bring_back(path: Path) -> None:
    owner = str(os.geteuid())
    LocalHost().restore_backup(PurePosixPath(path), KEPT, expected=digest(b"old"), owner=owner, replaces=digest(b"new"))


def swap_kept(path: Path) -> None:
    """Put another file where the kept one lies."""
    path.with_name(KEPT).unlink()
    path.with_name(KEPT).write_bytes(b"evil")


def swap_current(path: Path) -> None:
    """Put another file where the one lies that is about to go."""
    path.unlink()
    path.write_bytes(b"edited by hand")


@pytest.mark.parametrize(("swap", "left"), [(swap_kept, b"evil"), (swap_current, b"edited by hand")])
def test_a_file_swapped_after_the_look_is_noticed(
    kept: Path, monkeypatch: pytest.MonkeyPatch, swap: Callable[[Path], None], left: bytes
) -> None:
    def look_then_swap(descriptor: int) -> bool:
        """The last look of all."""
        found = is_immutable(descriptor)
        swap(kept)
        return found

    monkeypatch.setattr(replacing, "is_immutable", look_then_swap)
    with pytest.raises(ConcurrentChangeError):
        _bring_back(kept)
    assert kept.read_bytes() == left


@as_root
def test_neither_keeping_nor_bringing_back_touches_a_hard_link_to_somebody_elses_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    treasure, owned = tmp_path / "treasure", tmp_path / "owned"
    treasure.write_bytes(b"old")
    treasure.chmod(0o600)
    owned.mkdir()
    os.chown(owned, ATTACKER, ATTACKER)
    path = owned / "a"
    path.hardlink_to(treasure)
    before = treasure.stat()
    LocalHost().hard_link_backup(PurePosixPath(path), KEPT)
    _write(path, b"new")
    _bring_back(path)
    after = treasure.stat()
    assert treasure.read_bytes() == b"old"
    assert [after[i] for i in (0, 1, 3, 4, 5)] == [before[i] for i in (0, 1, 3, 4, 5)]
    assert sorted(item.name for item in owned.iterdir()) == ["a"]


@as_root
def test_keeps_nothing_behind_a_link_that_a_stranger_could_have_placed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    treasure, owned = tmp_path / "treasure", tmp_path / "owned"
    treasure.mkdir()
    (treasure / "a").write_bytes(b"old")
    (treasure / KEPT).write_bytes(b"old")
    owned.mkdir()
    os.chown(owned, ATTACKER, ATTACKER)
    (owned / "certs").symlink_to(treasure)
    (owned / "a").symlink_to(treasure / "a")
    for path in (owned / "certs" / "a", owned / "a"):
        with pytest.raises(UnsafePathError, match="is a link that a user other than root"):
            LocalHost().hard_link_backup(PurePosixPath(path), ".x")
        with pytest.raises(UnsafePathError, match="is a link that a user other than root"):
            _bring_back(path)
    assert sorted(item.name for item in treasure.iterdir()) == [KEPT, "a"]


@pytest.mark.parametrize("kind", ["fifo", "socket"])
@as_root
def test_waits_for_no_pipe_in_the_kept_files_place(kept: Path, kind: str) -> None:
    name = kept.with_name(KEPT)
    name.unlink()
    os.mkfifo(name) if kind == "fifo" else os.mknod(name, 0o140600)
    with pytest.raises(UnsafePathError):
        _bring_back(kept)
    assert kept.read_bytes() == b"new"


def test_leaks_no_descriptor_however_it_ends(kept: Path) -> None:
    def once() -> None:
        for path, name in ((kept, KEPT), (kept.with_name("absent"), KEPT), (kept, "absent"), (kept.parent, "x")):
            with pytest.raises(HostError):
                LocalHost().hard_link_backup(PurePosixPath(path), name if name != "absent" else KEPT)
            with pytest.raises(HostError):
                LocalHost().restore_backup(PurePosixPath(path), name, expected="", owner="0", replaces="")

    once()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        once()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_system_without_hard_links_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def refuse(*_given: object, **_more: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(UnsupportedError, match="no hard links"):
        LocalHost().hard_link_backup(PurePosixPath(tmp_path / "a"), KEPT)
    assert [item.name for item in tmp_path.iterdir()] == ["a"]


def test_a_file_system_that_sets_nothing_aside_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(UnsupportedError, match="cannot reserve space"):
        LocalHost().reserve(PurePosixPath(tmp_path / "reserve"), 1 << 20)
    assert list(tmp_path.iterdir()) == []


def test_an_immutable_file_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode != 0:
        pytest.skip("the file system of the temporary directory has no attributes")
    try:
        with pytest.raises(HostError, match="chattr -i"):
            LocalHost().hard_link_backup(PurePosixPath(path), KEPT)
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def fill(place: Path) -> None:
    """Leave not one block free."""
    with pytest.raises(OSError, match="No space left"), (place / "fill").open("wb", buffering=0) as file:  # noqa: PT012 - one write too many
        while True:
            file.write(b"x" * 1024)


def test_comes_back_on_a_full_disk_where_a_write_would_not(small: Path) -> None:
    path = small / "a"
    path.write_bytes(b"old")
    LocalHost().hard_link_backup(PurePosixPath(path), KEPT)
    _write(path, b"new")
    fill(small)
    with pytest.raises(NoSpaceError):
        _write(path, b"old")
    _bring_back(path)
    assert path.read_bytes() == b"old"
    assert sorted(item.name for item in small.iterdir()) == ["a", "fill"]


def test_a_reserve_is_real_and_leaves_nothing_when_it_does_not_fit(small: Path) -> None:
    host, reserve = LocalHost(), PurePosixPath(small / "reserve")
    with pytest.raises(NoSpaceError):
        host.reserve(reserve, 1 << 20)
    assert list(small.iterdir()) == []
    host.reserve(reserve, 1 << 15)
    fill(small)
    with pytest.raises(NoSpaceError):
        _write(small / "a", b"x")
    host.remove(reserve)
    _write(small / "a", b"x" * 8192)
