"""A tree of files in place of a host: nothing leaves it, nothing runs in it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from wizard.errors import HostError, NotFoundError, ProgramError, UnsafePathError, UnsupportedError
from wizard.host.rooted import RootedHost
from wizard.model.facts.files import FileKind

UNIT = """\
[Unit]
Description=x
[Service]
ExecStart=/usr/bin/redis-server
[Install]
WantedBy=multi-user.target
Alias=redis.service
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with accounts, a unit and a link or two."""
    root = tmp_path / "tree"
    for name in ("etc/systemd/system", "usr/lib/systemd/system", "usr/bin", "outside"):
        (root / name).mkdir(parents=True)
    (root / "etc/passwd").write_text(f"root:x:0:0::/:/bin/sh\nredis:x:4242:4243::/:/bin/false\nme:x:{os.geteuid()}::\n")
    (root / "etc/group").write_text("root:x:0:\nredis:x:4243:\nbroken\n")
    (root / "etc/hostname").write_text("image.example.org\n")
    (root / "etc/hosts").write_text("127.0.1.1 image.example.org image cache # redis\n10.0.0.1 other\n")
    (root / "usr/lib/systemd/system/redis-server.service").write_text(UNIT)
    (root / "bin").symlink_to("usr/bin")
    return root


@pytest.fixture
def host(tree: Path) -> RootedHost:
    return RootedHost(PurePosixPath(tree))


def ours() -> dict[str, str]:
    return {"owner": str(os.geteuid()), "group": str(os.getegid())}


def test_an_absolute_link_stays_inside(tree: Path, host: RootedHost) -> None:
    (tree / "etc/evil").symlink_to("/etc/hostname")
    assert host.read(PurePosixPath("/etc/evil")) == b"image.example.org\n"


@pytest.mark.parametrize("target", ["../../../../../../etc/out", "/../../etc/out", "/usr/../../etc/out"])
def test_dots_never_lead_above_the_tree(tree: Path, host: RootedHost, target: str) -> None:
    (tree / "etc/l").symlink_to(target)
    host.write(PurePosixPath("/etc/l"), b"inside", expected="", mode=0o644, **ours())
    host.write(PurePosixPath("/../../etc/m"), b"inside", expected="", mode=0o644, **ours())
    assert (tree / "etc/out").read_bytes() == b"inside"
    assert (tree / "etc/m").read_bytes() == b"inside"


def test_owners_are_named_by_the_trees_own_accounts(host: RootedHost) -> None:
    assert host.user_exists("redis")
    assert not host.user_exists("daemon")
    assert host.accounts.user_name(4242) == "redis"
    assert host.accounts.group_name(99) == "99"


def test_a_tree_without_accounts_knows_nobody(tmp_path: Path) -> None:
    host = RootedHost(PurePosixPath(tmp_path))
    assert not host.user_exists("root")
    with pytest.raises(HostError, match="no user 'root'"):
        host.write(PurePosixPath("/x"), b"", expected=None, owner="root", group="root", mode=0o600)


def test_names_come_from_its_files(host: RootedHost) -> None:
    assert host.name() == "image"
    assert host.names() == ("cache", "image.example.org")


def test_a_tree_has_no_live_side(host: RootedHost) -> None:
    assert (host.kernel_release(), host.interfaces(), host.listeners(), host.processes()) == ("", (), (), ())


@pytest.mark.parametrize(
    "refused",
    [
        lambda host: host.run(["/bin/true"]),
        lambda host: host.launch(["/bin/true"], directory=PurePosixPath("/"), output=PurePosixPath("/o")),
        lambda host: host.write_kernel("vm.overcommit_memory", "1"),
        lambda host: host.services.start("redis-server.service"),
        lambda host: host.services.stop("redis-server.service"),
        lambda host: host.services.clear_start_limit("redis-server.service"),
        lambda host: host.services.restart("redis-server.service"),
    ],
    ids=["run", "launch", "kernel", "start", "stop", "limit", "restart"],
)
def test_nothing_runs_in_a_tree(host: RootedHost, refused: Callable[[RootedHost], object]) -> None:
    with pytest.raises(UnsupportedError):
        refused(host)


def test_finds_programs_in_the_tree_through_its_links(tree: Path, host: RootedHost) -> None:
    (tree / "usr/bin/redis-check-rdb").write_text("")
    (tree / "usr/bin/redis-check-rdb").chmod(0o755)
    (tree / "usr/bin/redis-server").symlink_to("redis-check-rdb")
    (tree / "usr/bin/notes").write_text("")
    assert host.find_program("redis-server") == PurePosixPath("/usr/bin/redis-server")
    assert host.find_program("notes") is None


def test_enables_and_disables_by_links(tree: Path, host: RootedHost) -> None:
    services = host.services
    assert services.show("redis-server.service").enabled == "disabled"
    services.enable("redis-server.service")
    wanted = tree / "etc/systemd/system/multi-user.target.wants/redis-server.service"
    assert str(wanted.readlink()) == "/usr/lib/systemd/system/redis-server.service"
    assert services.show("redis-server.service").enabled == "enabled"
    assert services.show("redis.service").name == "redis-server.service"
    services.enable("redis-server.service")
    services.disable("redis-server.service")
    assert services.show("redis-server.service").enabled == "disabled"
    assert not (tree / "etc/systemd/system/redis.service").is_symlink()


def test_shows_where_a_unit_comes_from(tree: Path, host: RootedHost) -> None:
    directory = tree / "etc/systemd/system/redis-server.service.d"
    directory.mkdir()
    (directory / "b.conf").write_text("")
    (directory / "a.conf").write_text("")
    state = host.services.show("redis-server.service", ("FragmentPath", "DropInPaths", "User"))
    where = "/etc/systemd/system/redis-server.service.d"
    assert state.properties == {
        "FragmentPath": "/usr/lib/systemd/system/redis-server.service",
        "DropInPaths": f"{where}/a.conf {where}/b.conf",
        "User": "",
    }
    assert host.services.list_units(("redis*.service",)) == ("redis-server.service",)
    assert not host.services.show("absent.service").known


def test_a_masked_and_a_static_unit_are_told(tree: Path, host: RootedHost) -> None:
    (tree / "etc/systemd/system/masked.service").symlink_to("/dev/null")
    (tree / "usr/lib/systemd/system/static.service").write_text("[Service]\nExecStart=/x\n")
    assert host.services.show("masked.service").enabled == "masked"
    assert host.services.show("static.service").enabled == "static"
    with pytest.raises(ProgramError, match=r"no \[Install\]"):
        host.services.enable("static.service")
    with pytest.raises(ProgramError):
        host.services.enable("absent.service")


def test_refuses_a_directory_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotFoundError):
        RootedHost(PurePosixPath(tmp_path / "absent"))
    with pytest.raises(UnsafePathError):
        RootedHost(PurePosixPath(tmp_path / "file"))


def test_reads_the_trees_proc_like_any_other_directory(tree: Path, host: RootedHost) -> None:
    (tree / "proc").mkdir()
    assert host.status(PurePosixPath("/proc/self")).kind is FileKind.ABSENT


def test_no_machine_code_runs_from_a_noexec_file_system(small: Path) -> None:
    (small / "code").write_bytes(b"\x7fELF")
    host = RootedHost(PurePosixPath(small))
    assert host.runs_code(PurePosixPath("/code"))
    subprocess.run(["mount", "-o", "remount,noexec", small], check=True)
    assert not host.runs_code(PurePosixPath("/code"))
