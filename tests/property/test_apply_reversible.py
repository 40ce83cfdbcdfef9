"""The law *reversible*: stop an apply at any instant, undo, and everything is as it was first."""

from contextlib import suppress
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.apply_memory import (
    HOSTS,
    Stopped,
    apply,
    fail_once,
    fail_once_then_stop,
    fill_up,
    first_plan,
    make_plan,
    picture,
    rollback,
    stop_before,
    tree,
    unmarkable,
)
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.tree import Node
from wizard.app import recover
from wizard.errors import ApplyError, HostError, NoSpaceError, WizardError
from wizard.jobs import journal, requests
from wizard.model.event import EventKind, Result
from wizard.snapshots.history import History
from wizard.snapshots.store import Store

CHANGES = 160
"""More than any of these applies makes, our own records counted."""


def confirmed(host: MemoryHost) -> bool:
    """The newest apply was decided to stay."""
    decisions = (journal.read(host, identity).decision for identity in requests.identities(host)[:1])
    return any(decision is not None and decision.kind is EventKind.CONFIRMED for decision in decisions)


def assert_ends_as_decided(host: MemoryHost, before: dict[PurePosixPath, Node], *, kept: bool) -> None:
    """What was open is brought to the one end that its record allows, and that end is told."""
    host.before_change = lambda _what, _path: None
    host.full = False
    recover(host)
    assert recover(host) is None
    assert confirmed(host) or not kept
    ended = [journal.read(host, identity).outcome for identity in requests.identities(host)[:1]]
    if confirmed(host):
        assert make_plan(host).empty
        assert [each.result for each in ended if each] == [Result.APPLIED]
        assert Store(host).load(requests.identities(host)[0]).state == "applied"
        return
    assert picture(host) == before
    # One without a single line never began.
    assert {each.result for each in ended if each} <= {Result.ROLLED_BACK, Result.REFUSED}


@settings(max_examples=40)
@given(name=st.sampled_from(HOSTS), number=st.integers(0, CHANGES))
def test_killed_at_any_instant_then_rolled_back(name: str, number: int) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    stopped = stop_before(host, number, Stopped())
    try:
        outcome = apply(host, wanted)
    except Stopped:
        assert stopped()
    else:
        assert outcome.result is Result.APPLIED
    host.before_change = lambda _what, _path: None
    newest = History(Store(host)).newest()
    if newest is None:
        assert picture(host) == before
        return
    outcome = rollback(host, newest.id)
    assert outcome.result in {Result.ROLLED_BACK, Result.REFUSED}, outcome
    assert picture(host) == before


@settings(max_examples=50)
@given(name=st.sampled_from(HOSTS), first=st.integers(0, CHANGES), again=st.lists(st.integers(0, 40), max_size=3))
def test_killed_at_any_instant_recovery_ends_it_one_way_or_the_other(name: str, first: int, again: list[int]) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    stop_before(host, first, Stopped())
    with suppress(Stopped):
        apply(host, wanted)
    for number in again:
        stop_before(host, number, Stopped())
        with suppress(Stopped):
            recover(host)
    host.before_change = lambda _what, _path: None
    recover(host)
    assert recover(host) is None
    assert not host.nodes.keys() & {host.state / "pending", host.state / "pending-data"}
    if make_plan(host).empty:
        ended = History(Store(host)).newest()
        assert ended is not None
        assert rollback(host, ended.id).result is Result.ROLLED_BACK
    assert picture(host) == before


@settings(max_examples=40)
@given(name=st.sampled_from(HOSTS), number=st.integers(0, CHANGES))
def test_a_failure_at_any_change_undoes_itself(name: str, number: int) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    failed = fail_once(host, number, HostError("the test says so"))
    try:
        outcome = apply(host, wanted)
    except HostError:
        assert failed()
        assert picture(host) == before
        return
    except ApplyError:
        assert failed()
        assert_ends_as_decided(host, before, kept=True)
        return
    assert (outcome.result is Result.APPLIED) is confirmed(host)
    if outcome.result is Result.APPLIED:
        host.before_change = lambda _what, _path: None
        outcome = rollback(host, outcome.snapshot)
    assert outcome.result in {Result.ROLLED_BACK, Result.REFUSED}, outcome
    assert picture(host) == before
    assert not [path for path in host.nodes if path.name == "reserve"]


@settings(max_examples=40)
@given(name=st.sampled_from(HOSTS), number=st.integers(0, CHANGES))
def test_a_disk_that_fills_up_at_any_instant_is_no_obstacle(name: str, number: int) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    fill_up(host, number)
    try:
        outcome = apply(host, wanted)
    except NoSpaceError:
        # Before the first change.
        assert picture(host) == before
        return
    except ApplyError:
        # After the decision; what is left is written when there is room.
        assert_ends_as_decided(host, before, kept=True)
        return
    assert (outcome.result is Result.APPLIED) is confirmed(host)
    if outcome.result is Result.APPLIED:
        assert Store(host).load(outcome.snapshot).state == "applied"
        return
    assert outcome.result in {Result.ROLLED_BACK, Result.REFUSED}, outcome
    assert picture(host) == before


