"""What a policy does to the keys that are there."""

import pytest

from tests.support import facts_builder as build
from wizard.model.answers import EvictionPolicy, MemoryAnswers, Purpose
from wizard.model.facts.instance import Instance
from wizard.model.facts.unreadable import Unreadable
from wizard.planning.preview.eviction import EvictionEffect, eviction_effect


def server(keys: int, expiring: int) -> Instance:
    info = build.live().info | {"db0": f"keys={keys},expires={expiring},avg_ttl=0"}
    return build.instance(live=build.live(info=info))


def effect_of(instance: Instance | None, policy: EvictionPolicy) -> EvictionEffect:
    return eviction_effect(instance, MemoryAnswers(purpose=Purpose.CUSTOM, policy=policy))


@pytest.mark.parametrize("policy", list(EvictionPolicy))
def test_counts_the_keys_that_can_go(policy: EvictionPolicy) -> None:
    effect = effect_of(server(1001, 820), policy)
    expected = 0 if policy == "noeviction" else 820 if policy.startswith("volatile") else 1001
    assert effect.can_go == expected
    assert ("181 keys without a TTL stay" in effect.sentence) is policy.startswith("volatile")
    assert ("writes fail" in effect.sentence) is (policy == "noeviction")


def test_a_policy_for_keys_with_a_ttl_drops_nothing_where_none_has_one() -> None:
    effect = effect_of(server(1001, 0), EvictionPolicy.VOLATILE_LRU)
    assert "writes fail" in effect.sentence
    assert effect.brief == "0 of 1,001 keys can go"


def test_keys_that_were_not_counted_are_no_zero() -> None:
    silent = build.instance(live=Unreadable(what="the server", why="it wants a password"))
    for instance in (None, silent):
        effect = effect_of(instance, EvictionPolicy.VOLATILE_LRU)
        assert effect.can_go is None
        assert "0" not in effect.brief + effect.sentence


def test_one_key_stays() -> None:
    assert "1 key without a TTL stays." in effect_of(server(3, 2), EvictionPolicy.VOLATILE_TTL).sentence
