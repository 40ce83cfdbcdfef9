"""Forgetting snapshots: which stay, what goes with the others, and a power cut in the middle."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.apply_memory import Stopped, stop_before
from tests.support.memory_host.files import digest_of
from tests.support.memory_host.host import MemoryHost
from tests.support.snapshot_store import CONF, host, take
from wizard.errors import HostError
from wizard.model.facts.files import FileKind
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.integrity import audit
from wizard.snapshots.prune import Pruning, plan_prune, prune
from wizard.snapshots.store import Store

STATES = ("open", "applied", "rolled-back", "undo")
Made = list[tuple[str, str]]


def name_of(number: int) -> str:
    return f"20261124-0000{number:02}"


def make(states: Made) -> MemoryHost:
    """Make snapshots of these states and instances, the oldest first, each of another text, and a journal for each."""
    on = host()
    for number, (state, instance) in enumerate(states):
        on.put(CONF, b"port %d\n" % number)
        take(on, name_of(number), state=state, instance=instance, footprint=ApplyRecord(digests={}))
        on.put(on.state / "applies" / name_of(number) / "journal.jsonl", b"{}\n")
    return on


def gone(found: Pruning) -> set[str]:
    return {each.id for each in found.removed}


def names(*numbers: int) -> set[str]:
    return {name_of(number) for number in numbers}


def bytes_of_state(on: MemoryHost) -> int:
    return sum(len(node.data) for path, node in on.nodes.items() if path.is_relative_to(on.state))


ONE = "redis-server"


@pytest.mark.parametrize(
    ("states", "keep", "goes"),
    [
        ([("rolled-back", ONE)] * 4, 2, names(0, 1)),
        ([("rolled-back", ONE)] * 4, 9, set()),
        ([("rolled-back", ONE)] * 2, 0, names(0, 1)),
        ([("open", ONE), ("rolled-back", ONE), ("rolled-back", ONE)], 1, names(1)),
        ([("applied", ONE), ("applied", ONE), ("applied", "two"), ("rolled-back", ONE)], 1, names(0)),
        ([("undo", ONE), ("undo", ONE), ("rolled-back", ONE)], 1, names(0)),
    ],
)
def test_keeps_the_newest_and_what_is_needed(states: Made, keep: int, goes: set[str]) -> None:
    on = make(states)
    wanted = plan_prune(on, keep=keep)
    before = bytes_of_state(on)
    done = prune(on, wanted)
    assert gone(done) == goes
    assert {each.id for each in Store(on).listing()} == {name_of(n) for n in range(len(states))} - goes
    assert set(on.entries(on.state / "applies")) == {name_of(n) for n in range(len(states))} - goes
    assert done.freed == before - bytes_of_state(on)
    assert audit(Store(on)).ok
    assert not audit(Store(on)).garbage
    assert plan_prune(on, keep=keep).empty


def test_to_look_removes_nothing() -> None:
    on = make([("rolled-back", ONE)] * 3)
    on.changes.clear()
    wanted = plan_prune(on, keep=1)
    assert (gone(wanted), wanted.done) == (names(0, 1), False)
    assert on.changes == []


def test_what_an_apply_needs_that_is_not_over_stays() -> None:
    on = make([("rolled-back", ONE)] * 3)
    assert gone(plan_prune(on, keep=1, needed={name_of(0): "an apply"})) == names(1)
    assert name_of(0) not in plan_prune(on, keep=1, needed={name_of(0): "an apply"}).records


def test_what_a_kept_rollback_undid_stays_with_it() -> None:
    on = make([("rolled-back", ONE), ("rolled-back", ONE), ("rolled-back", ONE), ("undo", ONE)])
    for number, undoes in ((2, 0), (3, 2)):
        Store(on).write_record(name_of(number), ApplyRecord(digests={}, reverts=name_of(undoes)))
    assert gone(plan_prune(on, keep=1)) == names(1)


def test_bytes_go_with_the_last_snapshot_that_has_them_and_what_an_apply_wrote_too() -> None:
    on = make([("rolled-back", ONE), ("rolled-back", ONE)])
    Store(on).write_record(name_of(0), ApplyRecord(digests={"/x": digest_of(b"ours")}), (b"ours",))
    on.put(CONF, b"port 0\n")
    take(on, name_of(5), state="rolled-back", footprint=ApplyRecord(digests={}))
    done = prune(on, plan_prune(on, keep=1))
    assert set(done.blobs) == {digest_of(b"port 1\n"), digest_of(b"ours")}
    assert Store(on).blobs() == (digest_of(b"port 0\n"),)


def test_what_a_crash_left_goes() -> None:
    on = make([("applied", ONE)])
    on.put(on.state / "blobs" / ".x.rw-0123456789ab", b"half")
    on.put(on.state / "snapshots" / name_of(7) / ".manifest.json.rw-0123456789ab", b"half")
    done = prune(on, plan_prune(on, keep=5))
    assert gone(done) == names(7)
    assert done.blobs == (".x.rw-0123456789ab",)
    assert on.status(on.state / "snapshots" / name_of(7)).kind is FileKind.ABSENT


def test_a_damaged_one_stays_with_its_bytes_until_it_is_older_than_the_newest() -> None:
    on = make([("rolled-back", ONE)] * 3)
    for number in (0, 1):
        on.nodes[on.state / "snapshots" / name_of(number) / "manifest.json"].data += b" "
    assert plan_prune(on, keep=3).empty
    assert gone(plan_prune(on, keep=1)) == names(0, 1)
    assert "damaged" in next(each.why for each in plan_prune(on, keep=1).removed if each.id == name_of(0))
    assert gone(plan_prune(on, keep=1, needed={name_of(1): "an apply"})) == names(0)


def test_something_else_among_the_snapshots_is_left_alone() -> None:
    on = make([("rolled-back", ONE)])
    on.put(on.state / "snapshots" / "notes.txt", b"mine")
    prune(on, plan_prune(on, keep=0))
    assert on.read(on.state / "snapshots" / "notes.txt") == b"mine"


def test_journals_of_applies_that_never_changed_anything_go_but_for_the_newest() -> None:
    on = make([("applied", ONE)])
    for number in range(20, 24):
        on.put(on.state / "applies" / name_of(number) / "journal.jsonl", b"{}\n")
    assert set(plan_prune(on, keep=2).records) == names(20, 21)
    assert set(plan_prune(on, keep=2, needed={name_of(20): "an apply"}).records) == names(21)


def test_nothing_goes_while_it_is_unknown_what_a_kept_one_needs() -> None:
    on = make([("rolled-back", ONE)] * 2)
    manifest = on.state / "snapshots" / name_of(1) / "manifest.json"
    del on.nodes[manifest]
    on.put_link(manifest, "/etc/redis")
    on.changes.clear()
    with pytest.raises(HostError):
        plan_prune(on, keep=2)
    assert on.changes == []


def test_without_a_store_there_is_nothing_to_do() -> None:
    assert plan_prune(MemoryHost({PurePosixPath("/etc/machine-id"): b"1\n"}), keep=1).empty


@settings(max_examples=80)
@given(
    states=st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from((ONE, "two"))), min_size=1, max_size=6),
    keep=st.integers(0, 4),
    stop=st.integers(0, 30),
)
def test_cut_off_anywhere_it_damages_nothing_and_the_next_run_ends_it(states: Made, keep: int, stop: int) -> None:
    on = make(states)
    wanted = plan_prune(on, keep=keep)
    stay = {each.id for each in wanted.kept}
    stop_before(on, stop, Stopped())
    try:
        prune(on, wanted)
    except Stopped:
        sound, damaged = Store(on).survey()
        assert stay <= {each.id for each in sound}
        assert all(audit(Store(on), each.id).ok for each in sound)
        assert all("has no manifest" in each.why for each in damaged)
    on.before_change = lambda _what, _path: None
    prune(on, plan_prune(on, keep=keep))
    assert {each.id for each in Store(on).listing()} == stay
    assert audit(Store(on)).ok
    assert not audit(Store(on)).garbage
    assert set(on.entries(on.state / "snapshots")) == stay
