"""Edits made by hand since an apply: found, shown without a secret, and none invented."""

from collections.abc import Mapping
from pathlib import PurePosixPath

import pytest

from tests.support.apply_memory import apply, make_plan, rollback, tree
from tests.support.memory_host.files import digest_of
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryUnit
from tests.support.snapshot_store import CONF, NEW, host, take
from wizard.errors import SnapshotError
from wizard.model.event import Result
from wizard.model.snapshot import SavedUnit, Snapshot
from wizard.model.value import replace
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.manual_changes import ManualChange, lines, manual_changes
from wizard.snapshots.store import Store

OURS = b"port 0\ntimeout 0\n"
LINK = PurePosixPath("/etc/redis.conf")


def applied(on: MemoryHost, *paths: PurePosixPath, kept: bool = True, written: PurePosixPath = CONF) -> Snapshot:
    """Take a snapshot and write the configuration as an apply does."""
    snapshot = take(on, "one", *(paths or (CONF, NEW)))
    Store(on).write_record(
        "one", ApplyRecord(digests={str(written): digest_of(OURS)}, sequence=1), (OURS,) if kept else ()
    )
    on.nodes[CONF].data = OURS
    return Store(on).mark(snapshot, "applied")


def edits(on: MemoryHost, snapshot: Snapshot, live: Mapping[str, str] | None = None) -> tuple[ManualChange, ...]:
    return manual_changes(on, Store(on), snapshot, live or {})


def said(on: MemoryHost, snapshot: Snapshot, live: Mapping[str, str] | None = None) -> list[str]:
    return [each.what.partition(" manually since")[0] for each in edits(on, snapshot, live)]


def test_neither_the_first_nor_the_applied_state_is_an_edit() -> None:
    on = host()
    first = on.nodes[CONF].data
    snapshot = applied(on)
    assert edits(on, snapshot) == ()
    on.nodes[CONF].data = first
    assert edits(on, snapshot) == ()


def test_an_edit_is_shown_alone_without_what_the_apply_did() -> None:
    on = host()
    snapshot = applied(on)
    on.nodes[CONF].data = OURS + b"requirepass hunter2\n"
    (edit,) = edits(on, snapshot)
    assert "changed manually" in edit.what
    assert [line for line in edit.diff.splitlines()[2:] if line[0] in "+-"] == ["-requirepass ********"]
    assert "hunter2" not in "".join(lines([edit]))
    assert lines([edit])[1].startswith("    --- ")


def test_without_the_applied_text_it_is_compared_with_what_comes_back() -> None:
    on = host()
    snapshot = applied(on, kept=False)
    on.nodes[CONF].data = OURS + b"maxclients 5\n"
    (edit,) = edits(on, snapshot)
    assert "-maxclients 5\n" in edit.diff
    assert "+port 6379\n" in edit.diff


def test_a_file_that_no_apply_wrote_and_that_comes_back_is_looked_at_too() -> None:
    on = host()
    include = PurePosixPath("/etc/redis/more.conf")
    on.put(include, b"timeout 1\n")
    snapshot = applied(on, CONF, include)
    on.nodes[include].data = b"timeout 2\n"
    (edit,) = edits(on, snapshot)
    assert edit.path == include
    assert "-timeout 2\n+timeout 1\n" in edit.diff


def test_what_was_removed_or_became_something_else_is_said() -> None:
    on = host()
    snapshot = applied(on)
    node = on.nodes.pop(CONF)
    (edit,) = edits(on, snapshot)
    assert "removed manually since; it is restored" in edit.what
    on.put_link(CONF, "other.conf")
    (edit,) = edits(on, snapshot)
    assert "is now a link; it stays" in edit.what
    on.nodes[CONF] = node
    assert edits(on, snapshot) == ()


def test_a_file_of_the_apply_that_was_changed_is_kept_and_said() -> None:
    on = host()
    snapshot = take(on, "one")
    Store(on).write_record("one", ApplyRecord(digests={str(NEW): digest_of(b"key")}))
    on.put(NEW, b"another key")
    (edit,) = edits(on, snapshot)
    assert edit.what == f"{NEW} was changed manually since; it stays."
    assert edit.diff == ""


def test_behind_a_link_the_applied_text_is_known() -> None:
    on = host()
    on.put_link(LINK, "redis/redis.conf")
    snapshot = applied(on, LINK, written=LINK)
    assert edits(on, snapshot) == ()
    on.nodes[CONF].data += b"maxclients 5\n"
    (edit,) = edits(on, snapshot)
    assert (edit.path, "-maxclients 5\n" in edit.diff, "port" in edit.diff) == (CONF, True, True)


def test_what_a_later_apply_wrote_was_not_made_by_hand() -> None:
    on = host()
    snapshot = applied(on)
    later = b"port 0\ntimeout 9\n"
    second = take(on, "two", CONF)
    marks = ApplyRecord(digests={str(CONF): digest_of(later)}, sequence=2)
    Store(on).write_record("two", marks, (later,))
    on.nodes[CONF].data = later
    # One that was left as it is stays open, and its text is no less ours. The clock may have been set back.
    for state, taken_at in (("open", second.taken_at), ("applied", second.taken_at), ("applied", "2020")):
        Store(on).mark(replace(second, taken_at=taken_at), state)
        assert edits(on, snapshot) == ()
    Store(on).mark(second, "rolled-back")
    assert edits(on, snapshot), "it is not in force"
    Store(on).mark(second, "applied")
    on.nodes[CONF].data = later + b"maxclients 5\n"
    assert [line for line in edits(on, snapshot)[0].diff.splitlines()[2:] if line[0] in "+-"] == ["-maxclients 5"]


