"""A service account that owns a directory tries to redirect what root writes there."""

import os
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest

from wizard.errors import ConcurrentChangeError, HostError, NoSpaceError, UnsafePathError
from wizard.host.local import LocalHost
from wizard.model.facts.files import FileKind

ATTACKER = 4242
ROUNDS = 400
PAUSE_SECONDS = 0.0002
"""How long the attacker leaves the link, and then the directory: both must be met now and then."""

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can act for a service account and be attacked by it"
)


@pytest.fixture
def owned(tmp_path: Path) -> Path:
    """A directory like Debian's /etc/redis: it belongs to the account that root writes for."""
    tmp_path.chmod(0o755)
    path = tmp_path / "owned"
    path.mkdir()
    os.chown(path, ATTACKER, ATTACKER)
    path.chmod(0o2770)
    return path


@pytest.fixture
def treasure(tmp_path: Path) -> Path:
    """A directory of root with a secret."""
    path = tmp_path / "treasure"
    path.mkdir(mode=0o700)
    (path / "key").write_bytes(b"root's own")
    (path / "key").chmod(0o600)
    return path


def snapshot(path: Path) -> dict[str, tuple[bytes, int, int, int]]:
    """Everything below a directory: bytes, mode, owner, links."""
    found = {}
    for item in sorted(path.rglob("*")):
        status = item.lstat()
        data = item.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found[str(item)] = (data, status.st_mode, status.st_uid, status.st_nlink)
    return found


@contextmanager
def swapping(real: Path, target: Path) -> Iterator[None]:
    """Swap a directory against a link to `target`, in a loop, while the context lasts."""
    aside, done = real.with_name("aside"), threading.Event()

    def swap() -> None:
        while not done.is_set():
            real.rename(aside)
            real.symlink_to(target)
            done.wait(PAUSE_SECONDS)
            real.unlink()
            aside.rename(real)
            done.wait(PAUSE_SECONDS)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_no_byte_lands_elsewhere_while_a_directory_is_swapped(owned: Path, treasure: Path) -> None:
    certs = owned / "certs"
    certs.mkdir()
    os.chown(certs, ATTACKER, ATTACKER)
    host, before, written, tried = LocalHost(), snapshot(treasure), 0, 0
    deadline = time.monotonic() + 20
    with swapping(certs, treasure):
        while (tried < ROUNDS or not written) and time.monotonic() < deadline:
            tried += 1
            try:
                host.write(PurePosixPath(certs / "key"), b"new", expected=None, owner="0", group="0", mode=0o600)
                written += 1
            except HostError:
                continue
    assert snapshot(treasure) == before
    assert written
    assert (certs / "key").read_bytes() == b"new"


def test_nothing_else_is_changed_while_a_directory_is_swapped(owned: Path, treasure: Path) -> None:
    certs = owned / "certs"
    certs.mkdir()
    (certs / "key").write_bytes(b"")
    os.chown(certs, ATTACKER, ATTACKER)
    host, before, path = LocalHost(), snapshot(treasure), PurePosixPath(certs / "key")
    changes = (
        lambda: host.append(path, b"x"),
        lambda: host.set_mode(path, owner=str(ATTACKER), group="0", mode=0o666),
        lambda: host.remove(path),
        lambda: host.link(path.with_name("l"), target="x"),
        lambda: host.make_directory(path.with_name("d"), owner="0", group="0", mode=0o777),
        lambda: host.rename(path, path.with_name("other")),
    )
    with swapping(certs, treasure):
        for turn in range(ROUNDS):
            try:
                changes[turn % len(changes)]()
            except HostError:
                continue
    assert snapshot(treasure) == before


def test_names_the_link_that_is_in_the_way(owned: Path, treasure: Path) -> None:
    (owned / "certs").symlink_to(treasure)
    with pytest.raises(UnsafePathError, match="/owned/certs is refused: it is a link that a user other than root"):
        LocalHost().write(PurePosixPath(owned / "certs" / "key"), b"", expected=None, owner="0", group="0", mode=0o600)
    assert (treasure / "key").read_bytes() == b"root's own"


def test_refuses_even_a_link_of_root_in_a_directory_of_another(owned: Path, treasure: Path) -> None:
    (owned / "key").symlink_to(treasure / "key")
    with pytest.raises(UnsafePathError):
        LocalHost().write(PurePosixPath(owned / "key"), b"", expected=None, owner="0", group="0", mode=0o600)


def test_does_not_fetch_a_secret_through_a_strangers_link(owned: Path, treasure: Path) -> None:
    (owned / "users.acl").symlink_to(treasure / "key")
    os.lchown(owned / "users.acl", ATTACKER, ATTACKER)
    with pytest.raises(UnsafePathError, match="not every user may read it"):
        LocalHost().read(PurePosixPath(owned / "users.acl"))


def test_reads_through_a_strangers_link_what_everybody_may_read(owned: Path, treasure: Path) -> None:
    treasure.chmod(0o755)
    (treasure / "key").chmod(0o644)
    (owned / "ca.crt").symlink_to(treasure / "key")
    assert LocalHost().read(PurePosixPath(owned / "ca.crt")) == b"root's own"


