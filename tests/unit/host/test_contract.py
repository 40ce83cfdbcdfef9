"""What the port promises about files, asked of every adapter."""

import os
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from tests.support.hosts import Bench, digest
from tests.support.memory_host.host import MemoryHost
from wizard.errors import (
    BusyError,
    ConcurrentChangeError,
    HostError,
    InvalidValueError,
    NotFoundError,
    UnsafePathError,
    UnsupportedError,
)
from wizard.host.rooted import RootedHost
from wizard.model.facts.files import FileKind
from wizard.sandbox.host import SandboxHost

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


def test_reads_back_what_was_written(bench: Bench) -> None:
    path = bench.write("a", b"one\n")
    assert bench.host.read(path) == b"one\n"


def test_tells_kind_owner_mode_size_and_digest(bench: Bench) -> None:
    path = bench.write("a", b"one\n", mode=0o640)
    status = bench.host.status(path, digest=True)
    assert (status.kind, status.owner, status.group) == (FileKind.FILE, bench.user, bench.group)
    assert (status.mode, status.size, status.links, status.digest) == (0o640, 4, 1, digest(b"one\n"))


def test_tells_when_a_file_was_written_last(bench: Bench) -> None:
    path = bench.write("a", b"x")
    if bench.real:
        os.utime(bench.real / "a", (1, 1777863600))
    else:
        bench.host.modified = {path: 1777863600}  # type: ignore[attr-defined]  # of the host in memory alone
    assert bench.host.status(path).modified == 1777863600


def test_gives_no_digest_unless_asked(bench: Bench) -> None:
    assert bench.host.status(bench.write("a", b"x")).digest == ""


@pytest.mark.parametrize("name", ["absent", "absent/below", "file/below"])
def test_an_absent_path_is_a_status_and_no_error(bench: Bench, name: str) -> None:
    bench.write("file", b"")
    assert bench.host.status(bench.base / name).kind is FileKind.ABSENT


@pytest.mark.parametrize("name", ["absent", "absent/below", "file/below"])
def test_reading_an_absent_path_says_so(bench: Bench, name: str) -> None:
    bench.write("file", b"")
    with pytest.raises(NotFoundError):
        bench.host.read(bench.base / name)


def test_refuses_to_read_more_than_the_limit(bench: Bench) -> None:
    path = bench.write("a", b"12345")
    assert bench.host.read(path, limit=5) == b"12345"
    with pytest.raises(HostError, match="longer than 4 bytes"):
        bench.host.read(path, limit=4)


def test_refuses_to_read_a_directory(bench: Bench) -> None:
    with pytest.raises(UnsafePathError, match="not a regular file"):
        bench.host.read(bench.directory("d"))


def test_lists_a_directory_sorted_and_an_absent_one_as_empty(bench: Bench) -> None:
    for name in ("b", "a", "c"):
        bench.write(name, b"")
    assert bench.host.entries(bench.base) == ("a", "b", "c")
    assert bench.host.entries(bench.base / "absent") == ()


@pytest.mark.parametrize("path", ["relative", "/with\0nul"])
def test_refuses_a_path_that_is_none(bench: Bench, path: str) -> None:
    with pytest.raises(UnsafePathError):
        bench.host.read(PurePosixPath(path))
    with pytest.raises(UnsafePathError):
        bench.host.write(PurePosixPath(path), b"", expected=None, owner=bench.user, group=bench.group, mode=0o600)


def test_tells_the_space_of_the_nearest_parent(bench: Bench) -> None:
    space = bench.host.space(bench.base / "not" / "yet")
    assert space.path == bench.base / "not" / "yet"
    assert 0 < space.free <= space.total


def test_tells_whether_machine_code_of_a_file_runs(bench: Bench) -> None:
    assert bench.host.runs_code(bench.write("code", b"\x7fELF"))
    assert not bench.host.runs_code(bench.write("empty", b""))
    with pytest.raises(HostError):
        bench.host.runs_code(bench.base / "absent")


def test_tells_whether_two_names_are_one_directory(bench: Bench) -> None:
    one, other = bench.directory("d"), bench.directory("e")
    assert bench.host.is_same_file(one, bench.base / "d")
    assert bench.host.is_same_file(one, other) is False
    assert bench.host.is_same_file(one, bench.base / "absent") is None


