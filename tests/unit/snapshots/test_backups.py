"""The old file under a second name: found again without a record, trusted by its contents, gone at the end."""

import fnmatch
import os
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from tests.support import facts_builder as build
from tests.support.memory_host.host import MemoryHost
from wizard.host.local import LocalHost
from wizard.model.snapshot import SavedPath, Snapshot
from wizard.snapshots.backups import back_up, backup_name, delete_backups, delete_leftovers
from wizard.snapshots.restore import difference, restore_path
from wizard.snapshots.scope import SnapshotScope
from wizard.snapshots.store import Store

CONF = PurePosixPath("/etc/redis/redis.conf")
NEW = PurePosixPath("/etc/redis/certs/server.key")
ID = "20261124-120000"
KEPT = CONF.with_name(f".redis.conf.rw-{ID}")
UNFINISHED = ".redis.conf.rw-0123456789ab"


class KilledError(BaseException):
    """The process is killed."""


@pytest.fixture
def host() -> MemoryHost:
    made = MemoryHost({PurePosixPath("/etc/machine-id"): b"0123456789abcdef\n"})
    made.put(CONF, b"port 6379\n", owner="redis", group="redis", mode=0o640).attributes["user.note"] = b"x"
    made.put_directory(CONF.parent).owner = "redis"
    return made


def take(host: MemoryHost, *paths: PurePosixPath) -> Snapshot:
    scope = SnapshotScope(instance="redis-server", what="1 change", paths=paths or (CONF, NEW))
    facts = build.pristine_host()
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return Store(host).take(scope, facts, facts.instances[0], snapshot_id=ID, by="op", now=now)


def saved(snapshot: Snapshot, path: PurePosixPath) -> SavedPath:
    return next(each for each in snapshot.paths if each.status.path == path)


def change(host: MemoryHost, path: PurePosixPath = CONF, data: bytes = b"port 0\n") -> None:
    host.write(path, data, expected=None, owner="root", group="redis", mode=0o600)


def back(host: MemoryHost, snapshot: Snapshot, path: PurePosixPath = CONF) -> str:
    put = restore_path(host, Store(host), saved(snapshot, path), {}, identity=snapshot.id)
    assert put.kept == ""
    return put.done


@pytest.mark.parametrize("name", ["redis.conf", "60-redis-wizard.conf", "disable-thp.service", "x.timer", "a"])
def test_no_reader_of_its_directory_takes_a_kept_file_for_one_of_its_own(name: str) -> None:
    kept = backup_name(PurePosixPath("/etc") / name, ID)
    assert kept.startswith(".")
    assert not any(fnmatch.fnmatchcase(kept, f"*.{end}") for end in ("conf", "service", "timer", "acl", "crt", "key"))
    assert kept == backup_name(PurePosixPath("/elsewhere") / name, ID)


def test_a_kept_file_comes_back_whole_on_a_full_disk(host: MemoryHost) -> None:
    snapshot, node = take(host), host.nodes[CONF]
    assert back_up(host, snapshot, CONF)
    change(host)
    host.full = True
    assert back(host, snapshot) == "contents"
    assert host.nodes[CONF] is node
    assert difference(host, saved(snapshot, CONF)) == ""
    assert KEPT not in host.nodes
    assert back(host, snapshot) == ""


def test_rights_that_changed_on_the_kept_file_are_set_back(host: MemoryHost) -> None:
    snapshot = take(host)
    back_up(host, snapshot, CONF)
    change(host)
    host.nodes[KEPT].mode = 0o666
    assert back(host, snapshot) == "contents"
    assert difference(host, saved(snapshot, CONF)) == ""


def test_a_file_that_was_kept_and_never_replaced_has_one_name_again(host: MemoryHost) -> None:
    snapshot = take(host)
    back_up(host, snapshot, CONF)
    assert "2 names" in difference(host, saved(snapshot, CONF))
    assert back(host, snapshot) == ""
    assert difference(host, saved(snapshot, CONF)) == ""
    assert KEPT not in host.nodes


