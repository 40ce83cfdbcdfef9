"""Snapshots: complete, private, checked, and put back as they were."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from wizard.errors import SnapshotError
from wizard.host.memory import MemoryHost
from wizard.model.facts import FileKind
from wizard.model.snapshot import Snapshot
from wizard.model.value import replace
from wizard.snapshots.footprint import Footprint
from wizard.snapshots.restore import difference, put_back
from wizard.snapshots.scope import Scope
from wizard.snapshots.store import Store

CONF = PurePosixPath("/etc/redis/redis.conf")
NEW = PurePosixPath("/etc/redis/certs/server.key")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def host() -> MemoryHost:
    made = MemoryHost({PurePosixPath("/etc/machine-id"): b"0123456789abcdef\n"})
    made.put(CONF, b"port 6379\n", owner="redis", group="redis", mode=0o640).attributes["user.note"] = b"x"
    return made


def take(on: MemoryHost, identity: str = "20261124-000000", *paths: PurePosixPath) -> Snapshot:
    scope = Scope(instance="redis-server", what="1 change", paths=paths or (CONF, NEW))
    facts = build.pristine_host()
    return Store(on).take(scope, facts, facts.instances[0], snapshot_id=identity, by="op", now=NOW)


def test_is_private_and_reads_back_equal() -> None:
    on = host()
    snapshot = take(on)
    assert Store(on).load(snapshot.id) == snapshot
    own = [path for path in on.nodes if path.is_relative_to(on.state)]
    assert {on.status(path).mode for path in own if on.status(path).kind is FileKind.FILE} == {0o600}
    assert {on.status(path).mode for path in own if on.status(path).kind is FileKind.DIRECTORY} == {0o700}


def test_remembers_missing_directories_above_a_missing_file() -> None:
    saved = {each.status.path: each.status.kind for each in take(host()).paths}
    assert saved[NEW] is FileKind.ABSENT
    assert saved[NEW.parent] is FileKind.ABSENT
    assert CONF.parent not in saved


def test_remembers_what_a_link_leads_to() -> None:
    on = host()
    on.put_link(PurePosixPath("/etc/redis.conf"), "redis/redis.conf")
    saved = {each.status.path: each for each in take(on, "one", PurePosixPath("/etc/redis.conf")).paths}
    assert saved[PurePosixPath("/etc/redis.conf")].status.target == "redis/redis.conf"
    assert saved[CONF].blob


def test_same_bytes_are_kept_once() -> None:
    on = host()
    take(on, "one")
    take(on, "two")
    assert len(on.entries(on.state / "blobs")) == 1


def test_puts_contents_rights_and_attributes_back() -> None:
    on = host()
    snapshot = take(on)
    before = on.status(CONF, digest=True)
    on.put(CONF, b"port 0\n", mode=0o644)
    saved = next(each for each in snapshot.paths if each.status.path == CONF)
    assert "other contents" in difference(on, saved)
    assert put_back(on, Store(on), saved, {}).done == "contents and attributes"
    assert on.status(CONF, digest=True) == before
    assert difference(on, saved) == ""
    assert put_back(on, Store(on), saved, {}).done == ""


def test_a_file_that_was_absent_goes_only_when_it_is_still_ours() -> None:
    on = host()
    snapshot = take(on)
    on.put(NEW, b"key")
    saved = next(each for each in snapshot.paths if each.status.path == NEW)
    assert "kept" in put_back(on, Store(on), saved, {str(NEW): "0" * 64}).kept
    assert on.read(NEW) == b"key"
    ours = on.status(NEW, digest=True).digest
    assert put_back(on, Store(on), saved, {str(NEW): ours}).done == "removed"
    assert on.status(NEW).kind is FileKind.ABSENT


def test_a_directory_with_something_of_others_stays() -> None:
    on = host()
    snapshot = take(on)
    on.put(NEW.parent / "theirs", b"")
    saved = next(each for each in snapshot.paths if each.status.path == NEW.parent)
    assert "was not there before" in put_back(on, Store(on), saved, {}).kept


def test_refuses_damaged_bytes() -> None:
    on = host()
    snapshot = take(on)
    blob = next(each.blob for each in snapshot.paths if each.blob)
    on.nodes[on.state / "blobs" / blob].data = b"rubbish"
    assert len(Store(on).verify(snapshot)) == 1
    with pytest.raises(SnapshotError, match="damaged"):
        Store(on).blob(blob)


def test_a_damaged_blob_is_written_anew_by_the_next_snapshot() -> None:
    on = host()
    first = take(on, "one")
    blob = next(each.blob for each in first.paths if each.blob)
    on.nodes[on.state / "blobs" / blob].data = b"rubbish"
    take(on, "two")
    assert Store(on).verify(first) == ()


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x" * 70, ".."])
def test_refuses_names_that_are_no_snapshot(name: str) -> None:
    with pytest.raises(SnapshotError):
        Store(host()).load(name)


def test_refuses_a_snapshot_of_another_machine() -> None:
    on = host()
    snapshot = take(on)
    on.nodes[PurePosixPath("/etc/machine-id")].data = b"another\n"
    with pytest.raises(SnapshotError, match="another machine"):
        Store(on).load(snapshot.id)


def test_refuses_a_manifest_that_is_no_json_and_lists_the_others() -> None:
    on = host()
    take(on, "one")
    two = take(on, "two")
    on.nodes[on.state / "snapshots" / "one" / "manifest.json"].data = b"{"
    with pytest.raises(SnapshotError, match="damaged"):
        Store(on).load("one")
    assert [each.id for each in Store(on).listing()] == [two.id]


def test_newest_passes_over_what_was_rolled_back() -> None:
    on = host()
    store = Store(on)
    one = take(on, "one")
    store.mark(take(on, "two"), "rolled-back")
    store.mark(take(on, "three"), "undo")
    assert store.newest() == one
    assert store.newest("redis-server") == one
    assert store.newest("other") is None


def test_a_dropped_snapshot_is_gone() -> None:
    on = host()
    snapshot = take(on)
    Store(on).leave_footprint(snapshot.id, Footprint(digests={"/x": "0" * 64}))
    Store(on).drop(snapshot)
    assert Store(on).listing() == ()


def test_a_footprint_reads_back_and_is_empty_when_there_is_none() -> None:
    on = host()
    snapshot = take(on)
    assert Store(on).footprint(snapshot.id) == Footprint(digests={})
    left = Footprint(digests={"/x": "0" * 64}, restarts="redis-server.service", append_only=True)
    Store(on).leave_footprint(snapshot.id, left)
    assert Store(on).footprint(snapshot.id) == left


def test_marking_changes_the_state_alone() -> None:
    on = host()
    snapshot = take(on)
    marked = Store(on).mark(snapshot, "applied")
    assert marked == replace(snapshot, state="applied") == Store(on).load(snapshot.id)