# --- expected contents ---------------------------------------------------------------------------


def test_replaces_only_what_was_expected(bench: Bench) -> None:
    path = bench.write("a", b"one")
    bench.write("a", b"two", expected=digest(b"one"))
    with pytest.raises(ConcurrentChangeError):
        bench.write("a", b"three", expected=digest(b"one"))
    assert bench.host.read(path) == b"two"


def test_creates_only_where_nothing_is(bench: Bench) -> None:
    path = bench.write("a", b"one", expected="")
    with pytest.raises(ConcurrentChangeError):
        bench.write("a", b"two", expected="")
    assert bench.host.read(path) == b"one"


def test_refuses_to_replace_what_has_vanished(bench: Bench) -> None:
    with pytest.raises(ConcurrentChangeError):
        bench.write("a", b"two", expected=digest(b"one"))
    assert bench.host.status(bench.base / "a").kind is FileKind.ABSENT


def test_removes_only_what_was_expected(bench: Bench) -> None:
    path = bench.write("a", b"one")
    with pytest.raises(ConcurrentChangeError):
        bench.host.remove(path, expected=digest(b"two"))
    bench.host.remove(path, expected=digest(b"one"))
    assert bench.host.status(path).kind is FileKind.ABSENT


def test_leaves_nothing_behind_but_the_file(bench: Bench) -> None:
    bench.write("a", b"one")
    bench.write("a", b"two")
    with pytest.raises(ConcurrentChangeError):
        bench.write("a", b"three", expected="")
    assert bench.host.entries(bench.base) == ("a",)


# --- owners and modes ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o2750 & 0o777])
def test_a_file_has_exactly_the_mode_asked_for(bench: Bench, mode: int) -> None:
    before = os.umask(0o077)
    try:
        path = bench.write("a", b"", mode=mode)
    finally:
        os.umask(before)
    assert bench.host.status(path).mode == mode


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o2770, 0o1777])
def test_a_directory_has_exactly_the_mode_asked_for(bench: Bench, mode: int) -> None:
    assert bench.host.status(bench.directory("d", mode)).mode == mode


def test_a_directory_in_a_setgid_directory_has_no_setgid(bench: Bench) -> None:
    bench.directory("d", 0o2755)
    assert bench.host.status(bench.directory("d/e", 0o750)).mode == 0o750


def test_sets_the_mode_of_files_and_directories(bench: Bench) -> None:
    for path in (bench.write("a", b""), bench.directory("d")):
        bench.host.set_mode(path, owner=bench.user, group=bench.group, mode=0o700)
        assert bench.host.status(path).mode == 0o700


@as_root
def test_gives_files_to_others_by_name_and_by_number(bench: Bench) -> None:
    path = bench.write("a", b"one")
    bench.host.set_mode(path, owner="4242", group="4243", mode=0o4755)
    status = bench.host.status(path)
    assert (status.owner, status.group, status.mode) == ("4242", "4243", 0o4755)
    bench.host.write(path, b"two", expected=None, owner=bench.user, group=bench.group, mode=0o600)
    assert bench.host.status(path).owner == bench.user


def test_refuses_an_owner_that_does_not_exist(bench: Bench) -> None:
    with pytest.raises(HostError, match="nosuchname"):
        bench.host.write(bench.base / "a", b"", expected=None, owner="nosuchname", group=bench.group, mode=0o600)
    assert bench.host.entries(bench.base) == ()


def test_knows_which_users_and_groups_exist(bench: Bench) -> None:
    assert bench.host.user_exists(bench.user)
    assert bench.host.group_exists(bench.group)
    assert not bench.host.user_exists("nosuchname")
    assert not bench.host.group_exists("nosuchname")


# --- attributes ----------------------------------------------------------------------------------


def test_attributes_survive_a_replacement(bench: Bench) -> None:
    path = bench.write("a", b"one")
    try:
        bench.host.set_attributes(path, {"user.note": b"kept"})
    except UnsupportedError:
        pytest.skip("the file system of the temporary directory keeps no attributes")
    bench.write("a", b"two")
    assert bench.host.attributes(path) == {"user.note": b"kept"}


