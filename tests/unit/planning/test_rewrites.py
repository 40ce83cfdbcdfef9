"""Who makes the server write its own files, and what a plan says of it."""

from typing import Any

import pytest

from tests.support import facts_builder as build
from wizard.model.answers import Recommendation
from wizard.model.facts.host import HostFacts
from wizard.model.facts.service import Role
from wizard.model.value import replace
from wizard.planning.recommend.answers import recommend

CONFIG = build.CONF.parent


def facts(mode: int = 0o2770, owner: str = "redis", calls: dict[str, int] | None = None, **live: Any) -> HostFacts:
    made = build.with_live(build.pristine_host(), command_calls=calls or {}, **live)
    directory = build.directory(CONFIG, owner=owner, group="redis", mode=mode)
    others = [each for each in made.instances[0].directories if each.path != CONFIG]
    return build.with_instance(made, directories=(directory, *others))


def of(made: HostFacts) -> Recommendation:
    return recommend(made, made.instances[0])


def test_nothing_shows_that_a_server_needs_it() -> None:
    assert not of(facts()).answers.persistence.server_writes


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (facts(clients=(build.client(name="sentinel-1a2b3c4d-cmd", address="10.0.4.9"),)), "Sentinel at 10.0.4.9"),
        (facts(calls={"slaveof": 2}), "SLAVEOF"),
        (facts(calls={"config|rewrite": 3}), "CONFIG REWRITE (3 calls)"),
        (facts(calls={"acl|save": 1}), "ACL SAVE (1 call)"),
        (facts(role=Role.REPLICA), "A replica rewrites"),
        (facts(acl=("user watch on #~1a2b3c4d &* -@all +slaveof +config|rewrite",)), "User watch may send REPLICAOF"),
        (build.with_file(facts(), "masterauth of-the-test"), "Masterauth is set"),
        (facts(owner="root"), "Root allowed the server"),
    ],
)
def test_what_was_seen_decides(made: HostFacts, why: str) -> None:
    found = of(made)
    assert found.answers.persistence.server_writes
    assert why in found.reasons["persistence.server_writes"].why


def test_a_sentinel_on_this_host_counts() -> None:
    made = facts()
    lines = [build.line("sentinel monitor main 127.0.0.1 6379 2")]
    other = build.instance(name="redis-sentinel", live=build.unreadable(), config=build.config(()))
    other = replace(other, config=replace(other.config, lines=tuple(lines)))
    made = replace(made, instances=(*made.instances, other))
    assert "Sentinel redis-sentinel" in of(made).reasons["persistence.server_writes"].why


def test_a_user_that_is_off_is_no_sentinel() -> None:
    off = facts(acl=("user watch off #~1a2b3c4d &* -@all +slaveof +config|rewrite",))
    assert not of(off).answers.persistence.server_writes


def test_calls_that_failed_before_open_nothing() -> None:
    hardened = facts(mode=0o2750, owner="root", calls={"acl|save": 4, "config|rewrite": 2})
    assert not of(hardened).answers.persistence.server_writes
