"""A host of many users is judged in steps that grow with their number, not with its square."""

import sys
from datetime import date
from types import FrameType

import pytest

from tests.support.facts_builder import hardened_host, with_instance
from tests.support.facts_builder import live as live_server
from wizard.checklist import check
from wizard.model.facts.host import HostFacts
from wizard.model.rights import WeakPassword


def host_of(users: int, rules: str) -> HostFacts:
    names = [f"u{number}" for number in range(users)]
    weak = tuple(WeakPassword(user=name, why="is a common one", source="live server, ACL LIST") for name in names)
    lines = tuple(f"user {name} on {rules}" for name in names)
    return with_instance(hardened_host(), live=live_server(acl=lines, weak_passwords=weak))


def calls(facts: HostFacts) -> int:
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        check(facts, today=date(2026, 5, 4))
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("rules", [f"#{'5e' * 32} ~* &* +@all", f"#{'5e' * 32} ~u:* -@all +get", "nopass ~* -@all"])
def test_four_times_the_users_cost_at_most_four_times_the_calls(rules: str) -> None:
    calls(host_of(2, rules))
    assert calls(host_of(400, rules)) < 4.4 * calls(host_of(100, rules))