def test_attributes_become_exactly_those_given(bench: Bench) -> None:
    path = bench.directory("d")
    try:
        bench.host.set_attributes(path, {"user.a": b"1", "user.b": b"2"})
    except UnsupportedError:
        pytest.skip("the file system of the temporary directory keeps no attributes")
    bench.host.set_attributes(path, {"user.b": b"3"})
    assert bench.host.attributes(path) == {"user.b": b"3"}


def test_an_absent_path_has_no_attributes(bench: Bench) -> None:
    assert bench.host.attributes(bench.base / "absent") == {}


# --- append and lock -----------------------------------------------------------------------------


@pytest.mark.parametrize("durable", [True, False])
def test_appends_to_a_file_that_it_creates_for_us_alone(bench: Bench, *, durable: bool) -> None:
    path = bench.base / "log"
    bench.host.append(path, b"one\n", durable=durable)
    bench.host.append(path, b"two\n", durable=durable)
    assert bench.host.read(path) == b"one\ntwo\n"
    assert bench.host.status(path).mode == 0o600


def test_a_lock_is_held_by_one_at_a_time(bench: Bench) -> None:
    path = bench.base / "lock"
    with bench.host.lock(path):
        with pytest.raises(BusyError), bench.host.lock(path):
            pytest.fail("two hold the lock")
        assert bench.host.status(path).mode == 0o600
    with bench.host.lock(path):
        pass


def test_a_look_at_a_lock_takes_and_creates_nothing(bench: Bench) -> None:
    path = bench.base / "lock"
    assert not bench.host.is_locked(path)
    assert not bench.host.is_locked(bench.base / "absent" / "lock")
    assert bench.host.entries(bench.base) == ()
    with bench.host.lock(path):
        assert bench.host.is_locked(path)
    assert not bench.host.is_locked(path)


def test_a_lock_ends_with_an_error_inside(bench: Bench) -> None:
    with pytest.raises(KeyError), bench.host.lock(bench.base / "lock"):
        raise KeyError
    with bench.host.lock(bench.base / "lock"):
        pass


@pytest.mark.parametrize(
    "change",
    [
        lambda bench: bench.host.append(bench.base / "absent" / "x", b""),
        lambda bench: bench.host.lock(bench.base / "absent" / "x").__enter__(),
        lambda bench: bench.write("absent/x", b""),
        lambda bench: bench.directory("absent/x"),
        lambda bench: bench.host.link(bench.base / "absent" / "x", target="y"),
    ],
    ids=["append", "lock", "write", "make_directory", "link"],
)
def test_a_missing_parent_is_said(bench: Bench, change: Callable[[Bench], None]) -> None:
    with pytest.raises(NotFoundError):
        change(bench)


# --- renaming, linking, removing -----------------------------------------------------------------


def test_renames_files_and_whole_directories(bench: Bench) -> None:
    bench.directory("d")
    bench.write("d/a", b"one")
    bench.host.rename(bench.base / "d", bench.base / "e")
    assert bench.host.read(bench.base / "e" / "a") == b"one"
    assert bench.host.entries(bench.base) == ("e",)


def test_refuses_to_rename_over_something(bench: Bench) -> None:
    bench.write("a", b"one")
    bench.write("b", b"two")
    with pytest.raises(ConcurrentChangeError):
        bench.host.rename(bench.base / "a", bench.base / "b")
    with pytest.raises(NotFoundError):
        bench.host.rename(bench.base / "absent", bench.base / "c")


def test_refuses_to_make_what_is_there(bench: Bench) -> None:
    path = bench.write("a", b"one")
    with pytest.raises(ConcurrentChangeError):
        bench.directory("a")
    with pytest.raises(ConcurrentChangeError):
        bench.host.link(path, target="elsewhere")
    assert bench.host.read(path) == b"one"


def test_removing_what_is_absent_is_fine(bench: Bench) -> None:
    bench.host.remove(bench.base / "absent")
    bench.host.remove(bench.base / "absent" / "below")


