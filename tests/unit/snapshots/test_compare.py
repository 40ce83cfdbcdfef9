"""Comparing two states: every kind of difference is found and said, none is invented."""

import base64
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.memory_host.host import MemoryHost
from tests.support.snapshot_store import CONF, NEW, NOW, host, take
from wizard.errors import SnapshotError
from wizard.model.facts.files import FileKind
from wizard.model.facts.unreadable import MASK
from wizard.model.snapshot import SavedPath, SavedUnit, Snapshot
from wizard.model.value import from_json, replace, to_json
from wizard.snapshots.capture import capture
from wizard.snapshots.compare import ComparedState, Difference, compare
from wizard.snapshots.restore import difference
from wizard.snapshots.scope import scope_of_snapshot
from wizard.snapshots.store import Store

LINK = PurePosixPath("/etc/redis.conf")
ACL = b"\x02\0\0\0" + b"\x01\0\x06\0\xff\xff\xff\xff"


def now(on: MemoryHost, snapshot: Snapshot, at: datetime = NOW) -> ComparedState:
    facts = build.pristine_host()
    state = capture(on, scope_of_snapshot(snapshot), facts, facts.instances[0], snapshot_id="now", by="", now=at)
    return ComparedState(name="now", state=state, contents=lambda saved: on.read(saved.status.path))


def then(on: MemoryHost, snapshot: Snapshot) -> ComparedState:
    return ComparedState(name=snapshot.id, state=snapshot, contents=lambda saved: Store(on).blob(saved.blob))


def said(on: MemoryHost, snapshot: Snapshot) -> str:
    return "\n".join(compare(then(on, snapshot), now(on, snapshot)).lines())


def _point_elsewhere(on: MemoryHost) -> None:
    on.remove(LINK)
    on.put_link(LINK, "other.conf")


CHANGES: dict[str, Callable[[MemoryHost], object]] = {
    "+port 0": lambda on: setattr(on.nodes[CONF], "data", b"port 0\n"),
    "mode 0600, was 0640": lambda on: setattr(on.nodes[CONF], "mode", 0o600),
    "belongs to root:redis, did to redis:redis": lambda on: setattr(on.nodes[CONF], "owner", "root"),
    "has 2 names (hard links), had 1": lambda on: on.hard_link_backup(CONF, "other.conf"),
    "extended attribute user.note is gone": lambda on: on.nodes[CONF].attributes.clear(),
    "extended attribute user.note has another value": lambda on: on.nodes[CONF].attributes.update({"user.note": b"y"}),
    "extended attribute user.more is new": lambda on: on.nodes[CONF].attributes.update({"user.more": b"y"}),
    "ACL user::rw-, was none": lambda on: on.nodes[CONF].attributes.update({"system.posix_acl_access": ACL}),
    "default ACL in another form, was none": lambda on: on.nodes[CONF].attributes.update(
        {"system.posix_acl_default": b"?"}
    ),
    "is absent, was a file": lambda on: on.remove(CONF),
    "is a file, was absent": lambda on: on.put(NEW, b"x"),
    "is a directory, was absent": lambda on: on.put(NEW, b"x"),
    "points to other.conf, did to redis/redis.conf": _point_elsewhere,
}


@pytest.mark.parametrize("words", CHANGES)
def test_every_difference_of_a_path_is_said_and_is_one_for_a_rollback_too(words: str) -> None:
    on = host()
    on.put_link(LINK, "redis/redis.conf")
    snapshot = take(on, "one", CONF, NEW, LINK)
    assert said(on, snapshot) == (
        "No difference from one to now: 4 paths, 0 kernel values, 0 live directives and 0 units are the same."
    )
    CHANGES[words](on)
    assert words in said(on, snapshot)
    paths = {each.path for each in compare(then(on, snapshot), now(on, snapshot)).paths}
    assert paths == {saved.status.path for saved in snapshot.paths if difference(on, saved)}


