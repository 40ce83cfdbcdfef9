"""Every item on every host made for it."""

import re

import pytest

from tests.scenarios.checklist.cases import CASES
from tests.scenarios.checklist.cases.hosts import HARD, TODAY, Case
from tests.support.facts_builder import space, with_file, with_instance, with_live
from wizard.checklist.registry import check
from wizard.model.facts.unreadable import Unreadable
from wizard.model.finding import State

_EVERY_RIGHT = ("user default off", "user app on nopass ~* &* +@all")


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case}" for number, case in enumerate(CASES)])
def test_item_is_judged_as_it_should_be(case: Case) -> None:
    report = check(case.facts, instance="redis-server", attestations=case.attestations, today=TODAY)
    (finding,) = [each for each in (*report.items, *report.extra) if each.id == case.item]
    assert (finding.state, finding.summary) == (case.state, finding.summary)
    assert case.says in finding.summary
    if finding.state is State.PASS:
        assert finding.evidence
    if finding.state in (State.FAIL, State.UNKNOWN):
        assert finding.fix
        assert finding.evidence or finding.state is State.UNKNOWN


def test_a_hardened_host_passes_all_that_one_host_can_pass() -> None:
    report = check(HARD, today=TODAY)
    left = {each.number: each.state for each in report.items if each.state is not State.PASS}
    assert set(left) == {2, 3, 4, 14, 16, 22, 23}
    assert State.FAIL not in left.values()
    assert all(each.state is State.PASS for each in report.extra)


def test_the_place_of_a_failure_is_that_of_the_line_that_decided() -> None:
    facts = with_live(with_file(HARD, 'rename-command KEYS ""'), missing_commands=("keys",), acl=_EVERY_RIGHT)
    facts = with_instance(facts, space=(space("/var/lib/redis", filesystem="tmpfs"),))
    found = {each.id: [one.source for one in each.evidence] for each in check(facts, today=TODAY).items}
    lines = {item: [each for each in found[item] if re.search(r":\d+$", each)][:1] for item in ("11", "14", "21")}
    config = facts.instances[0].config
    assert not isinstance(config, Unreadable)
    of_dir = [f"{each.path}:{each.line}" for each in config.lines if each.name == "dir"]
    assert lines == {"11": [], "14": [], "21": of_dir}


def test_the_last_save_is_evidence_of_how_old_a_copy_of_the_dump_is() -> None:
    live = HARD.instances[0].live
    assert not isinstance(live, Unreadable)
    for saved, shown in (("1777863600", ["2026-05-04T03:00:00Z"]), ("0", []), ("9" * 18, []), ("soon", [])):
        facts = with_live(HARD, info={**live.info, "rdb_last_save_time": saved})
        (backups,) = [each for each in check(facts, today=TODAY).items if each.id == "22"]
        assert [each.value for each in backups.evidence if each.what == "last save"] == shown