@settings(max_examples=40)
@given(
    name=st.sampled_from(HOSTS),
    number=st.integers(0, CHANGES),
    killed=st.integers(0, 40),
    again=st.lists(st.integers(0, 40), max_size=3),
)
def test_a_failure_and_any_number_of_kills_leave_one_end(name: str, number: int, killed: int, again: list[int]) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    fail_once_then_stop(host, number, HostError("the test says so"), after=killed)
    with suppress(Stopped, WizardError):
        apply(host, wanted)
    kept = confirmed(host)
    for stop in again:
        stop_before(host, stop, Stopped())
        with suppress(Stopped, WizardError):
            recover(host)
        assert confirmed(host) or not kept
    assert_ends_as_decided(host, before, kept=kept)


@settings(max_examples=20)
@given(name=st.sampled_from(HOSTS), again=st.lists(st.integers(0, 12), max_size=3))
def test_what_was_confirmed_stays_though_it_cannot_be_marked(name: str, again: list[int]) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    unmarkable(host, NoSpaceError(host.state))
    with pytest.raises(ApplyError, match="stays"):
        apply(host, wanted)
    assert make_plan(host).empty
    for stop in again:
        stop_before(host, stop, Stopped())
        with suppress(Stopped, WizardError):
            recover(host)
        assert make_plan(host).empty
    assert_ends_as_decided(host, before, kept=True)


@settings(max_examples=40)
@given(name=st.sampled_from(HOSTS), number=st.integers(0, CHANGES))
def test_killed_at_any_instant_then_rolled_back_on_a_full_disk(name: str, number: int) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    stop_before(host, number, Stopped())
    with suppress(Stopped):
        apply(host, wanted)
    host.before_change = lambda _what, _path: None
    newest = History(Store(host)).newest()
    if newest is None or newest.snapshot.state == "applied":
        assert newest or picture(host) == before
        return
    if (decision := journal.read(host, newest.id).decision) and decision.kind is EventKind.CONFIRMED:
        # It is kept: going back from there is another change, which may need space.
        return
    # Our own state has room, as after the reserve was freed.
    host.full_below.add(PurePosixPath("/etc"))
    assert rollback(host, newest.id).result in {Result.ROLLED_BACK, Result.REFUSED}
    assert picture(host) == before


@settings(max_examples=30)
@given(name=st.sampled_from(HOSTS), first=st.integers(20, CHANGES), again=st.integers(0, CHANGES))
def test_a_rollback_that_is_killed_is_finished_by_the_next(name: str, first: int, again: int) -> None:
    host = tree(name)
    before, wanted = picture(host), first_plan(name)
    stop_before(host, first, Stopped())
    with suppress(Stopped):
        apply(host, wanted)
    host.before_change = lambda _what, _path: None
    newest = History(Store(host)).newest()
    if newest is None:
        assert picture(host) == before
        return
    stop_before(host, again, Stopped())
    try:
        rollback(host, newest.id)
    except Stopped:
        host.before_change = lambda _what, _path: None
        recover(host)
    if (left := History(Store(host)).newest()) is not None:
        host.before_change = lambda _what, _path: None
        assert rollback(host, left.id).result is Result.ROLLED_BACK
    assert picture(host) == before


@pytest.mark.parametrize("name", HOSTS)
def test_applied_twice_writes_nothing_the_second_time(name: str) -> None:
    host = tree(name)
    assert apply(host, make_plan(host)).result is Result.APPLIED
    again = make_plan(host)
    assert again.empty, [change.title for change in again.changes]
    host.changes.clear()
    assert apply(host, again).result is Result.NOTHING
    assert host.changes == []


@pytest.mark.parametrize("name", HOSTS)
def test_a_rollback_of_a_rollback_is_the_applied_state(name: str) -> None:
    host = tree(name)
    applied = apply(host, make_plan(host))
    hardened = picture(host)
    rollback(host, applied.snapshot)
    undo = next(each for each in Store(host).listing() if each.state == "undo")
    assert rollback(host, undo.id).result is Result.ROLLED_BACK
    assert picture(host) == hardened


def test_owners_modes_attributes_and_a_file_behind_a_link_come_back() -> None:
    host = tree("debian13-redis")
    config = PurePosixPath("/etc/redis/redis.conf")
    node = host.nodes.pop(config)
    host.nodes[PurePosixPath("/etc/redis/real.conf")] = node
    node.attributes = {"user.note": b"by the operator", "system.posix_acl_access": b"\x02\x00"}
    node.mode = 0o600
    host.put_link(config, "real.conf")
    host.nodes[PurePosixPath("/etc/redis")].owner = "root"
    host.nodes[PurePosixPath("/etc/redis")].mode = 0o750
    before = picture(host)
    outcome = apply(host, make_plan(host))
    assert outcome.result is Result.APPLIED, outcome
    assert picture(host) != before
    assert rollback(host, outcome.snapshot).result is Result.ROLLED_BACK
    assert picture(host) == before
