"""The parts of the memory by the answers."""

import pytest

from tests.support import facts_builder as build
from wizard.errors import PlanError
from wizard.model.answers import MemoryAnswers, Purpose
from wizard.model.dataset import GIB
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.model.text import format_amount
from wizard.planning.preview.memory import MemoryUse, memory_use
from wizard.planning.sizing import sizing


def use(facts: HostFacts, **answers: object) -> MemoryUse:
    return memory_use(facts, facts.instances[0], MemoryAnswers(**answers))  # type: ignore[arg-type]  # fields of it


def using(amount: int) -> HostFacts:
    info = build.live().info | {"used_memory": str(amount)}
    return build.host(instances=(build.instance(live=build.live(info=info)),))


@pytest.mark.parametrize("typed", ["auto", "4gb", "50%", "40gb"])
def test_the_parts_add_up_to_what_there_is(typed: str) -> None:
    facts = build.host()
    found = use(facts, maxmemory=typed)
    parts = (*found.kept, found.data, found.copies)
    assert sum(part.amount for part in parts) + found.left == found.total.amount == facts.memory.total
    assert found.data.amount == sizing(facts, facts.instances[0], MemoryAnswers(maxmemory=typed)).amount


def test_more_than_there_is_harms() -> None:
    found = use(build.host(), maxmemory="40gb")
    assert found.left < 0
    assert found.harmful
    assert "more than there is" in found.consequence


@pytest.mark.parametrize(
    ("purpose", "loses"), [(Purpose.STORE, "writes fail at once"), (Purpose.CACHE_RECENT, "keys are dropped at once")]
)
def test_less_than_the_data_uses_harms_by_the_policy(purpose: Purpose, loses: str) -> None:
    found = use(using(5 * GIB), maxmemory="4gb", purpose=purpose)
    assert found.harmful
    assert found.consequence == f"Below the 5.0 GiB in use now: {loses}."


def test_no_limit_harms() -> None:
    assert use(build.host(), maxmemory="keep").consequence.startswith("No limit")


def test_the_use_of_a_silent_server_is_unknown_and_no_zero() -> None:
    silent: Instance = build.instance(live=Unreadable(what="the server", why="it wants a password"), process=None)
    found = use(build.host(instances=(silent,)), maxmemory="4gb")
    assert found.used is None
    assert "unknown" in found.consequence
    assert not found.harmful


def test_half_of_an_amount_is_refused() -> None:
    with pytest.raises(PlanError):
        use(build.host(), maxmemory="4g-")


def test_the_bar_is_there_before_a_server_is() -> None:
    found = memory_use(build.host(instances=()), None, MemoryAnswers())
    assert found.data.amount > 0
    assert found.consequence == f"The data may have {format_amount(found.data.amount)}."
