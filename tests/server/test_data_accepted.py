"""What the operator accepted is what may be lost, and nothing else."""

import pytest

from tests.support.apply_bench import Bench
from tests.support.data_bench import PERSISTENCE, configure, load, only_a_restart
from wizard.apply import verify
from wizard.model.event import Result
from wizard.model.value import replace

pytestmark = pytest.mark.server


@pytest.mark.parametrize(("accepted", "ending"), [("restart", Result.APPLIED), ("directive:save", Result.ROLLED_BACK)])
def test_keys_that_are_gone_after_a_restart_are_waived_by_the_word_for_it_alone(
    box: Bench, monkeypatch: pytest.MonkeyPatch, accepted: str, ending: Result
) -> None:
    configure(box, *PERSISTENCE["rdb"])
    with box.client() as client:
        load(client, 10)
    monkeypatch.setattr(verify, "lost_keys", lambda _before, _after: 3)
    outcome = box.apply(replace(box.plan(only_a_restart), consents=(accepted,)))
    assert outcome.result is ending, outcome
    assert any("accept" in check for check in outcome.checks) is (ending is Result.APPLIED), outcome