def states(one: dict[str, object], other: dict[str, object]) -> Difference:
    on = host()
    snapshot = take(on, "one")
    before, after = (replace(snapshot, **each) for each in (one, other))
    return compare(then(on, before), ComparedState(name="two", state=after, contents=lambda _saved: b""))


def test_kernel_values_directives_and_units_are_compared_as_a_rollback_does() -> None:
    running = SavedUnit(name="redis-server.service", active="active", enabled="enabled")
    found = states(
        {
            "kernel": {"vm.overcommit_memory": "0", "net.x": "1\t2"},
            "directives": {"maxmemory": "100mb", "timeout": "0", "save": "3600 1"},
            "units": (running, replace(running, name="x.service")),
        },
        {
            "kernel": {"vm.overcommit_memory": "1", "net.x": "1 2"},
            "directives": {"maxmemory": "104857600", "timeout": "9", "save": "3600 1"},
            "units": (
                replace(running, active="reloading", enabled="disabled"),
                replace(running, name="x.service", active="failed"),
            ),
        },
    )
    rows = found.lines()
    assert rows[1:] == (
        "kernel vm.overcommit_memory: 1, was 0",
        "live   timeout: 9, was 0",
        "unit   redis-server.service: disabled, was enabled",
        "unit   x.service: failed, was active",
    )
    assert found.compared == "3 paths, 2 kernel values, 3 live directives and 2 units"


def test_what_could_not_be_compared_is_said() -> None:
    unit = SavedUnit(name="redis-server.service", active="active", enabled="")
    found = states(
        {"kernel": {"vm.swappiness": "1"}, "directives": {"timeout": "0"}, "watched": ("timeout",), "units": (unit,)},
        {"kernel": {}, "directives": {}, "watched": ("timeout",), "units": (replace(unit, active=""),), "paths": ()},
    )
    assert found.empty
    assert found.not_looked_at == (
        f"{NEW.parent} exists in one only.",
        f"{NEW} exists in one only.",
        f"{CONF} exists in one only.",
        "vm.swappiness could not be read for two.",
        "live directives could not be read for two: the login was refused.",
        "the unit states could not be read for two.",
    )
    assert all(f"Not compared: {each}" in found.lines() for each in found.not_looked_at)


def test_a_secret_directive_is_masked() -> None:
    found = states({"directives": {"requirepass": "hunter2"}}, {"directives": {"requirepass": "hunter3"}})
    assert "hunter" not in to_json(found) + "".join(found.lines())


def test_a_password_that_is_set_no_more_is_told_without_its_text() -> None:
    seen = {"directives": {"timeout": "0"}}
    found = states({**seen, "secrets": ("requirepass",)}, {**seen, "secrets": ("masterauth",)})
    assert found.lines()[1:] == (f"live   masterauth: {MASK}, was empty", f"live   requirepass: empty, was {MASK}")
    # Where nobody could look nothing is said of it.
    assert states({**seen, "secrets": ("requirepass",)}, {"directives": {}}).empty


def test_contents_that_are_lost_still_differ() -> None:
    on = host()
    snapshot = take(on, "one")
    on.nodes[CONF].data = b"port 0\n"

    def lost(_saved: SavedPath) -> bytes:
        raise SnapshotError("the store lacks the bytes")

    found = compare(ComparedState(name="one", state=snapshot, contents=lost), now(on, snapshot))
    assert found.paths[0].what == ("contents (not shown: the store lacks the bytes)",)


def test_it_is_a_document_and_safe_to_show() -> None:
    on = host()
    snapshot = take(on, "one")
    on.nodes[CONF].data = b"port 0 \x1b[31m\xe2\x80\xae\n# \xff\n"
    found = compare(then(on, snapshot), now(on, snapshot))
    assert from_json(Difference, to_json(found)) == found
    on.nodes[CONF].data = b"port 0 \xe2\x80\xae\n"
    assert "\u202e" not in said(on, snapshot)


def test_the_attribute_that_is_stored_is_what_is_compared() -> None:
    saved = next(each for each in take(host()).paths if each.status.kind is FileKind.FILE)
    assert base64.b64decode(saved.attributes["user.note"]) == b"x"
