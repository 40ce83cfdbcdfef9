"""Snapshots: complete, private, checked, and put back as they were."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.apply_memory import make_plan, tree
from tests.support.memory_host.files import digest_of
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.tree import Node
from tests.support.snapshot_store import CONF, NEW, NOW, host, take
from wizard.errors import NotPermittedError, SnapshotError, WizardError
from wizard.model.change import Effect, Restart
from wizard.model.facts.configuration import ConfigFacts, ConfigLine
from wizard.model.facts.files import FileKind
from wizard.model.facts.instance import Instance
from wizard.model.facts.live import LiveServer
from wizard.model.facts.unreadable import Unreadable
from wizard.model.snapshot import SavedPath
from wizard.model.value import replace
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.capture import capture
from wizard.snapshots.restore import difference, restore_path
from wizard.snapshots.scope import SnapshotScope, scope_of, scope_of_snapshot
from wizard.snapshots.store import Store


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


def test_a_link_that_a_service_account_planted_brings_no_other_file_into_a_rollback() -> None:
    on, shadow = host(), PurePosixPath("/etc/shadow")
    on.put(shadow, b"old\n", mode=0o640)
    on.put_directory(CONF.parent).owner = "redis"
    link = CONF.with_name("users.acl")
    on.put_link(link, str(shadow), owner="redis")
    snapshot = take(on, "one", CONF, link)
    assert shadow not in {each.status.path for each in snapshot.paths}
    on.put(shadow, b"the operator's new password\n", mode=0o640)
    for saved in snapshot.paths:
        restore_path(on, Store(on), saved, {}, identity=snapshot.id)
    assert on.read(shadow) == b"the operator's new password\n"
    assert on.status(link).kind is FileKind.LINK


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
    assert restore_path(on, Store(on), saved, {}, identity=snapshot.id).done == "contents and attributes"
    assert on.status(CONF, digest=True) == before
    assert difference(on, saved) == ""
    assert restore_path(on, Store(on), saved, {}, identity=snapshot.id).done == ""


def test_a_file_that_was_absent_goes_only_when_it_is_still_ours() -> None:
    on = host()
    snapshot = take(on)
    on.put(NEW, b"key")
    saved = next(each for each in snapshot.paths if each.status.path == NEW)
    assert "it stays" in restore_path(on, Store(on), saved, {str(NEW): "0" * 64}, identity=snapshot.id).kept
    assert on.read(NEW) == b"key"
    ours = on.status(NEW, digest=True).digest
    assert restore_path(on, Store(on), saved, {str(NEW): ours}, identity=snapshot.id).done == "removed"
    assert on.status(NEW).kind is FileKind.ABSENT


def test_a_directory_with_something_of_others_stays() -> None:
    on = host()
    snapshot = take(on)
    on.put(NEW.parent / "theirs", b"")
    saved = next(each for each in snapshot.paths if each.status.path == NEW.parent)
    assert "were not there before" in restore_path(on, Store(on), saved, {}, identity=snapshot.id).kept


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


def file_of(on: MemoryHost, identity: str, name: str) -> Node:
    return on.nodes[on.state / "snapshots" / identity / name]


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


DAMAGES: dict[str, Callable[[MemoryHost], object]] = {
    "is empty": lambda on: setattr(file_of(on, "one", "manifest.json"), "data", b""),
    "after a power cut": lambda on: setattr(file_of(on, "one", "manifest.json"), "data", bytes(4096)),
    "no checksum": lambda on: setattr(file_of(on, "one", "manifest.json"), "data", b'{"id": "one"'),
    "its checksum does not match": lambda on: setattr(
        file_of(on, "one", "manifest.json"), "data", file_of(on, "one", "manifest.json").data[:-40]
    ),
    "has no manifest": lambda on: on.nodes.pop(on.state / "snapshots" / "one" / "manifest.json"),
    "names 'two'": lambda on: setattr(
        file_of(on, "one", "manifest.json"), "data", file_of(on, "two", "manifest.json").data
    ),
    "not a regular file": lambda on: on.put_link(on.state / "snapshots" / "one" / "manifest.json", "/etc/redis"),
}


@pytest.mark.parametrize("words", DAMAGES)
def test_a_damaged_manifest_is_listed_with_its_reason_and_refused(words: str) -> None:
    on = host()
    take(on, "one")
    two = take(on, "two")
    DAMAGES[words](on)
    sound, damaged = Store(on).survey()
    assert (sound, Store(on).listing()) == ((two,), (two,))
    assert [each.id for each in damaged] == ["one"]
    assert words in damaged[0].why
    with pytest.raises(WizardError, match=re.escape(words)):
        Store(on).load("one")


def test_one_bit_anywhere_in_a_manifest_or_footprint_is_found() -> None:
    on = host()
    snapshot = Store(on).mark(take(on, "one"), "applied")
    Store(on).write_record("one", ApplyRecord(digests={"/x": "0" * 64}))
    assert Store(on).verify(snapshot) == ()
    manifest, footprint = (file_of(on, "one", name) for name in ("manifest.json", "footprint.json"))
    sound = manifest.data
    for at in range(len(sound)):
        manifest.data = flip(sound, at)
        assert Store(on).survey()[1], at
    manifest.data, sound = sound, footprint.data
    for at in range(len(sound)):
        footprint.data = flip(sound, at)
        assert Store(on).verify(snapshot), at
        with pytest.raises(SnapshotError, match="apply record"):
            Store(on).footprint("one")


def test_a_lost_footprint_is_a_problem_once_the_apply_came_that_far() -> None:
    on = host()
    snapshot = take(on)
    assert Store(on).verify(snapshot) == ()
    (problem,) = Store(on).verify(Store(on).mark(snapshot, "applied"))
    assert "apply record" in problem
    assert "lost" in problem


def test_a_snapshot_of_another_machine_is_refused_and_listed_as_such() -> None:
    on = host()
    snapshot = take(on)
    on.nodes[PurePosixPath("/etc/machine-id")].data = b"another\n"
    with pytest.raises(SnapshotError, match="another machine"):
        Store(on).load(snapshot.id)
    assert "another machine, " in Store(on).survey()[1][0].why


def test_who_may_not_look_is_told_so_and_sees_no_empty_list() -> None:
    on = host()
    take(on)
    on.user = "op"
    with pytest.raises(NotPermittedError):
        Store(on).survey()


def live(values: dict[str, str]) -> Instance:
    instance = build.pristine_host().instances[0]
    assert isinstance(instance.live, LiveServer)
    return replace(instance, live=replace(instance.live, config=values))


def test_the_append_only_file_is_taken_from_the_configuration_where_nobody_could_log_in() -> None:
    on = host()
    facts = build.pristine_host()
    scope = SnapshotScope(instance="redis-server", what="", paths=(), directives=("maxmemory",))
    closed = Unreadable(what="live", why="no login")
    config = facts.instances[0].config
    assert isinstance(config, ConfigFacts)
    for word, on_now in (("yes", True), ("YES", True), ("no", False)):
        line = ConfigLine(name="appendonly", arguments=(word,), path=CONF, line=1)
        instance = replace(facts.instances[0], live=closed, config=replace(config, lines=(*config.lines, line)))
        taken = capture(on, scope, facts, instance, snapshot_id="x", by="op", now=NOW)
        assert taken.append_only is on_now
        assert (taken.directives, taken.watched) == ({}, ("maxmemory",))
        # What it was told while it runs goes before what its file says.
        said = replace(live({"appendonly": "no", "maxmemory": "5"}), config=instance.config)
        taken = capture(on, scope, facts, said, snapshot_id="x", by="op", now=NOW)
        assert not taken.append_only
        assert taken.directives == {"maxmemory": "5"}


def path_of(saved: SavedPath) -> PurePosixPath:
    return saved.status.path


def test_a_look_stores_nothing() -> None:
    on = host()
    snapshot = take(on, "one")
    on.changes.clear()
    scope = scope_of_snapshot(snapshot)
    facts = build.pristine_host()
    now = capture(on, scope, facts, facts.instances[0], snapshot_id="one", by="op", now=NOW)
    assert sorted(now.paths, key=path_of) == sorted(snapshot.paths, key=path_of)
    assert replace(now, paths=(), what="") == replace(snapshot, paths=(), what="")
    assert on.changes == []


def test_what_the_apply_writes_is_kept_but_no_private_key() -> None:
    on = host()
    take(on, "one")
    contents = (b"port 0\n", b"-----BEGIN PRIVATE KEY-----\nx\n")
    Store(on).write_record("one", ApplyRecord(digests={"/x": digest_of(contents[0])}), contents)
    assert Store(on).blob(digest_of(contents[0])) == contents[0]
    assert digest_of(contents[1]) not in Store(on).blobs()
    assert digest_of(contents[0]) in Store(on).references("one")


def test_a_dropped_snapshot_is_gone() -> None:
    on = host()
    snapshot = take(on)
    Store(on).write_record(snapshot.id, ApplyRecord(digests={"/x": "0" * 64}))
    Store(on).delete_unused(snapshot)
    assert Store(on).listing() == ()


def test_a_footprint_reads_back_and_is_empty_when_there_is_none() -> None:
    on = host()
    snapshot = take(on)
    assert Store(on).footprint(snapshot.id) == ApplyRecord(digests={})
    left = ApplyRecord(digests={"/x": "0" * 64}, restarts="redis-server.service", append_only=True)
    Store(on).write_record(snapshot.id, left)
    assert Store(on).footprint(snapshot.id) == left


def test_marking_changes_the_state_alone() -> None:
    on = host()
    snapshot = take(on)
    marked = Store(on).mark(snapshot, "applied")
    assert marked == replace(snapshot, state="applied") == Store(on).load(snapshot.id)


TWIN = CONF.with_name("second.conf")


def test_the_other_names_of_a_file_are_remembered_and_it_gets_them_back() -> None:
    on = host()
    on.put(CONF.with_name("copy.conf"), on.nodes[CONF].data, owner="redis", group="redis", mode=0o640)
    on.hard_link_backup(CONF, TWIN.name)
    snapshot = take(on, "one", CONF)
    (saved,) = snapshot.paths
    assert (saved.twins, saved.status.links) == ((TWIN.name,), 2)
    on.write(CONF, b"port 0\n", expected=None, owner="redis", group="redis", mode=0o640)
    assert on.status(TWIN).links == 1
    assert restore_path(on, Store(on), saved, {}, identity="one").done == "contents"
    assert on.nodes[CONF] is on.nodes[TWIN]
    assert difference(on, saved) == ""
    assert restore_path(on, Store(on), saved, {}, identity="one").done == ""


def test_another_name_that_has_other_bytes_by_now_is_left_alone() -> None:
    on = host()
    on.hard_link_backup(CONF, TWIN.name)
    (saved,) = take(on, "one", CONF).paths
    on.write(CONF, b"port 0\n", expected=None, owner="redis", group="redis", mode=0o640)
    on.nodes[TWIN].data = b"port 7\n"
    restore_path(on, Store(on), saved, {}, identity="one")
    assert (on.read(CONF), on.read(TWIN)) == (b"port 6379\n", b"port 7\n")
    assert "names (hard links)" in difference(on, saved)


def test_what_a_change_left_that_was_cut_off_is_no_name_of_the_operators() -> None:
    on = host()
    on.hard_link_backup(CONF, f".{CONF.name}.rw-zero")
    (saved,) = take(on, "one", CONF).paths
    assert (saved.twins, saved.status.links) == ((), 1)


def test_a_restart_puts_every_live_value_at_stake_but_secrets_and_the_places_of_data() -> None:
    config = {
        "timeout": "33", "slave-priority": "1", "replica-priority": "1", "requirepass": "x", "appendonly": "no",
        "dir": "/var/lib/redis", "tcp-backlog": "511", "maxmemory": "0",
    }  # fmt: skip
    made = make_plan(tree("debian13-redis"))
    none = replace(made, changes=())
    restart = Restart(
        id="restart", title="", before="", after="", why="", source="", effect=Effect.RESTART, undo="",
        unit="x.service", because=(),
    )  # fmt: skip
    assert scope_of(none, live(config)).directives == ()
    scope = scope_of(replace(none, changes=(restart,)), live(config))
    assert scope.directives == ("maxmemory", "replica-priority", "timeout")
