"""The operator's word stands in the plan; without it a plan that may lose keys is refused."""

import pytest

from tests.support import facts_builder as build
from tests.support.plan_model import STOCK, planned, stock
from wizard.errors import PlanError
from wizard.model.answers import Durability
from wizard.model.plan import Plan
from wizard.model.sources import FileContents
from wizard.model.value import from_json, replace, to_json
from wizard.planning.consent import accept, changes_needing_consent, require_consent
from wizard.planning.edits.exclude import exclude
from wizard.planning.plan import plan
from wizard.planning.recommend.answers import recommend

SOURCES = FileContents({build.CONF: STOCK})


def dangerous() -> Plan:
    """A plan whose restart would start an empty server, and that turns persistence of a primary off."""
    facts = build.with_live(build.with_file(build.pristine_host(), "dbfilename other.rdb"), replicas=("10.0.0.4:1",))
    answers = recommend(facts, facts.instances[0]).answers
    keeps_nothing = replace(answers.persistence, durability=Durability.NOTHING_KEPT, snapshots=())
    return plan(facts, SOURCES, replace(answers, persistence=keeps_nothing))


def test_a_plan_that_loses_nothing_needs_none() -> None:
    require_consent(planned(stock()))


def test_a_plan_that_may_lose_keys_is_refused_with_the_evidence_and_the_way_on() -> None:
    with pytest.raises(PlanError, match=r"directive:save may lose data \(1 more\): .*--accept-data-loss"):
        require_consent(dangerous())


def test_the_word_is_part_of_the_saved_plan() -> None:
    accepted = from_json(Plan, to_json(accept(dangerous())))
    assert accepted.consents == ("directive:save", "restart")
    require_consent(accepted)


def test_a_word_for_one_loss_is_none_for_another() -> None:
    half = accept(dangerous(), {"restart"})
    assert [each.id for each in changes_needing_consent(half)] == ["directive:save"]
    with pytest.raises(PlanError, match="directive:save may lose data: "):
        require_consent(half)


def test_a_word_for_what_needs_none_is_not_written() -> None:
    assert accept(planned(stock())).consents == ()


def test_leaving_the_change_out_is_the_other_way() -> None:
    left = exclude(dangerous(), SOURCES, {"directive:save"})
    assert [each.id for each in changes_needing_consent(left)] == ["restart"]