@pytest.mark.parametrize(
    "change",
    [
        lambda host, path: host.set_mode(path, owner=str(ATTACKER), group="0", mode=0o666),
        lambda host, path: host.append(path, b"x"),
        lambda host, path: host.set_attributes(path, {"user.x": b"1"}),
    ],
    ids=["set_mode", "append", "set_attributes"],
)
def test_does_not_touch_a_hard_link_to_somebody_elses_file(
    owned: Path, treasure: Path, change: Callable[[LocalHost, PurePosixPath], None]
) -> None:
    (owned / "key").hardlink_to(treasure / "key")
    before = snapshot(treasure)
    with pytest.raises(UnsafePathError, match="hard link"):
        change(LocalHost(), PurePosixPath(owned / "key"))
    assert snapshot(treasure) == before


def test_replacing_a_hard_link_leaves_the_other_name_alone(owned: Path, treasure: Path) -> None:
    (owned / "key").hardlink_to(treasure / "key")
    LocalHost().write(PurePosixPath(owned / "key"), b"new", expected=None, owner="0", group="0", mode=0o600)
    assert (treasure / "key").read_bytes() == b"root's own"
    assert (owned / "key").read_bytes() == b"new"


@pytest.mark.parametrize("kind", ["fifo", "socket", "directory"])
def test_refuses_what_is_no_regular_file_without_waiting_for_it(owned: Path, kind: str) -> None:
    path = owned / "x"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        os.mknod(path, stat.S_IFSOCK | 0o600)
    else:
        path.mkdir()
    host = LocalHost()
    with pytest.raises(HostError):
        host.read(PurePosixPath(path))
    with pytest.raises(HostError):
        host.append(PurePosixPath(path), b"x")
    with pytest.raises(HostError):
        host.write(PurePosixPath(path), b"x", expected=None, owner="0", group="0", mode=0o600)
    assert sorted(item.name for item in owned.iterdir()) == ["x"]
    host.remove(PurePosixPath(path))
    assert list(owned.iterdir()) == []


def test_leaks_no_descriptor_however_it_ends(owned: Path, treasure: Path) -> None:
    (owned / "certs").symlink_to(treasure)
    host = LocalHost()

    def once() -> None:
        host.status(PurePosixPath(owned / "absent" / "x"))
        for path in (owned / "certs" / "x", owned / "absent" / "x", owned):
            with pytest.raises(HostError):
                host.write(PurePosixPath(path), b"", expected=None, owner="0", group="0", mode=0o600)

    once()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        once()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_tells_and_refuses_an_immutable_file(tmp_path: Path) -> None:
    path = tmp_path / "redis.conf"
    path.write_bytes(b"one")
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode != 0:
        pytest.skip("the file system of the temporary directory has no attributes")
    host = LocalHost()
    try:
        assert host.status(PurePosixPath(path)).immutable
        with pytest.raises(HostError, match="chattr -i"):
            host.write(PurePosixPath(path), b"two", expected=None, owner="0", group="0", mode=0o600)
        with pytest.raises(HostError, match="root is refused too"):
            host.remove(PurePosixPath(path))
    finally:
        subprocess.run(["chattr", "-i", path], check=True)
    assert path.read_bytes() == b"one"
    assert [item.name for item in tmp_path.iterdir()] == ["redis.conf"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(small: Path) -> None:
    path = small / "redis.conf"
    path.write_bytes(b"one")
    host = LocalHost()
    with pytest.raises(NoSpaceError, match=r"redis\.conf"):
        host.write(PurePosixPath(path), b"x" * 100_000, expected=None, owner="0", group="0", mode=0o600)
    with pytest.raises(NoSpaceError):
        host.append(PurePosixPath(path), b"x" * 100_000)
    assert path.read_bytes() == b"one"
    assert [item.name for item in small.iterdir()] == ["redis.conf"]


def test_a_read_only_file_system_is_said(small: Path) -> None:
    (small / "a").write_bytes(b"one")
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    host = LocalHost()
    with pytest.raises(HostError, match="read-only"):
        host.write(PurePosixPath(small / "a"), b"two", expected=None, owner="0", group="0", mode=0o600)
    assert host.space(PurePosixPath(small)).read_only
    assert host.space(PurePosixPath(small)).filesystem == "tmpfs"


def test_a_posix_acl_survives_a_replacement_and_is_bounded_by_the_new_mode(tmp_path: Path) -> None:
    # user::rw- user:4242:rw- group::r-- mask::rw- other::---, as acl(5) lays it out.
    entries = ((1, 6, -1), (2, 6, ATTACKER), (4, 4, -1), (16, 6, -1), (32, 0, -1))
    acl = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + bits.to_bytes(2, "little") + (number & 0xFFFFFFFF).to_bytes(4, "little")
        for tag, bits, number in entries
    )
    path = tmp_path / "a"
    path.write_bytes(b"one")
    try:
        os.setxattr(path, "system.posix_acl_access", acl)
    except OSError:
        pytest.skip("the file system of the temporary directory has no ACLs")
    host = LocalHost()
    host.write(PurePosixPath(path), b"two", expected=None, owner="0", group="0", mode=0o660)
    assert os.getxattr(path, "system.posix_acl_access") == acl
    host.write(PurePosixPath(path), b"three", expected=None, owner="0", group="0", mode=0o600)
    assert host.status(PurePosixPath(path)).mode == 0o600


def test_a_file_that_vanishes_before_the_rename_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    fsync = os.fsync

    def swap_then_sync(descriptor: int) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(b"another's")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", swap_then_sync)
    with pytest.raises(ConcurrentChangeError):
        LocalHost().write(PurePosixPath(path), b"two", expected=None, owner="0", group="0", mode=0o600)
    assert path.read_bytes() == b"another's"
    assert LocalHost().status(PurePosixPath(path)).kind is FileKind.FILE
