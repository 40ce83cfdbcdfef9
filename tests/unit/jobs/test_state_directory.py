"""A state directory that root does not own alone is refused before anything in it is read or run."""

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_memory import make_plan, tree
from tests.support.memory_host.host import MemoryHost
from tests.support.scenario import run
from wizard.app import generate_passwords, start
from wizard.errors import ForeignStateError
from wizard.jobs import lock
from wizard.jobs.state_directory import demand_own
from wizard.recovery import launch
from wizard.recovery.recover import Trigger

OTHER = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
COMMANDS = (
    ("status",),
    ("confirm",),
    ("rollback", "--yes"),
    ("recover",),
    ("recover", "--leave", "--yes"),
    ("snapshots", "list"),
    ("snapshots", "show", "20260101-000000"),
    ("snapshots", "verify"),
    ("snapshots", "prune"),
    ("plan",),
    ("apply", "--yes"),
    ("apply", "--dry-run"),
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    made = tmp_path / "var/lib/redis-wizard"
    made.mkdir(parents=True)
    made.chmod(0o700)
    for name in ("applies", "snapshots", "blobs", "recovery"):
        (made / name).mkdir(mode=0o700)
    return made


@as_root
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_refuses_it_and_says_what_to_do(words: tuple[str, ...], tmp_path: Path, state: Path) -> None:
    os.chown(state, OTHER, OTHER)
    state.chmod(0o770)
    ran = run(*words, "--root", tmp_path)
    assert ran.status == 1
    assert "/var/lib/redis-wizard is refused" in ran.sentence
    assert "mode 0770" in ran.sentence
    assert "chown -R root:root /var/lib/redis-wizard" in ran.sentence


@as_root
@pytest.mark.parametrize("name", ["applies", "snapshots", "blobs", "recovery", "lock", "recovery/kit/program.pyz"])
def test_a_part_of_it_counts_as_much(name: str, tmp_path: Path, state: Path) -> None:
    path = state / name
    path.parent.mkdir(exist_ok=True, mode=0o700)
    if not path.exists():
        path.touch(mode=0o600)
    os.chown(path, OTHER, OTHER)
    ran = run("status", "--root", tmp_path)
    assert (ran.status, ran.out) == (1, "")
    assert f"/var/lib/redis-wizard/{name} is refused" in ran.sentence


def test_so_does_a_directory_above_it(tmp_path: Path, state: Path) -> None:
    state.parent.chmod(0o1777)
    ran = run("status", "--root", tmp_path)
    assert ran.status == 1
    assert "/var/lib is refused" in ran.sentence
    assert "chmod go-w,-t /var/lib" in ran.sentence


def test_a_link_in_it_is_refused(tmp_path: Path, state: Path) -> None:
    (state / "applies").rmdir()
    (state / "applies").symlink_to("/etc")
    ran = run("status", "--root", tmp_path)
    assert "/var/lib/redis-wizard/applies is refused: it is a link" in ran.sentence


def test_nothing_is_refused_where_it_is_absent(tmp_path: Path) -> None:
    (tmp_path / "var/lib").mkdir(parents=True)
    (tmp_path / "var/lib").chmod(0o777)
    assert run("status", "--root", tmp_path).status == 0


def test_it_is_not_made_where_others_could_replace_it() -> None:
    host = tree("debian13-redis")
    wanted = make_plan(host)
    host.nodes[PurePosixPath("/var/lib")].mode = 0o1777
    with pytest.raises(ForeignStateError, match="/var/lib is refused"):
        start(host, wanted, login=None, passwords=generate_passwords(wanted))
    with pytest.raises(ForeignStateError), lock.hold(host):
        pass
    assert host.entries(host.state) == ()


def test_what_is_held_in_memory_must_be_roots_too() -> None:
    host = MemoryHost()
    host.put_directory(host.state, mode=0o700)
    demand_own(host)
    host.put_directory(PurePosixPath("/run/redis-wizard"), mode=0o711)
    host.put(PurePosixPath("/run/redis-wizard/private/x.json"), b"", owner="redis", mode=0o600)
    with pytest.raises(ForeignStateError, match=r"chown -R root:root /run/redis-wizard/private"):
        demand_own(host)


def test_a_front_end_that_runs_for_long_starts_nothing_in_it() -> None:
    host = MemoryHost()
    host.put_directory(host.state, owner="redis", mode=0o700)
    with pytest.raises(ForeignStateError):
        launch.recover(host, "x")
    assert host.changes == []


@as_root
@pytest.mark.parametrize("words", [("worker", "x"), ("recover", str(Trigger.BOOT), "x"), ("guard", "x")])
def test_no_process_of_an_apply_begins(words: tuple[str, ...], tmp_path: Path, state: Path) -> None:
    os.chown(state / "applies", OTHER, OTHER)
    command = [sys.executable, "-c", "import sys; from wizard.apply.process import main; sys.exit(main(sys.argv[1:]))"]
    done = subprocess.run(
        [*command, *words, "--root", str(tmp_path)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "/var/lib/redis-wizard/applies is refused" in done.stderr
