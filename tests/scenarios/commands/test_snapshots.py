"""The snapshots command on a tree: list, show, diff, verify and prune, for people and for programs."""

import json
from pathlib import Path

import pytest

from tests.support.scenario import PASSWORD, assert_silent, debian, run
from wizard.model.value import Value, from_json, to_json
from wizard.snapshots.compare import Difference
from wizard.snapshots.integrity import Audit
from wizard.snapshots.listing import Listing
from wizard.snapshots.prune import Pruning

CONF = "etc/redis/redis.conf"


def newest(root: Path) -> str:
    (directory, *_) = sorted((root / "var/lib/redis-wizard/snapshots").iterdir(), reverse=True)
    return directory.name


def said(root: Path, *arguments: str, status: int = 0) -> str:
    ran = run("snapshots", *arguments, "--root", root)
    assert (ran.status, ran.err) == (status, ""), ran
    assert_silent(ran.out)
    return ran.out


@pytest.mark.parametrize(
    ("arguments", "schema", "kind"),
    [
        (("list",), "redis-wizard/snapshots", Listing),
        (("diff", "ID"), "redis-wizard/snapshots-diff", Difference),
        (("verify",), "redis-wizard/snapshots-verify", Audit),
        (("prune", "--keep", "3"), "redis-wizard/snapshots-prune", Pruning),
    ],
)
def test_each_is_a_document_too(root: Path, arguments: tuple[str, ...], schema: str, kind: type[Value]) -> None:
    names = [newest(root) if word == "ID" else word for word in arguments]
    out = said(root, *names, "--json")
    document = json.loads(out)
    assert (document["schema"], document["version"]) == (schema, 1)
    assert to_json(from_json(kind, out)) + "\n" == out


def test_a_difference_shows_what_the_apply_did_without_a_secret(root: Path) -> None:
    out = said(root, "diff", newest(root))
    assert f"From {newest(root)} to now:" in out
    assert "/etc/redis/redis.conf: contents" in out
    assert "    +aclfile /etc/redis/users.acl\n" in out
    assert "/etc/redis/users.acl: is a file, was absent; contents\n" in out
    assert "#~" in out
    assert "server.key: is a file, was absent; contents (certificate or key, not shown)" in out
    assert "PRIVATE" not in out


def test_after_the_rollback_there_is_no_difference_and_the_other_way_round_all_of_it(root: Path) -> None:
    first = newest(root)
    before = said(root, "diff", first)
    assert run("rollback", "--yes", "--quiet", "--root", root).status == 0
    undo = newest(root)
    assert said(root, "diff", first).startswith(f"No difference from {first} to now")
    assert said(root, "diff", first, undo).splitlines()[1:] == before.splitlines()[1:]
    assert said(root, "list").splitlines()[1].split()[2] == "undo"


def test_a_damaged_one_is_marked_in_the_list_and_verify_exits_1(root: Path) -> None:
    name = newest(root)
    assert said(root, "verify").split() == [name, "intact"]
    manifest = root / "var/lib/redis-wizard/snapshots" / name / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"absent"', b'"file"', 1))
    (row,) = said(root, "list").splitlines()[1:]
    assert row.split()[:2] == [name, "damaged"]
    assert "checksum" in row
    assert "checksum" in said(root, "verify", status=1)
    assert "checksum" in said(root, "verify", name, status=1)
    ran = run("snapshots", "show", name, "--root", root)
    assert ran.status == 1
    assert "checksum" in ran.sentence


def test_without_a_name_no_older_one_is_taken_for_a_damaged_one(root: Path, tmp_path: Path) -> None:
    first = newest(root)
    with (root / CONF).open("a") as file:
        file.write("timeout 7\n")
    later = root / "var/lib/redis-wizard/snapshots" / "29991231-235959"
    later.mkdir()
    (later / "manifest.json").write_bytes(b"")
    before = (root / CONF).read_bytes()
    ran = run("rollback", "--yes", "--root", root)
    assert ran.status == 1
    assert "29991231-235959" in ran.sentence
    assert "is empty" in ran.sentence
    assert (root / CONF).read_bytes() == before
    assert run("rollback", first, "--yes", "--root", root).status == 0


def test_what_lies_on_top_is_named_before_anything_is_done(root: Path, tmp_path: Path) -> None:
    first = newest(root)
    answers = tmp_path / "answers.toml"
    answers.write_text('[memory]\nmaxmemory = "300mb"\n', encoding="ascii")
    more = tmp_path / "more.toml"
    ran = run("apply", "--yes", "--quiet", "--root", root, "--answers", answers, "--secrets-to", more)
    assert ran.status == 0, ran
    second = newest(root)
    for options in (("--yes",), ("--dry-run",)):
        ran = run("rollback", first, *options, "--root", root)
        assert (ran.status, ran.out) == (1, "")
        assert f"first roll back {second}: redis-wizard rollback {second}" in ran.sentence
    assert newest(root) == second
    assert [row.split()[2:4] for row in said(root, "list").splitlines()[1:]] == [["in", "effect"]] * 2
    for name in (second, first):
        assert f"Would restore {name}:" in run("rollback", "--dry-run", "--root", root).out
        assert run("rollback", "--yes", "--quiet", "--root", root).status == 0
    ran = run("rollback", "--yes", "--root", root)
    assert "no apply is in force; to roll back the last rollback: redis-wizard rollback " in (ran.sentence)
    last = newest(root)
    assert last in ran.sentence
    assert json.loads(said(root, "list", "--json"))["in_force"] == []
    assert run("rollback", last, "--yes", "--quiet", "--root", root).status == 0
    assert json.loads(said(root, "list", "--json"))["in_force"] == [newest(root)]


