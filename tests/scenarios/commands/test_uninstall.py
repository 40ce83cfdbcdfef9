"""``uninstall``: all that the product left goes, what hardens the host stays, at any interruption."""

import json
import shutil
from pathlib import Path, PurePosixPath

import pytest

from tests.support.apply_memory import Stopped, apply, make_plan, stop_before, tree
from tests.support.memory_host.host import MemoryHost
from tests.support.scenario import debian, owned, picture, run
from wizard.errors import BusyError
from wizard.jobs import boot_units, requests, watchdog
from wizard.model.facts.files import FileKind
from wizard.recovery import uninstall
from wizard.recovery.uninstall import survey

STATE = "var/lib/redis-wizard"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return owned(debian(tmp_path))


def outside(root: Path) -> dict[str, tuple[object, ...]]:
    return {path: seen for path, seen in picture(root).items() if not path.startswith("var/lib")}


def test_all_goes_but_the_configuration_and_the_key_of_the_ca(root: Path, secrets_file: Path) -> None:
    before = outside(root)
    ran = run("uninstall", "--yes", "--root", root)
    said = " ".join(ran.out.split())
    assert (ran.status, ran.err) == (0, "")
    assert sorted(path.name for path in (root / STATE).iterdir()) == ["ca", "clients"]
    assert outside(root) == before
    for words in ("/etc/redis/redis.conf", "/etc/redis/users.acl", "/var/lib/redis-wizard/ca", "--remove-ca"):
        assert words in said
    assert f"{secrets_file}" in said
    assert "No apply of redis-wizard can be rolled back afterwards." in said
    assert "pip uninstall" in said


def test_with_consent_the_directory_itself_goes(root: Path) -> None:
    assert run("uninstall", "--yes", "--remove-ca", "--root", root).status == 0
    assert not (root / STATE).exists()
    again = run("uninstall", "--yes", "--remove-ca", "--root", root)
    assert (again.status, again.out) == (0, "Nothing of redis-wizard is left on this host.\n")


def test_it_can_be_repeated_while_keys_stay(root: Path) -> None:
    run("uninstall", "--yes", "--root", root)
    again = run("uninstall", "--yes", "--root", root)
    assert again.status == 0
    assert "Nothing of redis-wizard is left" in again.out
    assert run("uninstall", "--yes", "--remove-ca", "--root", root).status == 0
    assert not (root / STATE).exists()


def test_a_dry_run_removes_nothing_and_names_the_same(root: Path) -> None:
    before = picture(root)
    would = json.loads(run("uninstall", "--dry-run", "--json", "--root", root).out)
    assert picture(root) == before
    did = json.loads(run("uninstall", "--yes", "--json", "--root", root).out)
    assert (would.pop("done"), did.pop("done")) == (False, True)
    assert would == did


def test_kept_snapshots_serve_a_later_installation(root: Path) -> None:
    ran = run("uninstall", "--yes", "--keep-snapshots", "--remove-ca", "--root", root)
    assert "The snapshots stay" in ran.out
    assert sorted(path.name for path in (root / STATE).iterdir()) == ["applies", "blobs", "snapshots"]
    assert "in effect" in run("snapshots", "list", "--root", root).out


def test_kept_snapshots_can_be_rolled_back_to(root: Path) -> None:
    run("uninstall", "--yes", "--keep-snapshots", "--root", root)
    assert run("rollback", "--yes", "--quiet", "--root", root).status == 0
    assert not (root / "etc/redis/users.acl").exists()


def test_without_a_terminal_it_wants_yes(root: Path) -> None:
    before = picture(root)
    ran = run("uninstall", "--root", root)
    assert ran.status == 64
    assert "--yes" in ran.sentence
    assert picture(root) == before


def test_it_follows_no_link(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "file").write_text("x")
    shutil.rmtree(root / STATE / "blobs")
    (root / STATE / "blobs").symlink_to(target)
    ran = run("uninstall", "--yes", "--root", root)
    assert ran.status == 1
    assert "it is a link" in ran.sentence
    assert (target / "file").exists()


# --- in memory: interruptions --------------------------------------------------------------------


@pytest.fixture
def host() -> MemoryHost:
    made = tree("debian13-redis")
    apply(made, make_plan(made))
    return made


@pytest.mark.parametrize("stop", [0, 1, 2, 5, 8, 11, 14, 17, 20])
def test_cut_off_anywhere_it_is_finished_by_the_next_run(host: MemoryHost, stop: int) -> None:
    came_to_it = stop_before(host, stop, Stopped())
    try:
        uninstall.uninstall(host, keep_snapshots=False, remove_ca=True)
    except Stopped:
        assert came_to_it()
    host.before_change = lambda _what, _path: None
    uninstall.uninstall(host, keep_snapshots=False, remove_ca=True)
    assert host.status(host.state).kind is FileKind.ABSENT
    assert survey(host, keep_snapshots=False, remove_ca=True).removes == ()


def test_an_apply_that_begins_meanwhile_is_not_removed(host: MemoryHost) -> None:
    begun = requests.create_apply(host, make_plan(tree("debian13-redis")), confirm_within=0, secrets_to="").id
    with pytest.raises(BusyError, match=begun):
        uninstall.uninstall(host, keep_snapshots=False, remove_ca=True)
    assert begun in host.entries(host.state / "applies")


def test_boot_units_and_runtime_files_go(host: MemoryHost) -> None:
    for path in (watchdog.UNITS / boot_units.BOOT_UNIT, watchdog.UNITS / boot_units.DATA_UNIT):
        host.put(path, b"[Unit]\n")
    host.put_link(
        watchdog.UNITS / "sysinit.target.wants" / boot_units.BOOT_UNIT, str(watchdog.UNITS / boot_units.BOOT_UNIT)
    )
    done = uninstall.uninstall(host, keep_snapshots=False, remove_ca=True)
    assert done.failed == ()
    assert not [path for path in host.nodes if "redis-wizard-recover" in path.name]


def test_a_recovery_program_elsewhere_goes_and_nothing_beside_it(host: MemoryHost) -> None:
    host.tree = None
    base = PurePosixPath("/usr/lib/redis-wizard")
    host.put(base / "0123456789abcdef" / "redis-wizard.pyz", b"")
    uninstall.uninstall(host, keep_snapshots=False, remove_ca=True)
    assert host.status(base).kind is FileKind.ABSENT
    host.put(base / "0123456789abcdef" / "redis-wizard.pyz", b"")
    host.put(base / "notes", b"of another program")
    uninstall.uninstall(host, keep_snapshots=False, remove_ca=True)
    assert host.entries(base) == ("notes",)


def test_what_cannot_be_removed_is_said(host: MemoryHost) -> None:
    host.read_only.add(host.state / "blobs")
    done = uninstall.uninstall(host, keep_snapshots=False, remove_ca=True)
    assert any("blobs" in sentence for sentence in done.failed)
