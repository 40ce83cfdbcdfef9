"""Verifying the store: what is damaged is named, what nobody mentions too."""

from pathlib import PurePosixPath

import pytest

from tests.support.memory_host.files import digest_of
from tests.support.snapshot_store import CONF, NEW, host, take
from wizard.errors import NotPermittedError, SnapshotError
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.integrity import Audit, audit
from wizard.snapshots.store import Store


def problems(found: Audit) -> dict[str, tuple[str, ...]]:
    return {each.id: each.problems for each in found.snapshots}


def test_a_sound_store_has_no_problem_and_no_garbage() -> None:
    on = host()
    take(on, "one")
    on.put(CONF, b"port 1\n")
    take(on, "two")
    found = audit(Store(on))
    assert problems(found) == {"two": (), "one": ()}
    assert found.ok
    assert found.garbage == ()


def test_every_kind_of_damage_is_found_in_its_snapshot() -> None:
    on = host()
    take(on, "lost")
    on.put(CONF, b"port 1\n")
    take(on, "damaged")
    on.put(CONF, b"port 2\n")
    take(on, "manifest")
    take(on, "sound")
    del on.nodes[on.state / "blobs" / digest_of(b"port 6379\n")]
    on.nodes[on.state / "blobs" / digest_of(b"port 1\n")].data = b"rubbish"
    on.nodes[on.state / "snapshots" / "manifest" / "manifest.json"].data = b""
    found = audit(Store(on))
    words = {name: " ".join(each) for name, each in problems(found).items()}
    assert "lacks the bytes" in words["lost"]
    assert "are damaged" in words["damaged"]
    assert "is empty" in words["manifest"]
    assert words["sound"] == ""
    assert not found.ok
    assert audit(Store(on), "sound").ok
    assert problems(audit(Store(on), "lost")) == {"lost": problems(found)["lost"]}


def test_a_damaged_text_of_an_apply_is_found_and_one_that_was_never_kept_is_none() -> None:
    on = host()
    snapshot = take(on, "one", state="applied")
    key, text = b"-----BEGIN PRIVATE KEY-----\nx\n", b"port 0\n"
    marks = ApplyRecord(digests={str(CONF): digest_of(text), str(NEW): digest_of(key)})
    Store(on).write_record("one", marks, (text, key))
    assert audit(Store(on)).ok
    on.nodes[on.state / "blobs" / digest_of(text)].data += b"x"
    ((problem,),) = problems(audit(Store(on))).values()
    assert problem == f"what was written to {CONF}: the bytes {digest_of(text)[:12]} in the store are damaged"
    # Going back needs none of it.
    assert Store(on).verify(snapshot) == ()


def test_bytes_that_nobody_mentions_are_named_and_are_no_damage() -> None:
    on = host()
    take(on, "one")
    for name in ("0" * 64, ".x.rw-0123456789ab"):
        on.put(on.state / "blobs" / name, b"")
    found = audit(Store(on))
    assert found.garbage == (".x.rw-0123456789ab", "0" * 64)
    assert found.ok


def test_bytes_that_only_a_damaged_snapshot_mentions_are_no_garbage() -> None:
    on = host()
    take(on, "one")
    manifest = on.nodes[on.state / "snapshots" / "one" / "manifest.json"]
    manifest.data = manifest.data.replace(b"6379", b"6380").replace(b"redis-server", b"redis-sirver")
    found = audit(Store(on))
    assert not found.ok
    assert found.garbage == ()


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(SnapshotError, match="there is no snapshot"):
        audit(Store(host()), "20200101-000000")


def test_something_else_among_the_snapshots_is_named() -> None:
    on = host()
    take(on, "one")
    on.put(on.state / "snapshots" / "notes.txt", b"")
    assert "is not the id of a snapshot" in problems(audit(Store(on)))["notes.txt"][0]


def test_who_may_not_look_is_told_so() -> None:
    on = host()
    take(on, "one", PurePosixPath("/etc/hosts"))
    on.user = "op"
    with pytest.raises(NotPermittedError):
        audit(Store(on))