def test_removes_empty_directories_only(bench: Bench) -> None:
    path = bench.directory("d")
    bench.write("d/a", b"")
    with pytest.raises(ConcurrentChangeError):
        bench.host.remove(path)
    bench.host.remove(path / "a")
    bench.host.remove(path)
    assert bench.host.entries(bench.base) == ()


# --- links ---------------------------------------------------------------------------------------


def test_tells_a_link_without_following_it(bench: Bench) -> None:
    bench.write("a", b"one")
    bench.host.link(bench.base / "l", target="a")
    status = bench.host.status(bench.base / "l")
    assert (status.kind, status.target) == (FileKind.LINK, "a")


@pytest.mark.parametrize("target", ["a", "./a", "d/../a", "ABSOLUTE"])
def test_reads_and_replaces_the_target_of_a_link_of_ours(bench: Bench, target: str) -> None:
    bench.directory("d")
    bench.write("a", b"one")
    bench.host.link(bench.base / "l", target=str(bench.base / "a") if target == "ABSOLUTE" else target)
    bench.write("l", b"two", expected=digest(b"one"))
    assert bench.host.read(bench.base / "a") == b"two"
    assert bench.host.read(bench.base / "l") == b"two"
    assert bench.host.status(bench.base / "l").kind is FileKind.LINK


def test_follows_a_directory_link_of_ours(bench: Bench) -> None:
    bench.directory("d")
    bench.host.link(bench.base / "l", target="d")
    bench.write("l/a", b"one")
    assert bench.host.entries(bench.base / "l") == ("a",)
    assert bench.host.read(bench.base / "d" / "a") == b"one"


def test_creates_the_target_of_a_dangling_link(bench: Bench) -> None:
    bench.host.link(bench.base / "l", target="a")
    bench.write("l", b"one", expected="")
    assert bench.host.read(bench.base / "a") == b"one"


def test_removes_and_renames_the_link_itself(bench: Bench) -> None:
    bench.write("a", b"one")
    bench.host.link(bench.base / "l", target="a")
    bench.host.rename(bench.base / "l", bench.base / "m")
    bench.host.remove(bench.base / "m")
    assert bench.host.entries(bench.base) == ("a",)


def test_never_changes_the_mode_of_a_links_target(bench: Bench) -> None:
    bench.write("a", b"one", mode=0o600)
    bench.host.link(bench.base / "l", target="a")
    with pytest.raises(UnsafePathError):
        bench.host.set_mode(bench.base / "l", owner=bench.user, group=bench.group, mode=0o777)
    with pytest.raises(UnsafePathError):
        bench.host.append(bench.base / "l", b"two")
    assert bench.host.status(bench.base / "a").mode == 0o600


@pytest.mark.parametrize(
    ("path", "lands"), [("a", "a"), ("l", "d/a"), ("m/new", "d/new"), ("d/../l", "d/a"), ("absent", "absent")]
)
def test_tells_where_a_write_would_land(bench: Bench, path: str, lands: str) -> None:
    bench.directory("d")
    bench.write("d/a", b"one")
    bench.host.link(bench.base / "l", target="d/a")
    bench.host.link(bench.base / "m", target="d")
    assert bench.host.resolve_target(bench.base / path) == bench.base / lands


def test_says_why_a_write_would_not_land(bench: Bench) -> None:
    bench.directory("open", 0o777)
    bench.host.link(bench.base / "open" / "l", target="/etc/passwd")
    with pytest.raises(UnsafePathError, match="open/l is refused"):
        bench.host.resolve_target(bench.base / "open" / "l")
    with pytest.raises(NotFoundError):
        bench.host.resolve_target(bench.base / "absent" / "x")


def test_links_in_a_circle_are_refused(bench: Bench) -> None:
    bench.host.link(bench.base / "a", target="b")
    bench.host.link(bench.base / "b", target="a")
    with pytest.raises(UnsafePathError, match="loop"):
        bench.host.read(bench.base / "a")
    with pytest.raises(UnsafePathError, match="loop"):
        bench.write("a", b"")


def test_a_link_with_an_expected_digest_is_not_removed(bench: Bench) -> None:
    bench.host.link(bench.base / "l", target="a")
    with pytest.raises(ConcurrentChangeError):
        bench.host.remove(bench.base / "l", expected=digest(b""))


