"""What others could change, asked of every adapter: on the way to a directory, and below it."""

import os
import struct
import tempfile
from pathlib import Path, PurePosixPath

import pytest

from tests.support.hosts import BENCHES, WORK, Bench, rooted_bench
from tests.support.memory_host.host import MemoryHost
from wizard.errors import UnsafePathError
from wizard.host.local import LocalHost
from wizard.model.facts.files import FileKind
from wizard.snapshots import posixacl

OTHER = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


def is_public(bench: Bench) -> bool:
    """The running machine's own adapter judges the way to the test's directory, which is in /tmp."""
    return type(bench.host) is LocalHost


def found(bench: Bench, path: PurePosixPath) -> PurePosixPath | None:
    """Ask, and give what is found in the test's own directory."""
    if is_public(bench):
        pytest.skip("the way to the test's directory leads through /tmp")
    seen = bench.host.writable_by_others(path)
    return seen.path if seen else None


def test_what_is_ours_alone_is_fine(bench: Bench) -> None:
    bench.directory("own", 0o700)
    bench.write("own/file", b"x", mode=0o644)
    assert found(bench, bench.base / "own") is None
    assert found(bench, bench.base / "own" / "absent" / "below") is None


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777, 0o2770])
def test_a_directory_that_others_may_write_is_named(bench: Bench, mode: int) -> None:
    bench.directory("own", mode)
    bench.directory("own/inner", 0o700)
    for path in ("own", "own/inner", "own/absent"):
        assert found(bench, bench.base / path) == bench.base / "own"


def test_a_file_deep_below_that_others_may_write_is_named(bench: Bench) -> None:
    bench.directory("own", 0o700)
    bench.directory("own/kit", 0o700)
    bench.write("own/kit/program", b"x", mode=0o620)
    assert found(bench, bench.base / "own") == bench.base / "own" / "kit" / "program"


def test_a_link_below_is_named_whoever_made_it(bench: Bench) -> None:
    bench.directory("own", 0o700)
    bench.host.link(bench.base / "own" / "kit", target="/etc")
    assert found(bench, bench.base / "own") == bench.base / "own" / "kit"
    seen = bench.host.writable_by_others(bench.base / "own")
    assert seen is not None
    assert seen.kind is FileKind.LINK


def test_a_link_of_ours_on_the_way_is_followed_to_what_it_means(bench: Bench) -> None:
    bench.directory("real", 0o700)
    bench.directory("real/own", 0o770)
    bench.host.link(bench.base / "alias", target="real")
    assert found(bench, bench.base / "alias" / "own") == bench.base / "real" / "own"


@as_root
@pytest.mark.parametrize("kind", ["rooted", "sandbox"])
def test_what_another_user_owns_is_named(kind: str) -> None:
    with tempfile.TemporaryDirectory(prefix="rw") as place:
        bench = BENCHES[kind](Path(place))
        bench.directory("own", 0o700)
        path = bench.write("own/file", b"x", mode=0o600)
        assert bench.real is not None
        os.chown(bench.real / "own" / "file", OTHER, OTHER)
        assert found(bench, bench.base / "own") == path
        os.chown(bench.real / "own", OTHER, OTHER)
        assert found(bench, bench.base / "own") == bench.base / "own"


def test_in_memory_the_owner_counts_too() -> None:
    host = MemoryHost()
    host.put_directory(PurePosixPath("/srv/state"), owner="redis", mode=0o700)
    seen = host.writable_by_others(PurePosixPath("/srv/state"))
    assert seen is not None
    assert (seen.path, seen.owner) == (PurePosixPath("/srv/state"), "redis")


@as_root
def test_an_access_control_list_that_lets_another_user_write_is_seen(tmp_path: Path) -> None:
    bench = rooted_bench(tmp_path)
    bench.directory("own", 0o700)
    entries = [(0x01, 7, -1), (0x02, 6, OTHER), (0x04, 0, -1), (0x10, 7, -1), (0x20, 0, -1)]
    data = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    try:
        os.setxattr(tmp_path / WORK.relative_to("/") / "own", posixacl.ACCESS, data)
    except OSError:
        pytest.skip("this file system has no access control lists")
    assert found(bench, WORK / "own") == WORK / "own"


@as_root
def test_a_link_that_another_user_placed_on_the_way_is_refused(tmp_path: Path) -> None:
    bench = rooted_bench(tmp_path)
    bench.directory("real", 0o700)
    bench.host.link(WORK / "alias", target="real")
    os.lchown(tmp_path / WORK.relative_to("/") / "alias", OTHER, OTHER)
    with pytest.raises(UnsafePathError, match="a user other than root"):
        bench.host.writable_by_others(WORK / "alias" / "state")


@as_root
def test_a_tree_in_a_directory_of_another_user_is_named(tmp_path: Path) -> None:
    place = tmp_path / "theirs" / "tree"
    place.mkdir(parents=True)
    bench = rooted_bench(place)
    assert bench.host.writable_by_others(WORK) is None
    os.chown(place.parent, OTHER, OTHER)
    seen = bench.host.writable_by_others(WORK)
    assert seen is not None
    assert seen.path == PurePosixPath(place.parent)


def test_on_the_running_machine_a_sticky_directory_for_everybody_is_no_place(tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    public.chmod(0o1777)
    (public / "own").mkdir(mode=0o700)
    seen = LocalHost().writable_by_others(PurePosixPath(public / "own"))
    assert seen is not None
    assert seen.path == PurePosixPath(tempfile.gettempdir())
