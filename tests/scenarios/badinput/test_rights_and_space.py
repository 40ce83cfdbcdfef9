"""Without root, without space, without a service manager, with more than one server."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.host_trees import HOSTS
from tests.support.scenario import (
    assert_refused,
    assert_silent,
    debian,
    picture,
    rpm,
    run,
    run_as_any_user,
    with_accounts,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root, or mount a small file system")


# --- no root -------------------------------------------------------------------------------------


@needs_root
def test_without_root_an_apply_is_refused_before_it_begins(public: Path) -> None:
    root = debian(public)
    (public / "mine").mkdir()
    (public / "mine").chmod(0o777)
    before = picture(root)
    ran = run_as_any_user("apply", "--yes", "--root", root, "--secrets-to", public / "mine/secrets.toml")
    assert_refused(ran, "permission denied; run as root")
    assert picture(root) == before
    assert list((public / "mine").iterdir()) == []


@needs_root
def test_without_root_everything_that_may_be_read_is_shown(public: Path) -> None:
    root = debian(public)
    for command in ("detect", "check", "plan"):
        ran = run_as_any_user(command, "--root", root)
        assert (ran.status, ran.err) == (0, "")
    assert "no, some facts stay unknown" in run_as_any_user("detect", "--root", root).out


@needs_root
def test_without_root_a_closed_tree_and_closed_snapshots_are_said(public: Path) -> None:
    root = debian(public)
    (root / "var/lib/redis-wizard").mkdir(mode=0o700)
    for command in (("snapshots", "list"), ("rollback", "--yes")):
        assert_refused(
            run_as_any_user(*command, "--root", root), "/var/lib/redis-wizard", "permission denied; run as root"
        )
    root.chmod(0o700)
    assert_refused(run_as_any_user("detect", "--root", root), f"{root}: permission denied; run as root")


@needs_root
def test_without_root_nothing_is_written_where_we_may_not(public: Path) -> None:
    root = debian(public)
    for command in (("plan", "--out"), ("check", "--output"), ("answers", "init")):
        assert_refused(run_as_any_user(*command, "/etc/redis-wizard-test", "--root", root), "permission denied")


# --- no space ------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with 640 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=640k,nr_inodes=400", "tmpfs", str(place)]
    if subprocess.run(["mount", *options], check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> None:
    """Leave no block free."""
    with (place / "filling").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@needs_root
def test_a_full_disk_leaves_no_half_of_a_file_that_was_asked_for(small: Path, tmp_path: Path) -> None:
    root = debian(tmp_path)
    fill(small)
    for command in (("plan", "--out"), ("check", "--output"), ("answers", "init")):
        assert_refused(run(*command, small / "file", "--root", root), f"no space left to write {small / 'file'}")
        assert not (small / "file").exists()


@needs_root
def test_no_room_for_the_passwords_stops_an_apply_before_it_begins(small: Path, tmp_path: Path) -> None:
    root = with_accounts(debian(tmp_path))
    fill(small)
    before = picture(root)
    ran = run("apply", "--yes", "--quiet", "--root", root, "--secrets-to", small / "secrets.toml")
    assert_refused(ran, f"no space left to write {small / 'secrets.toml'}")
    assert picture(root) == before
    assert not (small / "secrets.toml").exists()


@needs_root
def test_a_full_host_is_as_before_and_says_so(small: Path, tmp_path: Path) -> None:
    root = with_accounts(debian(small))
    before = picture(root / "etc")
    fill(small)
    ran = run("apply", "--yes", "--quiet", "--root", root, "--secrets-to", tmp_path / "secrets.toml")
    assert_refused(ran, "no space left to write")
    assert_silent(ran.err)
    assert picture(root / "etc") == before
    assert not (tmp_path / "secrets.toml").exists()


# --- no service manager --------------------------------------------------------------------------


def test_without_systemd_the_plan_says_what_is_left_to_do(tmp_path: Path) -> None:
    root = rpm(tmp_path)
    shutil.rmtree(root / "usr/lib/systemd")
    shutil.rmtree(root / "etc/systemd")
    plan = run("plan", "--root", root)
    words = " ".join(plan.out.split())
    assert plan.status == 0
    assert "no systemd unit runs this server" in words
    assert "without systemd, set them in the boot scripts" in words
    assert "disable-thp.service" not in words


# --- more than one server ------------------------------------------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(HOSTS / "two-instances" / "root", tmp_path / "image"))
    (root / "etc/hostname").write_text("db2\n", encoding="ascii")
    return root


NAMES = ("/etc/redis/redis-a.conf", "/etc/redis/redis-b.conf")


@pytest.mark.parametrize("command", ["plan", "apply", "check", "answers init"])
def test_a_second_instance_asks_which_one_and_lists_them(command: str, two: Path) -> None:
    before = picture(two)
    assert_refused(
        run(*command.split(), "--root", two), "db2 has several instances", *NAMES, "choose one with --instance"
    )
    assert picture(two) == before


@pytest.mark.parametrize("command", ["plan", "apply", "check", "answers init"])
def test_an_instance_that_is_not_there_lists_those_that_are(command: str, two: Path) -> None:
    assert_refused(run(*command.split(), "--root", two, "--instance", "redis-z"), "db2 has no instance redis-z", *NAMES)


def test_one_of_two_can_be_named(two: Path) -> None:
    for name in NAMES:
        plan = run("plan", "--root", two, "--instance", name)
        assert plan.status == 0
        assert f"+++ {name}" in plan.out
        assert run("check", "--root", two, "--instance", name, "--only", "1").status == 0


def test_detect_shows_both(two: Path) -> None:
    out = run("detect", "--root", two).out
    assert [name for name in NAMES if name not in out] == []
