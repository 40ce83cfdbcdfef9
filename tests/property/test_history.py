"""What is in force: followed through any order of applies and rollbacks, with a clock that is set again and again."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.apply_memory import apply, make_plan, picture, rollback, tree
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.tree import Node
from tests.support.snapshot_store import host, take
from wizard.errors import SnapshotError
from wizard.model.answers import Answers
from wizard.model.event import Result
from wizard.model.snapshot import Snapshot
from wizard.model.value import replace
from wizard.rollback.shared import find_shared
from wizard.snapshots.apply_record import ApplyRecord
from wizard.snapshots.history import History
from wizard.snapshots.prune import plan_prune, prune
from wizard.snapshots.store import Store

A, B = "redis-server@a", "redis-server@b"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

Step = tuple[str, str, int, int]
"""What, which server, of which snapshot, and by how many minutes the clock is off."""

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("apply", "apply", "fail", "back", "back", "newest", "redo")),
        st.sampled_from((A, A, B)),
        st.integers(0, 30),
        st.integers(-90, 90),
    ),
    max_size=14,
)


class World:
    """A host of which only the applies on it are known, by server and in the order in which they lie on each other."""

    def __init__(self) -> None:
        self.on = host()
        self.store = Store(self.on)
        self.now: dict[str, tuple[str, ...]] = {A: (), B: ()}
        self.before: dict[str, tuple[str, ...]] = {}
        self.after: dict[str, tuple[str, ...]] = {}
        self.of: dict[str, str] = {}

    @property
    def history(self) -> History:
        return History(self.store)

    def take(self, instance: str, minutes: int, state: str, undoes: str = "") -> str:
        number = len(self.of)
        name = f"{NOON + timedelta(minutes=minutes):%Y%m%d-%H%M%S}-{number:02}"
        history = self.history
        leads_to = history.before(self.store.load(undoes)) if undoes else None
        on = history.state(instance)
        marks = ApplyRecord(
            digests={}, sequence=history.next_sequence(), on_state=on, restores_state=leads_to, reverts=undoes
        )
        taken = take(self.on, name, instance=instance, state=state, footprint=marks)
        self.store.mark(replace(taken, taken_at=(NOON + timedelta(minutes=minutes)).isoformat()), state)
        self.of[name], self.before[name] = instance, self.now[instance]
        return name

    def apply(self, instance: str, minutes: int, *, fails: bool) -> None:
        name = self.take(instance, minutes, "rolled-back" if fails else "applied")
        self.now[instance] += () if fails else (name,)
        self.after[name] = self.now[instance]

    def put_back(self, name: str, minutes: int) -> None:
        """Do what a rollback to a snapshot does; over a state of another kind it would be half of two."""
        instance = self.of[name]
        assert self.now[instance] in (self.before[name], self.after[name])
        own = self.take(instance, minutes, "undo", undoes=name)
        self.now[instance] = self.after[own] = self.before[name]
        self.store.mark(self.store.load(name), "rolled-back")

    def turn(self, name: str) -> Snapshot:
        """Load a snapshot whose turn it is.

        Raises:
            SnapshotError: it is not.
        """
        snapshot = self.store.load(name)
        self.history.ensure_topmost(snapshot)
        return snapshot

    def go(self, step: Step) -> None:
        what, instance, number, minutes = step
        if what in {"apply", "fail"}:
            self.apply(instance, minutes, fails=what == "fail")
            return
        if what == "back":
            names = [name for name in self.of if self.of[name] == instance]
            meant = names[number % len(names)] if names else ""
        else:
            found = self.history.newest(instance) if what == "newest" else self.history.last_rollback(instance)
            meant = found.id if found else ""
        if not meant:
            return
        try:
            self.turn(meant)
        except SnapshotError:
            # What nobody named is always in its turn.
            assert what == "back"
        else:
            self.put_back(meant, minutes)


@settings(max_examples=100)
@given(steps=STEPS)
def test_it_is_known_what_is_in_force_and_whose_turn_it_is(steps: list[Step]) -> None:
    world = World()
    for step in steps:
        world.go(step)
        for instance, applies in world.now.items():
            assert len(world.history.in_force(instance)) == len(applies)
    for instance in (A, B):
        last = world.history.last_rollback(instance)
        assert last is None or len(world.before[last.id]) > len(world.now[instance])
        while (newest := world.history.newest(instance)) is not None:
            below = world.now[instance][:-1]
            world.turn(newest.id)
            world.put_back(newest.id, 0)
            assert world.now[instance] == below
        assert world.now[instance] == ()
    assert world.history.active() == ()


@settings(max_examples=40)
@given(steps=STEPS, keep=st.integers(0, 4))
def test_what_is_pruned_makes_no_difference_to_what_is_left(steps: list[Step], keep: int) -> None:
    world = World()
    for step in steps:
        world.go(step)
    before = world.history
    prune(world.on, plan_prune(world.on, keep=keep))
    for instance in (A, B):
        left = world.history.in_force(instance)
        assert left == before.in_force(instance)[: max(len(left), 1)]
        assert world.history.last_rollback(instance) == before.last_rollback(instance)
    for entry in world.history.entries:
        with suppress(SnapshotError):
            world.turn(entry.id)
            assert world.now[entry.snapshot.instance] in (world.before[entry.id], world.after[entry.id])


def made(*states: str) -> World:
    """Apply once for each."""
    world = World()
    for state in states:
        world.apply(A, 0, fails=state == "fail")
    return world


def test_who_is_beneath_must_wait_and_is_told_for_whom() -> None:
    world = made("one", "two", "three")
    one, two, three = world.of
    with pytest.raises(SnapshotError) as refused:
        world.turn(one)
    assert f"2 snapshots are newer and in force on {A}" in str(refused.value)
    assert str(refused.value).endswith(f"first roll back {three}: redis-wizard rollback {three}")
    world.put_back(three, 0)
    world.put_back(two, 0)
    world.turn(one)


def test_what_is_not_in_force_is_not_put_back_over_what_is() -> None:
    world = made("one")
    (one,) = world.of
    world.put_back(one, 0)
    world.apply(A, 0, fails=False)
    _, undo, two = world.of
    with pytest.raises(SnapshotError, match=f"{one} is not in force on {A}, {two} is"):
        world.turn(one)
    with pytest.raises(SnapshotError, match=f"{two} is newer and in force on {A}"):
        world.turn(undo)
    world.put_back(two, 0)
    # The state it leads to is there already: whoever has to finish it may.
    world.turn(one)
    world.turn(undo)


def test_what_lay_on_another_apply_does_not_come_back_without_it() -> None:
    world = made("one", "two")
    one, two = world.of
    world.put_back(two, 0)
    world.put_back(one, 0)
    *_, over, last = world.of
    with pytest.raises(SnapshotError, match=f"nothing is; redis-wizard rollback {last} rolls back the last rollback"):
        world.turn(over)
    world.put_back(last, 0)
    world.turn(over)


def test_one_that_nobody_can_put_back_bars_no_way() -> None:
    world = made("one", "two")
    one, two = world.of
    world.on.nodes[world.on.state / "snapshots" / two / "footprint.json"].data += b" "
    assert [each.id for each in world.history.entries if each.damage] == [two]
    world.turn(one)
    assert (
        find_shared(world.store, world.store.load(one), ApplyRecord(digests={}))
        .summary()
        .startswith(f", except what {two} alone changed")
    )


# --- on a host -------------------------------------------------------------------------------------


def apply_number(host: MemoryHost, number: int) -> None:
    """Apply something that no other number does."""

    def change(answers: Answers) -> Answers:
        # The first ones leave something for later ones to do.
        return replace(
            answers,
            memory=replace(answers.memory, maxmemory=f"{300 + number}mb"),
            tls=replace(answers.tls, enabled=number > 0),
            kernel=replace(answers.kernel, manage=number > 1),
        )

    assert apply(host, make_plan(host, change)).result is Result.APPLIED


@settings(max_examples=12)
@given(picks=st.lists(st.integers(0, 20), max_size=7))
def test_whatever_is_put_back_the_host_is_in_a_state_in_which_it_was(picks: list[int]) -> None:
    on = tree("debian13-redis")
    pictures: list[dict[PurePosixPath, Node]] = [picture(on)]
    for number in range(3):
        apply_number(on, number)
        pictures.append(picture(on))
    first, *_ = (entry.id for entry in History(Store(on)).active())
    for pick in picks:
        names = [entry.id for entry in History(Store(on)).entries]
        before, outcome = picture(on), rollback(on, names[pick % len(names)])
        assert outcome.result in {Result.ROLLED_BACK, Result.REFUSED}, outcome
        assert outcome.result is Result.ROLLED_BACK or picture(on) == before
        assert picture(on) in pictures
        assert picture(on) == pictures[len(History(Store(on)).active())]
    refused = rollback(on, first) if len(History(Store(on)).active()) > 1 else None
    assert refused is None or "first roll back" in refused.summary or "is not in force" in refused.summary
