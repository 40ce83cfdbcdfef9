"""Private keys and passwords that are left of what was rolled back: named, and removed on request."""

import json
from pathlib import Path

from tests.support.scenario import run

KEY = b"PRIVATE KEY-----"
SERVER_KEY = "/etc/redis/certs/server.key"
STATE = "var/lib/redis-wizard"


def apply(root: Path, secrets: Path) -> None:
    ran = run("apply", "--yes", "--quiet", "--root", root, "--secrets-to", secrets)
    assert ran.status == 0, ran.err


def stored_keys(root: Path) -> list[Path]:
    return [path for path in (root / STATE).rglob("*") if path.is_file() and KEY in path.read_bytes()]


def keys_in_blobs(root: Path) -> list[Path]:
    return [path for path in stored_keys(root) if path.parent.name == "blobs"]


def snapshots(root: Path, *words: str) -> str:
    ran = run("snapshots", *words, "--root", root)
    assert (ran.status, ran.err) == (0, "")
    return " ".join(ran.out.split())


def test_an_apply_stores_no_key(root: Path) -> None:
    assert keys_in_blobs(root) == []
    assert "private key" not in snapshots(root, "list")


def test_a_rollback_names_the_keys_that_it_keeps_and_the_void_passwords(root: Path, secrets_file: Path) -> None:
    ran = run("rollback", "--yes", "--quiet", "--root", root)
    said = " ".join(ran.out.split())
    assert ran.status == 0
    assert f"The passwords in {secrets_file} are not in force; remove that file." in said
    assert SERVER_KEY in said
    assert "redis-wizard snapshots prune --private-keys" in said
    undo = max(path.name for path in (root / STATE / "snapshots").iterdir())
    assert f"{undo} holds private keys" in snapshots(root, "list")
    assert SERVER_KEY in json.loads(run("snapshots", "list", "--json", "--root", root).out)["private_keys"][undo]
    assert f"private key in this snapshot: {SERVER_KEY}" in snapshots(root, "show", undo)
    applied = min(path.name for path in (root / STATE / "snapshots").iterdir())
    assert f"{secrets_file}, which are not in force" in snapshots(root, "show", applied)


def test_pruning_alone_keeps_them_and_says_so(root: Path) -> None:
    run("rollback", "--yes", "--quiet", "--root", root)
    assert f"Private keys that stay: {SERVER_KEY}" in snapshots(root, "prune")
    assert keys_in_blobs(root) != []


def test_they_go_on_request_for_certain(root: Path) -> None:
    run("rollback", "--yes", "--quiet", "--root", root)
    would = snapshots(root, "prune", "--private-keys", "--dry-run")
    assert "Private keys that would be removed" in would
    assert keys_in_blobs(root) != []
    assert f"{SERVER_KEY}" in snapshots(root, "prune", "--private-keys")
    assert stored_keys(root) == []
    assert "private key" not in snapshots(root, "list")
    assert "damaged" not in snapshots(root, "verify")
    # The rollback cannot be rolled back any more, and that is said; a new apply can be made and rolled back.
    again = run("rollback", "--yes", "--root", root)
    assert (again.status, again.out) == (1, "")
    apply(root, root.parent / "new.toml")
    assert run("rollback", "--yes", "--quiet", "--root", root).status == 0


def test_what_is_in_force_stays_with_its_way_back(root: Path) -> None:
    run("rollback", "--yes", "--quiet", "--root", root)
    undo = max(path.name for path in (root / STATE / "snapshots").iterdir())
    assert run("rollback", undo, "--yes", "--quiet", "--root", root).status == 0
    snapshots(root, "prune", "--private-keys")
    assert (root / SERVER_KEY.lstrip("/")).exists()
    ran = run("rollback", "--yes", "--quiet", "--root", root)
    assert ran.status == 0, ran.err
    assert not (root / SERVER_KEY.lstrip("/")).exists()
