"""Files of servers that are neither Redis nor Valkey."""

from dataclasses import replace
from datetime import date

import pytest

from tests.support.facts_builder import CONF
from tests.support.plan_model import ids, planned, stock
from wizard.checklist import check
from wizard.errors import PlanError
from wizard.model.facts.service import Flavour
from wizard.model.finding import State


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("server-threads 2\n", "KeyDB is not supported"),
        ("workers 8\ncompact-cron 0 3 * * *\n", "kvrocks is not supported"),
        ("rocksdb.block_size 16384\n", "kvrocks is not supported"),
        ("active-replica yes\nrequirepass foobared\n", "KeyDB is not supported"),
        ("listen 80;\nserver_name x;\nroot /srv;\ngzip on;\n", "4 of its directives are of neither"),
    ],
)
@pytest.mark.parametrize("version", ["8.0.2", ""])
def test_another_servers_file_is_left_alone(lines: str, said: str, version: str) -> None:
    world = stock(lines, version=version, login=False, running=False)
    with pytest.raises(PlanError, match=said):
        planned(world)
    report = check(world.detect()[0], today=date(2026, 5, 4))
    assert {each.state for each in (*report.items, *report.extra)} == {State.UNKNOWN}
    assert all(said in each.summary for each in report.items)
    assert not report.exposure.paragraphs()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# flags\n--port=6379\n--maxmemory=2gb\n--requirepass=foobared\n", "Dragonfly"),
        ('{"Port": 6379, "Memory": "16g"}\n', "Garnet"),
        ('{\n  "Port": 6379,\n  "EnableTLS": true\n}\n', "Garnet"),
    ],
)
def test_a_file_of_another_form_is_named(text: str, name: str) -> None:
    world = replace(stock(login=False, running=False), files={CONF: text.encode()}, started={})
    with pytest.raises(PlanError, match=rf"{name} is not supported \({CONF}\); nothing is planned"):
        planned(world)


def test_keydb_is_refused_whatever_its_file_says() -> None:
    with pytest.raises(PlanError, match="KeyDB is not supported"):
        planned(stock(flavour=Flavour.KEYDB))


def test_a_few_misspellings_are_fixed_as_ever() -> None:
    assert "directive:maxmemry" in ids(planned(stock("maxmemry 1gb\ntimeot 300\n", running=False)))
