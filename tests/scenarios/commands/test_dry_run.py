"""A dry run says what would be done, and leaves every byte where it was."""

import shutil
from pathlib import Path, PurePosixPath

import pytest

from tests.support.scenario import debian, picture, run, with_accounts
from wizard.host.rooted import RootedHost


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_accounts(debian(tmp_path_factory.mktemp("bare")))


@pytest.mark.parametrize(
    "command",
    [
        ("apply",),
        ("apply", "--yes", "--secrets-to", "/nonexistent/secrets"),
        ("recover",),
        ("recover", "--leave"),
        ("uninstall",),
        ("snapshots", "prune"),
        ("detect",),
        ("check",),
        ("plan",),
        ("status",),
    ],
    ids=" ".join,
)
def test_on_a_host_without_an_apply(command: tuple[str, ...], bare: Path) -> None:
    leaves_it_as_it_was(command, bare)


@pytest.mark.parametrize(
    "command",
    [
        ("apply",),
        ("confirm",),
        ("rollback",),
        ("rollback", "--yes"),
        ("recover",),
        ("uninstall", "--remove-ca"),
        ("snapshots", "prune", "--keep", "1", "--private-keys"),
        ("snapshots", "list"),
        ("status",),
    ],
    ids=" ".join,
)
def test_on_a_host_with_an_apply(command: tuple[str, ...], applied: Path) -> None:
    leaves_it_as_it_was(command, applied)


@pytest.mark.parametrize("command", ["status", "rollback", "recover"])
def test_while_an_apply_is_open(command: str, applied: Path, tmp_path: Path) -> None:
    root = shutil.copytree(applied, tmp_path / "open", symlinks=True)
    (journal,) = root.glob("var/lib/redis-wizard/applies/*/journal.jsonl")
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:-1]))
    host = RootedHost(PurePosixPath(root))
    with host.lock(host.state / "lock"):
        leaves_it_as_it_was((command,), root)


def test_what_has_to_change_the_host_refuses(applied: Path) -> None:
    before = picture(applied)
    ran = run("tour", "--dry-run", "--sandbox-dir", applied / "sandbox")
    assert (ran.status, ran.sentence) == (64, "this command changes the host; leave out --dry-run")
    assert picture(applied) == before


def leaves_it_as_it_was(command: tuple[str, ...], root: Path) -> None:
    before = picture(root)
    ran = run(*command, "--dry-run", "--root", root)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out
    assert picture(root) == before