# --- who may place a link ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_refuses_a_link_in_a_directory_that_others_can_write(bench: Bench, mode: int) -> None:
    bench.directory("open", mode)
    bench.write("a", b"one")
    bench.host.link(bench.base / "open" / "l", target="../a")
    with pytest.raises(UnsafePathError, match="open/l is refused"):
        bench.write("open/l", b"two")
    assert bench.host.read(bench.base / "a") == b"one"


def test_refuses_a_link_below_a_directory_that_others_can_write(bench: Bench) -> None:
    bench.directory("open", 0o777)
    bench.directory("open/mine")
    bench.directory("d")
    bench.host.link(bench.base / "open" / "mine" / "l", target=str(bench.base / "d"))
    with pytest.raises(UnsafePathError, match="mine/l is refused"):
        bench.write("open/mine/l/a", b"two")
    assert bench.host.entries(bench.base / "d") == ()


def test_writes_in_a_directory_of_others_without_links(bench: Bench) -> None:
    bench.directory("open", 0o777)
    bench.write("open/a", b"one")
    assert bench.host.read(bench.base / "open" / "a") == b"one"


@as_root
def test_refuses_a_link_in_a_directory_of_a_service_account(bench: Bench) -> None:
    if isinstance(bench.host, SandboxHost):
        pytest.skip("a sandbox gives files away in name only")
    path = bench.directory("service")
    bench.host.set_mode(path, owner="101", group="101", mode=0o755)
    bench.write("secret", b"root's", mode=0o600)
    bench.host.link(path / "l", target="../secret")
    for change in (lambda: bench.write("service/l", b"x"), lambda: bench.host.append(path / "l", b"x")):
        with pytest.raises(UnsafePathError):
            change()
    assert bench.host.read(bench.base / "secret") == b"root's"


# --- kernel and programs -------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "vm", "../etc/passwd", "vm/x", "vm..x", "vm.x\n", "vm.a b", "thp.other/x"])
def test_refuses_a_kernel_key_of_another_form(bench: Bench, key: str) -> None:
    with pytest.raises(InvalidValueError):
        bench.host.write_kernel(key, "1")


@pytest.mark.parametrize("value", ["", "1\n2", "1\0"])
def test_refuses_a_kernel_value_of_several_lines(bench: Bench, value: str) -> None:
    with pytest.raises(InvalidValueError):
        bench.host.write_kernel("vm.overcommit_memory", value)


def test_a_kernel_key_that_does_not_exist_is_said(bench: Bench) -> None:
    with pytest.raises(UnsupportedError):
        bench.host.write_kernel("vm.no_such_setting", "1")


@pytest.mark.parametrize("name", ["", "../bin/sh", "/bin/sh", "no-such-program"])
def test_finds_no_program_by_path_or_by_an_unknown_name(bench: Bench, name: str) -> None:
    assert bench.host.find_program(name) is None


# --- as a process sees them ----------------------------------------------------------------------


def process_of(bench: Bench) -> int:
    """Give a process that has the same files: ourselves, or one that was put there."""
    if isinstance(bench.host, MemoryHost):
        for path in list(bench.host.nodes):
            bench.host.nodes[PurePosixPath("/proc/7/root") / path.relative_to("/")] = bench.host.nodes[path]
        return 7
    return os.getpid()


def test_shows_files_by_the_names_of_a_process(bench: Bench) -> None:
    path = bench.write("a", b"one\n")
    if isinstance(bench.host, RootedHost):
        with pytest.raises(UnsupportedError, match="nothing runs"):
            bench.host.files_of(7)
        assert bench.host.sees_same(7, path) is None
        return
    pid = process_of(bench)
    files = bench.host.files_of(pid)
    assert files.read(path) == b"one\n"
    assert files.status(path, digest=True).digest == digest(b"one\n")
    assert "a" in files.entries(bench.base)
    assert files.status(bench.base / "absent").kind is FileKind.ABSENT
    assert bench.host.sees_same(pid, path) is True
    assert bench.host.sees_same(pid, bench.base / "absent") is None
    assert bench.host.sees_same(0, path) is None
