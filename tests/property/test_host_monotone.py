"""Monotone: less persistence, more memory, a looser kernel or less evidence never makes a host look better."""

from collections.abc import Callable
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.facts_builder import (
    GIB,
    hardened_host,
    pristine_host,
    process,
    space,
    unreadable,
    with_both,
    with_file,
    with_instance,
    with_kernel,
    with_live,
)
from wizard.checklist.registry import check
from wizard.model.facts.host import HostFacts
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import State
from wizard.model.value import Memory, replace
from wizard.settings import setting_for

TODAY = date(2026, 5, 4)
RANK = {State.FAIL: 0, State.UNKNOWN: 1, State.NOT_APPLICABLE: 2, State.ATTESTED: 2, State.PASS: 3}
MIB = 1 << 20
LOST = unreadable("something")

Change = Callable[[HostFacts], HostFacts]
AMOUNTS = st.sampled_from([0, 1, MIB // 2, MIB, 2 * MIB, 64 * MIB, GIB, 12 * GIB, 23 * GIB, 30 * GIB, 1 << 45])
SWAPPING = replace(pristine_host(), memory=replace(pristine_host().memory, swap=Memory(GIB)))
LOWERED = with_instance(with_live(hardened_host(), {"maxclients": "992"}), process=process(open_files=1024))
BASES = st.sampled_from([hardened_host(), pristine_host(), SWAPPING, LOWERED])


def states(facts: HostFacts, *items: str) -> dict[str, int]:
    report = check(facts, today=TODAY)
    return {each.id: RANK[each.state] for each in (*report.items, *report.extra) if each.id in items or not items}


def _info(**fields: str) -> Change:
    def change(facts: HostFacts) -> HostFacts:
        live = facts.instances[0].live
        return facts if isinstance(live, Unreadable) else with_live(facts, info={**live.info, **fields})

    return change


def _memory(**fields: object) -> Change:
    return lambda facts: replace(facts, memory=replace(facts.memory, **fields))


PERSISTENCE: tuple[Change, ...] = (
    lambda facts: with_both(facts, appendonly="no"),
    lambda facts: with_live(facts, {"appendonly": "no"}),
    lambda facts: with_file(facts, "appendonly no"),
    lambda facts: with_file(facts, without=["appendonly"]),
    lambda facts: with_both(facts, appendfsync="no"),
    lambda facts: with_instance(facts, space=(space("/var/lib/redis", filesystem="tmpfs"),)),
    _info(aof_enabled="0"),
    _info(aof_last_write_status="err"),
    _info(aof_last_bgrewrite_status="err"),
)
EVIDENCE: tuple[Change, ...] = (
    lambda facts: with_instance(facts, live=LOST),
    lambda facts: with_instance(facts, config=LOST),
    lambda facts: with_instance(facts, space=()),
    lambda facts: with_instance(facts, process=None),
    lambda facts: with_live(facts, info={}),
    lambda facts: with_instance(facts, process=process(open_files=LOST)),
    _memory(total=LOST),
    _memory(swap=LOST),
    lambda facts: replace(facts, kernel=()),
    lambda facts: replace(facts, kernel=tuple(replace(each, live=LOST) for each in facts.kernel)),
)
OWN = ("17", "18", "19", "20", "21", "25", "Xboot", "Xnofile", "Xdisk", "Xswap", "Xfilemax", "Xdrift")


@settings(max_examples=100, deadline=None)
@given(base=BASES, before=st.lists(st.sampled_from(PERSISTENCE), max_size=3), drop=st.sampled_from(PERSISTENCE))
def test_dropping_persistence_makes_no_item_better(base: HostFacts, before: list[Change], drop: Change) -> None:
    facts = base
    for change in before:
        facts = change(facts)
    assert states(drop(facts), "21")["21"] <= states(facts, "21")["21"]


@settings(max_examples=150, deadline=None)
@given(used=AMOUNTS, low=AMOUNTS, high=AMOUNTS, policy=st.sampled_from(["noeviction", "allkeys-lru"]))
def test_raising_maxmemory_beyond_what_it_has_to_hold_makes_nothing_better(
    used: int, low: int, high: int, policy: str
) -> None:
    low, high = sorted((low, high))
    facts = _info(used_memory=str(used))(with_both(hardened_host(), maxmemory_policy=policy))
    before, after = (with_both(facts, maxmemory=str(limit)) for limit in (low, high))
    if low > max(used, 2 * MIB):  # a limit that is too low gets better when it is raised
        assert states(after, "17")["17"] <= states(before, "17")["17"]


@settings(max_examples=150, deadline=None)
@given(limit=AMOUNTS, used=AMOUNTS, more=AMOUNTS, others=AMOUNTS)
def test_more_memory_in_use_makes_item_17_no_better(limit: int, used: int, more: int, others: int) -> None:
    facts = _info(used_memory=str(used))(with_both(hardened_host(), maxmemory=str(limit)))
    before = states(facts, "17")["17"]
    assert states(_info(used_memory=str(used + more))(facts), "17")["17"] <= before
    consumers = tuple(replace(each, resident=Memory(each.resident + others)) for each in facts.memory.others)
    assert states(_memory(others=consumers)(facts), "17")["17"] <= before


@settings(max_examples=60, deadline=None)
@given(data=st.data(), key=st.sampled_from(["vm.overcommit_memory", "thp.enabled"]), at_boot=st.booleans())
def test_a_looser_kernel_value_makes_no_item_better(data: st.DataObject, key: str, at_boot: bool) -> None:  # noqa: FBT001 - a value drawn
    loosest_first = setting_for(key).words
    loose, strict = sorted(data.draw(st.tuples(*[st.integers(0, len(loosest_first) - 1)] * 2)))
    now = loosest_first[strict]
    boot = (loosest_first[strict], loosest_first[loose]) if at_boot else (now, now)
    live = (now, now) if at_boot else (loosest_first[strict], loosest_first[loose])
    before, after = (with_kernel(hardened_host(), key, live[side], boot[side]) for side in (0, 1))
    assert states(after, "19", "20") == {
        each: min(rank, states(after, each)[each]) for each, rank in states(before, "19", "20").items()
    }


@settings(max_examples=150, deadline=None)
@given(base=BASES, lost=st.lists(st.sampled_from(EVIDENCE), min_size=1, max_size=4), bad=st.sampled_from(PERSISTENCE))
def test_less_evidence_makes_no_item_pass(base: HostFacts, lost: list[Change], bad: Change) -> None:
    facts = bad(base)
    blind = facts
    for change in lost:
        blind = change(blind)
    before, after = states(facts, *OWN), states(blind, *OWN)
    assert {item for item in OWN if after[item] == RANK[State.PASS] != before[item]} == set()
