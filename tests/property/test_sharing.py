"""The law *reversible* for several servers of one host: in whatever order they go, the first state comes back."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import host_trees
from tests.support.apply_memory import Stopped, apply, picture, rollback, stop_before, tree
from tests.support.memory_host.host import MemoryHost
from tests.support.memory_host.services import MemoryServices, MemoryUnit
from tests.support.memory_host.tree import Node
from wizard.app import recover
from wizard.detect.collect import collect
from wizard.model.answers import Answers
from wizard.model.change import EnableUnit, SetKernel, SetMode, WriteFile
from wizard.model.event import Result
from wizard.model.plan import Plan
from wizard.model.value import replace
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend
from wizard.planning.select_instance import choose
from wizard.snapshots.history import Entry, History
from wizard.snapshots.store import Store

A, B = "redis-server@a", "redis-server@b"
THP = "disable-thp.service"
LINK = PurePosixPath("/etc/systemd/system/basic.target.wants") / THP

BACKLOG = PurePosixPath("/proc/sys/net/ipv4/tcp_max_syn_backlog")

Step = tuple[str, str]
Picture = dict[PurePosixPath, Node]

STEPS = st.lists(st.tuples(st.sampled_from(("apply", "back", "again")), st.sampled_from((A, B))), max_size=8)
ORDERS = [
    # As they come, the other way round, and one that comes again in between.
    [("apply", A), ("apply", B), ("back", A), ("back", B)],
    [("apply", A), ("apply", B), ("back", B), ("back", A)],
    [("apply", A), ("apply", B), ("back", A), ("apply", A), ("back", B), ("back", A)],
    [("apply", A), ("apply", B), ("back", A), ("again", A), ("back", B)],
]


def standing(host: MemoryHost) -> tuple[Entry, ...]:
    return History(Store(host)).active()


def plan_for(host: MemoryHost, name: str, change: Callable[[Answers], Answers] = lambda each: each) -> Plan:
    detection = collect(host)
    instance = choose(detection.facts, name)
    answers = change(recommend(detection.facts, instance).answers)
    return plan(detection.facts, detection.sources, answers, instance=name)


class Services(MemoryServices):
    """Units that are enabled by a link, as systemd does it."""

    def __init__(self, host: MemoryHost) -> None:
        super().__init__(host.services.units)
        self._host = host

    def enable(self, unit: str) -> None:
        super().enable(unit)
        self._host.put_link(LINK, f"../{unit}")

    def disable(self, unit: str) -> None:
        super().disable(unit)
        self._host.nodes.pop(LINK, None)


def live_host() -> MemoryHost:
    """A running host whose servers are stopped: of it the kernel, and what the next boot makes of it, are planned."""
    host = host_trees.load("two-instances")
    host.process_list, host.listener_list = (), ()
    for unit in host.services.units.values():
        unit.active, unit.main_pid = "inactive", 0
    host.services.units[THP] = MemoryUnit()
    host.services = Services(host)
    return host


def of_the_host(made: Plan) -> Plan:
    kept = tuple(each for each in made.changes if isinstance(each, SetKernel | WriteFile | EnableUnit | SetMode))
    # The unit's own drop-in needs a directory that is left out here.
    return replace(made, changes=tuple(each for each in kept if ".service.d/" not in each.id))


def whole(host: MemoryHost) -> tuple[Picture, dict[str, tuple[str, str]]]:
    units = getattr(host.services, "units", {})
    # Who was killed before he began leaves his order there until somebody ends it.
    found = {path: node for path, node in picture(host).items() if not path.is_relative_to("/run/redis-wizard")}
    return found, {name: (unit.active, unit.enabled) for name, unit in units.items()}


def again(host: MemoryHost, instance: str) -> None:
    """Put back what the newest rollback of an instance took, unless another one rests on what it would change."""
    taken = [each for each in Store(host).listing() if each.state == "undo" and each.instance == instance]
    for newest in taken[:1]:
        outcome = rollback(host, newest.id)
        assert outcome.result is Result.ROLLED_BACK or "plan and apply again" in outcome.summary


def walk(host: MemoryHost, steps: list[Step], make: Callable[[str], Plan]) -> None:
    for what, instance in steps:
        newest = next((each for each in reversed(standing(host)) if each.snapshot.instance == instance), None)
        if what == "apply":
            assert apply(host, make(instance)).result in {Result.APPLIED, Result.NOTHING}
        elif what == "back" and newest is not None:
            assert rollback(host, newest.snapshot.id).result is Result.ROLLED_BACK
        elif what == "again" and newest is None:
            again(host, instance)


def go_home(host: MemoryHost, data: st.DataObject) -> None:
    """Roll back whatever is in force, of each instance the newest first."""
    while entries := standing(host):
        instance = data.draw(st.sampled_from(sorted({each.snapshot.instance for each in entries})))
        newest = next(each for each in reversed(entries) if each.snapshot.instance == instance)
        assert rollback(host, newest.snapshot.id).result is Result.ROLLED_BACK


@settings(max_examples=20)
@given(steps=STEPS, data=st.data())
def test_files_and_rights_in_any_order(steps: list[Step], data: st.DataObject) -> None:
    host = tree("two-instances")
    before = picture(host)
    walk(host, steps, lambda name: plan_for(host, name))
    go_home(host, data)
    assert picture(host) == before


@settings(max_examples=40)
@given(steps=STEPS, backlogs=st.lists(st.sampled_from((0, 1024, 4096, 8192)), min_size=8, max_size=8), data=st.data())
def test_the_kernel_in_any_order(steps: list[Step], backlogs: list[int], data: st.DataObject) -> None:
    host = live_host()
    before = whole(host)
    # Each apply may want something else of what is shared.
    left = iter(backlogs)

    def make(name: str) -> Plan:
        backlog = next(left)
        swappiness = -1 if backlog else 10
        wanted = plan_for(
            host,
            name,
            lambda all_: replace(all_, kernel=replace(all_.kernel, backlog=backlog, swappiness=swappiness)),
        )
        return of_the_host(wanted)

    walk(host, steps, make)
    go_home(host, data)
    assert whole(host) == before


@settings(max_examples=20)
@given(number=st.integers(0, 60), live=st.booleans())
def test_a_rollback_that_is_killed_while_it_hands_on(number: int, *, live: bool) -> None:
    host = live_host() if live else tree("two-instances")
    before = whole(host)
    for name in (A, B):
        wanted = plan_for(host, name)
        assert apply(host, of_the_host(wanted) if live else wanted).result is Result.APPLIED
    first, second = (each.snapshot.id for each in standing(host))
    stopped = stop_before(host, number, Stopped())
    with suppress(Stopped):
        rollback(host, first)
    host.before_change = lambda _what, _path: None
    if stopped():
        recover(host)
    if any(each.snapshot.id == first for each in standing(host)):
        rollback(host, first)
    assert rollback(host, second).result is Result.ROLLED_BACK
    assert whole(host) == before


@pytest.mark.parametrize("steps", ORDERS)
def test_the_orders_that_were_thought_through(steps: list[Step]) -> None:
    host = live_host()
    before = whole(host)
    walk(host, steps, lambda name: of_the_host(plan_for(host, name)))
    for entry in reversed(standing(host)):
        rollback(host, entry.snapshot.id)
    assert whole(host) == before


def test_who_stays_keeps_what_it_rests_on_and_is_named() -> None:
    host = live_host()
    for name in (A, B):
        apply(host, of_the_host(plan_for(host, name)))
    hardened, own = whole(host), PurePosixPath("/etc/redis/redis-a.conf")
    (second, first) = (each.snapshot for each in reversed(standing(host)))
    outcome = rollback(host, first.id)
    assert outcome.result is Result.ROLLED_BACK
    assert f"vm.overcommit_memory stays 1: {B} depends on it (apply {second.id})." in outcome.checks
    assert B in outcome.summary
    found = whole(host)
    assert found[0].pop(own) != hardened[0].pop(own)
    assert found == hardened


def test_an_apply_that_asks_for_nothing_of_the_kernel_keeps_nothing() -> None:
    host = live_host()
    before = whole(host)
    first = apply(host, of_the_host(plan_for(host, A)))
    other = plan_for(host, B, lambda all_: replace(all_, kernel=replace(all_.kernel, manage=False)))
    kept = tuple(each for each in other.changes if isinstance(each, SetMode))
    assert apply(host, replace(other, changes=kept)).result is Result.APPLIED
    rollback(host, first.snapshot)
    assert whole(host)[1] == before[1]
    assert host.read(PurePosixPath("/proc/sys/vm/overcommit_memory")).strip() == b"0"


def test_what_somebody_else_set_in_between_is_not_put_back_over() -> None:
    """What the second apply found was not what the first had left, so the first state is no longer the truth."""
    host = live_host()
    first = apply(host, of_the_host(plan_for(host, A)))
    host.write_kernel("net.ipv4.tcp_max_syn_backlog", "3000")
    second = apply(host, of_the_host(plan_for(host, B)))
    rollback(host, first.snapshot)
    rollback(host, second.snapshot)
    assert host.read(BACKLOG).strip() == b"3000"


def test_a_value_of_other_hands_is_kept_and_named() -> None:
    host = live_host()
    done = apply(host, of_the_host(plan_for(host, A)))
    host.write_kernel("vm.overcommit_memory", "2")
    outcome = rollback(host, done.snapshot)
    assert outcome.result is Result.INCOMPLETE
    assert "vm.overcommit_memory is 2" in outcome.summary
    assert host.read(PurePosixPath("/proc/sys/vm/overcommit_memory")).strip() == b"2"
    assert host.read(BACKLOG).strip() == b"2048"


def test_an_apply_is_not_made_again_over_what_another_rests_on_now() -> None:
    host = tree("two-instances")
    first = apply(host, plan_for(host, A))
    rollback(host, first.snapshot)
    second = apply(host, plan_for(host, B))
    hardened = picture(host)
    undo = next(each for each in Store(host).listing() if each.state == "undo")
    outcome = rollback(host, undo.id)
    assert outcome.result is Result.REFUSED
    assert f"{B} depends on its present state (apply {second.snapshot}); plan and apply again" in outcome.summary
    assert picture(host) == hardened