def test_a_hand_made_edit_is_shown_before_it_is_overwritten(root: Path) -> None:
    with (root / CONF).open("a") as file:
        file.write(f"timeout 7\nrequirepass {PASSWORD}\n")
    ran = run("rollback", "--dry-run", "--root", root)
    assert_silent(ran.out, ran.err)
    lines = ran.out.splitlines()
    assert "    -timeout 7" in lines
    assert "    -requirepass ********" in lines
    # Only what was made by hand, not what the apply did.
    assert sum(line.startswith(("    -", "    +")) for line in lines) == 4
    assert run("rollback", "--yes", "--quiet", "--root", root).status == 0
    undo = newest(root)
    assert "timeout 7" in said(root, "diff", undo)


def test_prune_frees_what_it_says(root: Path) -> None:
    assert run("rollback", "--yes", "--quiet", "--root", root).status == 0
    first, undo = sorted(each.name for each in (root / "var/lib/redis-wizard/snapshots").iterdir())
    assert run("rollback", undo, "--yes", "--quiet", "--root", root).status == 0
    state = root / "var/lib/redis-wizard"
    size = sum(each.stat().st_size for each in state.rglob("*") if each.is_file())
    would = json.loads(said(root, "prune", "--keep", "1", "--dry-run", "--json"))
    assert size == sum(each.stat().st_size for each in state.rglob("*") if each.is_file())
    done = json.loads(said(root, "prune", "--keep", "1", "--json"))
    assert {**would, "done": True} == done
    assert done["freed"] == size - sum(each.stat().st_size for each in state.rglob("*") if each.is_file())
    assert newest(root) not in (first, undo)
    assert json.loads(said(root, "verify", "--json"))["garbage"] == []
    assert run("rollback", newest(root), "--yes", "--quiet", "--root", root).status == 0
    assert said(root, "prune", "--keep", "9").startswith("Nothing to remove")


def test_a_kept_snapshot_is_never_pruned_until_it_is_released(root: Path) -> None:
    assert run("rollback", "--yes", "--quiet", "--root", root).status == 0
    undo, prune = newest(root), ("prune", "--keep", "1", "--private-keys")
    assert f"{undo:<22} would be removed" in said(root, *prune, "--dry-run")
    assert said(root, "keep", undo, "--dry-run") == f"{undo} would be kept: it is never pruned.\n"
    assert "kept" not in said(root, "list")
    assert said(root, "keep", undo) == f"{undo} is kept: it is never pruned.\n"
    assert "undo, kept" in said(root, "list")
    assert "intact" in said(root, "verify", undo)
    assert f"{undo:<22} removed" not in said(root, *prune)
    assert said(root, "keep", undo, "--release") == f"{undo} is no longer kept: it can be pruned.\n"
    assert f"{undo:<22} removed" in said(root, *prune)


def test_the_list_has_the_bytes_of_each(root: Path) -> None:
    name = newest(root)
    state = root / "var/lib/redis-wizard"
    mentioned = {
        each["blob"] for each in json.loads((state / "snapshots" / name / "manifest.json").read_text())["paths"]
    }
    files = [*(state / "snapshots" / name).iterdir(), *(state / "blobs" / blob for blob in mentioned if blob)]
    assert json.loads(said(root, "list", "--json"))["sizes"] == {name: sum(each.stat().st_size for each in files)}


def test_a_dry_run_of_a_rollback_names_what_it_changes(root: Path) -> None:
    out = run("rollback", "--dry-run", "--root", root).out
    assert "/etc/redis/redis.conf: contents" in out
    assert "/etc/redis/users.acl: is absent, was a file" in out
    assert f"redis-wizard snapshots diff {newest(root)}" in out


@pytest.mark.parametrize("action", ["show", "diff", "keep"])
def test_a_name_is_needed(action: str, tmp_path: Path) -> None:
    ran = run("snapshots", action, "--root", debian(tmp_path))
    assert ran.status == 64
    assert "needs the id of a snapshot" in ran.sentence


def test_the_help_of_prune_says_what_stays() -> None:
    ran = run("snapshots", "prune", "--help")
    assert ran.status == 0
    for words in ("open apply or rollback", "newest applied one", "last rollback", "--dry-run"):
        assert words in ran.out