def test_a_file_behind_a_link_is_kept_beside_itself(host: MemoryHost) -> None:
    link = PurePosixPath("/etc/redis.conf")
    host.nodes[CONF.parent].owner = "root"
    host.put_link(link, "redis/redis.conf")
    snapshot = take(host, link)
    assert back_up(host, snapshot, link)
    assert KEPT in host.nodes
    change(host, link)
    host.full = True
    assert back(host, snapshot) == "contents"
    assert back(host, snapshot, link) == ""
    assert host.status(CONF).links == 1


def test_nothing_is_kept_of_what_was_not_there_or_cannot_be(host: MemoryHost) -> None:
    snapshot = take(host)
    assert not back_up(host, snapshot, NEW)
    assert not back_up(host, snapshot, PurePosixPath("/etc/other"))
    host.nodes[CONF].immutable = True
    assert not back_up(host, snapshot, CONF)
    assert [path.name for path in host.nodes if ".rw-" in path.name] == []


@pytest.mark.parametrize("theirs", ["contents", "owner", "link", "directory"])
def test_what_somebody_put_under_the_name_is_not_used(host: MemoryHost, theirs: str) -> None:
    snapshot = take(host)
    if theirs == "contents":
        host.put(KEPT, b"evil\n", owner="redis")
    elif theirs == "owner":
        host.put(KEPT, b"port 6379\n", owner="op", mode=0o666)
    elif theirs == "link":
        host.put(PurePosixPath("/etc/same"), b"port 6379\n")
        host.put_link(KEPT, "/etc/same", owner="redis")
    else:
        host.put_directory(KEPT, owner="redis")
    assert not back_up(host, snapshot, CONF)
    change(host)
    assert back(host, snapshot) == "contents"
    assert difference(host, saved(snapshot, CONF)) == ""
    # A name of this form can only be ours or a trick; a directory may hold an administrator's files.
    assert (KEPT in host.nodes) is (theirs == "directory")


def test_all_that_an_apply_left_is_gone_at_its_end(host: MemoryHost) -> None:
    snapshot = take(host)
    back_up(host, snapshot, CONF)
    host.put(CONF.with_name(UNFINISHED), b"half")
    host.put(NEW.with_name(".server.key.rw-0123456789ab"), b"half a key")
    others = [
        host.put(CONF.with_name(name), b"theirs")
        for name in (".redis.conf.rw-20250101-000000", ".redis.conf.rw-0123456789ab~", "x.redis.conf.rw-0123456789ab")
    ]
    assert delete_backups(host, snapshot) == ()
    assert [path for path in host.nodes if ".rw-" in path.name and host.nodes[path] not in others] == []
    assert sum(node in others for node in host.nodes.values()) == len(others)
    assert host.status(CONF).links == 1
    assert delete_backups(host, snapshot) == ()


def test_a_write_that_was_cut_off_does_not_hold_its_directory(host: MemoryHost) -> None:
    snapshot = take(host)
    host.put(NEW.with_name(".server.key.rw-0123456789ab"), b"half a key")
    for path in (NEW, NEW.parent):
        restore_path(host, Store(host), saved(snapshot, path), {}, identity=snapshot.id)
    assert NEW.parent not in host.nodes


def test_what_cannot_be_removed_is_said(host: MemoryHost) -> None:
    snapshot = take(host)
    back_up(host, snapshot, CONF)
    host.read_only.add(CONF.parent)
    (said,) = delete_leftovers(host, CONF, snapshot.id)
    assert str(KEPT) in said
    assert "read-only" in said
    assert delete_backups(host, snapshot) == (said,)


def test_the_new_file_of_a_killed_write_is_known_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host, path = LocalHost(), PurePosixPath(tmp_path / "server.key")

    def die(_descriptor: int) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", die)
        # A process that is killed cleans nothing up.
        patch.setattr(os, "unlink", lambda *_given, **_more: None)
        owner, group = str(os.geteuid()), str(os.getegid())
        with pytest.raises(KilledError):
            host.write(path, b"a key", expected="", owner=owner, group=group, mode=0o600)
    assert len(host.entries(path.parent)) == 1
    assert delete_leftovers(host, path, ID) == ()
    assert host.entries(path.parent) == ()