def test_a_later_snapshot_whose_footprint_is_damaged_bars_no_other_one() -> None:
    on = host()
    snapshot = applied(on)
    take(on, "two", CONF, state="applied", footprint=ApplyRecord(digests={}, sequence=2))
    on.nodes[on.state / "snapshots" / "two" / "footprint.json"].data += b" "
    assert edits(on, snapshot) == ()


def test_what_an_apply_wrote_that_was_made_again_was_not_made_by_hand() -> None:
    on = tree("debian13-redis")
    store = Store(on)
    first = apply(on, make_plan(on)).snapshot
    second = apply(on, make_plan(on, lambda all_: replace(all_, memory=replace(all_.memory, maxmemory="300mb"))))
    assert second.result is Result.APPLIED
    rollback(on, second.snapshot)
    rollback(on, max(each.id for each in store.listing() if each.state == "undo"))
    assert edits(on, store.load(first)) == ()


def test_rights_and_attributes_are_shown_where_neither_the_apply_nor_the_first_state_has_them() -> None:
    on, ours = host(), "0640 root:redis"
    snapshot = applied(on)
    marks = replace(Store(on).footprint("one"), rights={str(CONF): ours})
    Store(on).write_record("one", marks)
    node = on.nodes[CONF]
    for owner in ("redis", "root"):
        node.owner = owner
        assert edits(on, snapshot) == ()
    node.mode = 0o660
    node.attributes["user.backup"] = b"weekly"
    assert said(on, snapshot) == [
        f"{CONF} is 0660 root:redis, set",
        f"{CONF} has another extended attribute user.backup, set",
    ]
    # A later apply of another server that met them is not who set them.
    met = ApplyRecord(digests={}, sequence=2, rights={str(CONF): "0660 root:redis"})
    take(on, "two", CONF, instance="other", state="applied", footprint=met)
    assert len(said(on, snapshot)) == 2
    Store(on).write_record("two", replace(met, rights={str(CONF): "0600 root:redis"}))
    node.mode = 0o600
    assert said(on, snapshot) == [f"{CONF} has another extended attribute user.backup, set"]


def test_live_values_are_shown_where_it_is_known_what_was_left() -> None:
    on = host()
    first = replace(applied(on), directives={"hz": "10", "timeout": "0", "appendonly": "no"})
    Store(on).mark(first, "applied")
    marks = replace(Store(on).footprint("one"), live={"timeout": "60"}, restarts="redis-server.service")
    now = {"hz": "17", "timeout": "77", "appendonly": "yes"}
    Store(on).write_record("one", marks)
    # With a restart nobody knows what it came up with.
    assert said(on, first, now) == ["timeout was set to '77' in the running server"]
    assert said(on, first, now | {"timeout": "60"}) == []
    Store(on).write_record("one", replace(marks, live={"timeout": "60", "hz": "10"}))
    assert said(on, first, now)[0] == "hz was set to '17' in the running server"
    assert said(on, first) == []


def test_units_that_somebody_enabled_or_disabled_are_shown() -> None:
    on, name = host(), "redis-server.service"
    on.services.units[name] = MemoryUnit(enabled="enabled")
    first = replace(applied(on), units=(SavedUnit(name=name, active="active", enabled="enabled"),))
    Store(on).mark(first, "applied")
    assert edits(on, first) == ()
    on.services.disable(name)
    assert [each.what for each in edits(on, first)] == [f"{name} was disabled manually since; it is enabled again."]
    first = Store(on).mark(replace(first, units=(SavedUnit(name=name, active="", enabled="disabled"),)), "applied")
    Store(on).write_record("one", replace(Store(on).footprint("one"), enables=(name,)))
    on.services.enable(name)
    assert edits(on, first) == ()


def test_lost_bytes_are_no_empty_text() -> None:
    on = host()
    snapshot = applied(on, kept=False)
    blob = next(saved.blob for saved in snapshot.paths if saved.blob)
    del on.nodes[on.state / "blobs" / blob]
    on.nodes[CONF].data = b"port 7\n"
    with pytest.raises(SnapshotError):
        edits(on, snapshot)


def test_a_rollback_and_a_rollback_of_it_leave_nothing_that_looks_hand_made() -> None:
    on = tree("debian13-redis")
    store = Store(on)
    first = apply(on, make_plan(on)).snapshot
    assert edits(on, store.load(first)) == ()
    back = first
    for _ in range(3):
        outcome = rollback(on, back)
        assert outcome.result is Result.ROLLED_BACK
        assert not [check for check in outcome.checks if "manually" in check]
        back = max(each.id for each in store.listing() if each.state == "undo")
        assert edits(on, store.load(back)) == ()
